"""Anthropic's package for Python: messages, tools, its own loop over tools, counts, models."""

import anthropic
from pydantic import BaseModel

from clients.checks import CLAUDE, DESCRIPTION, GREETING, PARAMETERS, QUESTION, check, get_weather

client = anthropic.Anthropic()
ASKED = {"model": CLAUDE, "max_tokens": 2000}
TOOLS = [{"name": "get_weather", "description": DESCRIPTION, "input_schema": PARAMETERS}]


class Person(BaseModel):
    name: str
    age: int


def asked(text):
    return [{"role": "user", "content": text}]


@check
def message():
    reply = client.messages.create(**ASKED, messages=asked(GREETING), system="Be brief.")
    assert reply.stop_reason == "end_turn"
    assert reply.content[0].text
    assert reply.usage.output_tokens


@check
def stream():
    with client.messages.stream(**ASKED, messages=asked(GREETING)) as events:
        text = "".join(events.text_stream)
        assert text == events.get_final_message().content[0].text


@check
def thinking():
    wanted = {"type": "enabled", "budget_tokens": 1024}
    with client.messages.stream(**ASKED, messages=asked(GREETING), thinking=wanted) as events:
        assert [block.type for block in events.get_final_message().content] == ["thinking", "text"]


@check
def tools():
    messages = asked(QUESTION)
    first = client.messages.create(**ASKED, messages=messages, tools=TOOLS)
    assert first.stop_reason == "tool_use"
    call = first.content[-1]
    result = {"type": "tool_result", "tool_use_id": call.id, "content": get_weather(**call.input)}
    messages += [{"role": "assistant", "content": first.content}, {"role": "user", "content": [result]}]
    last = client.messages.create(**ASKED, messages=messages, tools=TOOLS)
    assert "sunny in" in last.content[0].text


@check
def tool_choice():
    for choice, reason in (
        ({"type": "any"}, "tool_use"),
        ({"type": "tool", "name": "get_weather"}, "tool_use"),
        ({"type": "none"}, "end_turn"),
    ):
        reply = client.messages.create(**ASKED, messages=asked("1 + 1"), tools=TOOLS, tool_choice=choice)
        assert reply.stop_reason == reason


@check
def tool_runner():
    tool = anthropic.beta_tool(get_weather)
    runner = client.beta.messages.tool_runner(**ASKED, messages=asked(QUESTION), tools=[tool])
    assert "sunny in" in runner.until_done().content[0].text


@check
def streamed_tool_runner():
    tool = anthropic.beta_tool(get_weather)
    runner = client.beta.messages.tool_runner(**ASKED, messages=asked(QUESTION), tools=[tool], stream=True)
    reasons = [events.get_final_message().stop_reason for events in runner]
    assert reasons == ["tool_use", "end_turn"]


@check
def parse():
    reply = client.messages.parse(**ASKED, messages=asked(GREETING), output_format=Person)
    assert isinstance(reply.parsed_output, Person)


@check
def count_tokens():
    assert client.messages.count_tokens(model=CLAUDE, messages=asked(GREETING)).input_tokens


@check
def models():
    assert CLAUDE in {model.id for model in client.models.list()}


@check
def errors():
    try:
        client.messages.create(model="no-such-model", max_tokens=5, messages=asked(GREETING))
    except anthropic.NotFoundError as error:
        assert error.body["error"]["type"] == "not_found_error"  # noqa: PT017 - there is no pytest here
    else:
        raise AssertionError("a model that is not there answered")
