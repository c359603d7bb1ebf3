"""Tools and JSON over sockets, read by the official client."""

import json
from collections.abc import AsyncIterator
from typing import Any

import openai
import pydantic
import pytest

from akashchat.simulator import Simulator
from tests.support.http import call

MODEL = "DeepSeek-V3.2"
ASK: Any = [{"role": "user", "content": "How is Rome?"}]
TOOLS: Any = [
    {
        "type": "function",
        "function": {
            "name": "get_weather",
            "description": "The weather.",
            "parameters": {
                "type": "object",
                "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
                "required": ["city"],
            },
        },
    },
    {"type": "custom", "custom": {"name": "shell", "description": "Runs a command."}},
]
NO_SCHEMA = {"type": "x"}
CALL = '<tool_call>\n{"name": "get_weather", "arguments": {"city": "Rome", "days": "3"}}\n</tool_call>'
WRONG = '<tool_call>\n{"name": "get_weather", "arguments": {"days": 3}}\n</tool_call>'


class Person(pydantic.BaseModel):
    """Somebody."""

    name: str
    age: int
    tags: list[str]


@pytest.fixture
async def client(gateway: str) -> AsyncIterator[openai.AsyncOpenAI]:
    """The official client before the gateway."""
    async with openai.AsyncOpenAI(base_url=f"{gateway}/v1", api_key="x", max_retries=0) as client:
        yield client


def pieces(text: str) -> list[str]:
    """A text as a model sends it."""
    return [text[i : i + 4] for i in range(0, len(text), 4)]


async def test_a_whole_answer_with_calls(client: openai.AsyncOpenAI, akash: Simulator) -> None:
    """Text, calls with ids and arguments in JSON, and the reason."""
    akash.say(*pieces(f"Let me look.\n\n{CALL}\n{CALL.replace('Rome', 'Oslo')}"))
    reply = await client.chat.completions.create(model=MODEL, messages=ASK, tools=TOOLS)
    (choice,) = reply.choices
    assert choice.finish_reason == "tool_calls"
    assert choice.message.content == "Let me look."
    calls = choice.message.tool_calls or []
    assert [json.loads(call.function.arguments) for call in calls if call.type == "function"] == [
        {"city": "Rome", "days": 3},
        {"city": "Oslo", "days": 3},
    ]
    assert len({call.id for call in calls}) == 2
    assert all(call.id.startswith("call_") and len(call.id) == 29 for call in calls)


async def test_a_stream_with_calls(client: openai.AsyncOpenAI, akash: Simulator) -> None:
    """The client's own accumulator puts them together; each has its index."""
    akash.say(*pieces(f"Let me look.\n\n{CALL}\n{CALL.replace('Rome', 'Oslo')}"))
    async with client.chat.completions.stream(
        model=MODEL, messages=ASK, tools=TOOLS[:1], stream_options={"include_usage": True}
    ) as stream:
        kinds = [event.type async for event in stream]
        reply = await stream.get_final_completion()
    assert kinds.count("tool_calls.function.arguments.done") == 2
    message = reply.choices[0].message
    assert message.content == "Let me look."
    assert [json.loads(call.function.arguments)["city"] for call in message.tool_calls or []] == [
        "Rome",
        "Oslo",
    ]
    assert reply.choices[0].finish_reason == "tool_calls"
    assert reply.usage is not None


async def test_custom_tools_take_text(client: openai.AsyncOpenAI, akash: Simulator) -> None:
    """Whole and streamed."""
    akash.say('<tool_call name="shell">\nls -l {a,b}\n</tool_call>', times=2)
    reply = await client.chat.completions.create(model=MODEL, messages=ASK, tools=TOOLS)
    (call,) = reply.choices[0].message.tool_calls or []
    assert call.type == "custom"
    assert (call.custom.name, call.custom.input) == ("shell", "ls -l {a,b}")
    chunks = await client.chat.completions.create(model=MODEL, messages=ASK, tools=TOOLS, stream=True)
    deltas = [call async for chunk in chunks for call in chunk.choices[0].delta.tool_calls or []]
    assert deltas[0].id
    assert deltas[0].index == 0


