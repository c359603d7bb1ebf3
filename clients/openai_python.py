"""OpenAI's package for Python: chats, responses, completions, pictures, models."""

import json

import openai
from pydantic import BaseModel

from clients.checks import DESCRIPTION, GREETING, MODEL, PARAMETERS, QUESTION, check, get_weather

client = openai.OpenAI()
FUNCTION = {"name": "get_weather", "description": DESCRIPTION, "parameters": PARAMETERS}
TOOLS = [{"type": "function", "function": {**FUNCTION, "strict": True}}]
RESPONSES_TOOLS = [{"type": "function", **FUNCTION, "strict": True}]


class Person(BaseModel):
    name: str
    age: int


def asked(text):
    return [{"role": "user", "content": text}]


@check
def chat():
    reply = client.chat.completions.create(model=MODEL, messages=asked(GREETING))
    assert reply.choices[0].message.content
    assert reply.usage.total_tokens


@check
def stream():
    options = {"include_usage": True}
    *chunks, last = client.chat.completions.create(
        model=MODEL, messages=asked(GREETING), stream=True, stream_options=options
    )
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    assert last.usage.total_tokens


@check
def tools():
    messages = asked(QUESTION)
    first = client.chat.completions.create(model=MODEL, messages=messages, tools=TOOLS).choices[0]
    assert first.finish_reason == "tool_calls"
    (call,) = first.message.tool_calls
    result = get_weather(**json.loads(call.function.arguments))
    messages += [first.message, {"role": "tool", "tool_call_id": call.id, "content": result}]
    last = client.chat.completions.create(model=MODEL, messages=messages, tools=TOOLS).choices[0]
    assert "sunny in" in last.message.content


@check
def streamed_tools():
    with client.chat.completions.stream(model=MODEL, messages=asked(QUESTION), tools=TOOLS) as events:
        told = [event.type for event in events]
        reply = events.get_final_completion()
    assert "tool_calls.function.arguments.done" in told
    assert "city" in reply.choices[0].message.tool_calls[0].function.parsed_arguments


@check
def tool_choice():
    def calls(choice):
        reply = client.chat.completions.create(
            model=MODEL, messages=asked("1 + 1"), tools=TOOLS, tool_choice=choice
        )
        return reply.choices[0].message.tool_calls

    assert calls("required")
    assert calls({"type": "function", "function": {"name": "get_weather"}})
    assert not calls("none")
    assert not calls("auto")


@check
def custom_tools():
    tool = {"type": "custom", "custom": {"name": "run_code", "description": "Run code"}}
    reply = client.chat.completions.create(model=MODEL, messages=asked("Run this code"), tools=[tool])
    assert reply.choices[0].message.tool_calls[0].custom.input == "Run this code"


@check
def parse():
    reply = client.chat.completions.parse(model=MODEL, messages=asked(GREETING), response_format=Person)
    assert isinstance(reply.choices[0].message.parsed, Person)


@check
def json_mode():
    wanted = {"type": "json_object"}
    reply = client.chat.completions.create(model=MODEL, messages=asked("JSON"), response_format=wanted)
    assert isinstance(json.loads(reply.choices[0].message.content), dict)


@check
def responses():
    first = client.responses.create(model=MODEL, input=GREETING)
    assert first.output_text
    then = client.responses.create(model=MODEL, input="And now?", previous_response_id=first.id)
    assert client.responses.retrieve(then.id).output_text == then.output_text
    client.responses.delete(first.id)


@check
def responses_tools():
    with client.responses.stream(model=MODEL, input=QUESTION, tools=RESPONSES_TOOLS) as events:
        for _ in events:
            pass
        first = events.get_final_response()
    call = first.output[-1]
    result = {"type": "function_call_output", "call_id": call.call_id, "output": get_weather("Paris")}
    last = client.responses.create(
        model=MODEL, input=[result], previous_response_id=first.id, tools=RESPONSES_TOOLS
    )
    assert "sunny in Paris" in last.output_text


@check
def responses_parse():
    assert isinstance(
        client.responses.parse(model=MODEL, input=GREETING, text_format=Person).output_parsed, Person
    )


@check
def completions():
    assert client.completions.create(model=MODEL, prompt=GREETING).choices[0].text


@check
def pictures():
    picture = client.images.generate(prompt="A red fox in the snow", response_format="b64_json")
    assert picture.data[0].b64_json


@check
def models():
    assert MODEL in {model.id for model in client.models.list()}


@check
def errors():
    try:
        client.chat.completions.create(model="no-such-model", messages=asked(GREETING))
    except openai.NotFoundError as error:
        assert error.code  # noqa: PT017 - there is no pytest here
    else:
        raise AssertionError("a model that is not there answered")