async def test_a_conversation_with_calls(client: openai.AsyncOpenAI, akash: Simulator) -> None:
    """What was called and what came of it reaches the model."""
    call = {
        "id": "call_1",
        "type": "function",
        "function": {"name": "get_weather", "arguments": '{"city": "Rome"}'},
    }
    turns = [
        *ASK,
        {"role": "assistant", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_1", "content": "Sunny"},
    ]
    akash.say("It is sunny.")
    reply = await client.chat.completions.create(model=MODEL, messages=turns, tools=TOOLS)
    assert reply.choices[0].message.content == "It is sunny."
    assert reply.choices[0].finish_reason == "stop"
    sent = json.dumps(akash.chats[-1].body)
    assert "get_weather" in sent
    assert "Sunny" in sent


async def test_a_wrong_call_is_asked_for_again(client: openai.AsyncOpenAI, akash: Simulator) -> None:
    """Once; then the answer fails, typed, with a status where nothing was sent."""
    akash.say(WRONG)
    akash.say(CALL)
    reply = await client.chat.completions.create(model=MODEL, messages=ASK, tools=TOOLS)
    assert reply.choices[0].finish_reason == "tool_calls"
    assert reply.usage is not None
    assert reply.usage.completion_tokens == 20
    assert len(akash.chats) == 2
    akash.say(WRONG, times=2)
    with pytest.raises(openai.APIStatusError) as raised:
        await client.chat.completions.create(model=MODEL, messages=ASK, tools=TOOLS)
    assert raised.value.status_code == 502
    assert raised.value.code == "invalid_tool_call"


@pytest.mark.parametrize("choice", ["required", {"type": "function", "function": {"name": "get_weather"}}])
async def test_a_choice_is_kept(client: openai.AsyncOpenAI, akash: Simulator, choice: Any) -> None:
    """A model that only talks is told to call."""
    akash.say("I would rather talk.")
    akash.say(CALL)
    reply = await client.chat.completions.create(model=MODEL, messages=ASK, tools=TOOLS, tool_choice=choice)
    (call,) = reply.choices[0].message.tool_calls or []
    assert call.type == "function"
    assert reply.choices[0].message.content is None or "rather" in reply.choices[0].message.content


async def test_no_choice_no_call(client: openai.AsyncOpenAI, akash: Simulator) -> None:
    """With ``none`` what looks like a call is text; with one call at a time there is one."""
    akash.say(CALL)
    reply = await client.chat.completions.create(model=MODEL, messages=ASK, tools=TOOLS, tool_choice="none")
    assert reply.choices[0].message.content == CALL
    akash.say(CALL + CALL.replace("Rome", "Oslo"))
    reply = await client.chat.completions.create(
        model=MODEL, messages=ASK, tools=TOOLS, parallel_tool_calls=False
    )
    assert len(reply.choices[0].message.tool_calls or []) == 1


async def test_parse_gives_a_model(client: openai.AsyncOpenAI, akash: Simulator) -> None:
    """The official helper, with a schema of pydantic's, whole and streamed."""
    akash.say(*pieces("Sure!\n```json\n{'name': 'Bo', 'age': '4', 'tags': 'x',}\n```"), times=2)
    reply = await client.chat.completions.parse(model=MODEL, messages=ASK, response_format=Person)
    assert reply.choices[0].message.parsed == Person(name="Bo", age=4, tags=["x"])
    async with client.chat.completions.stream(model=MODEL, messages=ASK, response_format=Person) as stream:
        async for _ in stream:
            pass
        final = await stream.get_final_completion()
    assert final.choices[0].message.parsed == Person(name="Bo", age=4, tags=["x"])


async def test_json_objects_flow(client: openai.AsyncOpenAI, akash: Simulator) -> None:
    """In pieces, without what stands around them."""
    akash.say(*pieces('Here: {"a": [1, 2], "b": "c"} Bye.'))
    chunks = await client.chat.completions.create(
        model=MODEL, messages=ASK, response_format={"type": "json_object"}, stream=True
    )
    texts = [chunk.choices[0].delta.content or "" async for chunk in chunks]
    assert json.loads("".join(texts)) == {"a": [1, 2], "b": "c"}
    assert sum(bool(text) for text in texts) > 2


async def test_output_that_does_not_fit_fails(client: openai.AsyncOpenAI, akash: Simulator) -> None:
    """Asked twice, then 502 and its code."""
    akash.say("I will not.", times=2)
    with pytest.raises(openai.APIStatusError) as raised:
        await client.chat.completions.parse(model=MODEL, messages=ASK, response_format=Person)
    assert (raised.value.status_code, raised.value.code) == (502, "invalid_output")
    assert len(akash.chats) == 2


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"tools": [TOOLS[0], {"type": "function", "function": {"name": "f", "parameters": {"type": "x"}}}]},
         "tools[1]"),
        ({"response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": {"$ref": "http://127.0.0.1:1/"}}}},
         "response_format.json_schema.schema"),
        ({"tools": [{"type": "function", "function": {"name": ""}}]}, "tools[0]"),
        ({"tools": [TOOLS[0], TOOLS[0]]}, "tools[1]"),
        ({"tools": TOOLS, "tool_choice": {"type": "function", "function": {"name": "none"}}}, "tool_choice"),
        ({"tool_choice": "required"}, "tool_choice"),
    ],
)  # fmt: skip
async def test_what_cannot_be_done_is_refused(
    client: openai.AsyncOpenAI, akash: Simulator, fields: Any, param: str
) -> None:
    """With the place of the fault, before Akash is asked."""
    with pytest.raises(openai.BadRequestError) as raised:
        await client.chat.completions.create(model=MODEL, messages=ASK, **fields)
    assert raised.value.param == param
    assert akash.chats == []


@pytest.mark.parametrize(
    ("path", "fields", "place"),
    [
        ("/v1/responses", {"input": "x", "text": {"format": {"type": "json_schema", "name": "x", "schema": NO_SCHEMA}}},
         '"param":"text.format.schema"'),
        ("/v1/messages", {"max_tokens": 9, "output_config": {"format": {"type": "json_schema", "schema": NO_SCHEMA}}},
         "output_config.format.schema: not"),
        ("/v1/messages", {"max_tokens": 9, "output_format": {"type": "json_schema", "schema": NO_SCHEMA}},
         "output_format.schema: not"),
        ("/api/chat", {"format": NO_SCHEMA}, "format: not"),
    ],
)  # fmt: skip
async def test_a_wrong_schema_is_told_where_the_caller_put_it(
    gateway: str, akash: Simulator, path: str, fields: Any, place: str
) -> None:
    """In the words of the caller's own dialect."""
    answer = await call("POST", gateway + path, {"model": MODEL, "messages": ASK, **fields})
    assert answer.status == 400
    assert place in answer.body.decode().replace('": "', '":"')
    assert akash.chats == []


async def test_a_picture_has_no_form(client: openai.AsyncOpenAI) -> None:
    """A model that draws is offered no tools, and says so."""
    reply = await client.chat.completions.with_raw_response.create(
        model="AkashGen", messages=[{"role": "user", "content": "Draw a fox"}], tools=TOOLS
    )
    assert reply.headers["x-akashchat-ignored"] == "tools"
    assert "![" in (reply.parse().choices[0].message.content or "")


async def test_several_answers_have_their_own_calls(client: openai.AsyncOpenAI, akash: Simulator) -> None:
    """Each with ids of its own."""
    akash.say(CALL, times=2)
    reply = await client.chat.completions.create(model=MODEL, messages=ASK, tools=TOOLS, n=2)
    ids = [call.id for choice in reply.choices for call in choice.message.tool_calls or []]
    assert len(set(ids)) == 2


async def test_functions_in_the_old_way(client: openai.AsyncOpenAI, akash: Simulator) -> None:
    """One call, told in ``function_call``, whole and streamed."""
    functions = [TOOLS[0]["function"]]
    akash.say(CALL, times=2)
    fields: Any = {
        "model": MODEL,
        "messages": ASK,
        "functions": functions,
        "function_call": {"name": "get_weather"},
    }
    reply = await client.chat.completions.create(**fields)
    assert reply.choices[0].finish_reason == "function_call"
    assert reply.choices[0].message.tool_calls is None
    call = reply.choices[0].message.function_call
    assert call is not None
    assert (call.name, json.loads(call.arguments)) == ("get_weather", {"city": "Rome", "days": 3})
    chunks = await client.chat.completions.create(**fields, stream=True)
    deltas = [d async for chunk in chunks if (d := chunk.choices[0].delta.function_call) is not None]
    assert deltas[0].name == "get_weather"
    assert json.loads("".join(delta.arguments or "" for delta in deltas)) == {"city": "Rome", "days": 3}
    for wrong in (
        {"functions": functions * 2},
        {"functions": functions, "tools": TOOLS},
        {"function_call": {"name": "f"}},
    ):
        with pytest.raises(openai.BadRequestError):
            await client.chat.completions.create(model=MODEL, messages=ASK, **wrong)
