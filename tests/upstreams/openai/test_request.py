"""What is asked, as OpenAI's own types have it."""

import json
from typing import Any

import msgspec
import pytest
from msgspec import Raw
from openai.types.chat.completion_create_params import CompletionCreateParamsStreaming
from pydantic import TypeAdapter

from akashchat.model.request import (
    FilePart,
    ImagePart,
    Message,
    OutputFormat,
    Request,
    TextPart,
    Tool,
    ToolCall,
    ToolChoice,
)
from akashchat.upstreams.openai.request import Form, render

_BODY: TypeAdapter[Any] = TypeAdapter(CompletionCreateParamsStreaming)
ASK = Request(model="here", messages=(Message("user", (TextPart("Hi"),)),))
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}}
WEATHER = Tool(name="weather", description="Tells it.", parameters=SCHEMA, strict=True)
TIME = Tool(name="time")
PATCH = Tool(name="patch", description="Changes files.", freeform=True, grammar="start: LINE+")
PICTURE = "data:image/png;base64,aGk="


def body(form: Form | None = None, **asked: Any) -> dict[str, Any]:
    """The body, which OpenAI's package accepts."""
    request = msgspec.structs.replace(ASK, **asked)
    written = render(request, form or Form(model="theirs"))
    found: dict[str, Any] = json.loads(written)
    _BODY.validate_json(written)
    return found


def test_the_least() -> None:
    """A stream with usage, whatever the caller wants, and no parameter nobody asked for."""
    assert body() == {
        "model": "theirs",
        "messages": [{"role": "user", "content": "Hi"}],
        "stream": True,
        "stream_options": {"include_usage": True},
    }


def test_all_parameters() -> None:
    """By OpenAI's names, and those nobody knows here as they were written."""
    asked = body(
        temperature=0.0,
        top_p=0.5,
        max_tokens=9,
        stop=("\n", "END"),
        options={"seed": Raw(b"7"), "chat_template_kwargs": Raw(b'{"enable_thinking": false}')},
    )
    assert asked["temperature"] == 0
    assert asked["top_p"] == 0.5
    assert asked["max_tokens"] == 9
    assert asked["stop"] == ["\n", "END"]
    assert asked["seed"] == 7
    assert asked["chat_template_kwargs"] == {"enable_thinking": False}


@pytest.mark.parametrize(
    "name", ["logprobs", "audio", "prefill", "truncation", "tools[web_search]", "thinking.budget_tokens"]
)
def test_what_would_be_lost_is_not_sent(name: str) -> None:
    """Neither what no event could tell of, nor what is no field of a body."""
    assert name not in body(options={name: Raw(b"true")})


def test_options_do_not_overrule_what_was_read() -> None:
    """A field that has a place in a request is written from there."""
    asked = body(options={"stream": Raw(b"false"), "model": Raw(b'"x"'), "messages": Raw(b"[]")})
    assert asked == body()


def test_a_form_of_its_own() -> None:
    """What an upstream turned out not to take."""
    asked = body(Form(model="o", usage=False, limit="max_completion_tokens"), max_tokens=9)
    assert "stream_options" not in asked
    assert "max_tokens" not in asked
    assert asked["max_completion_tokens"] == 9


def test_a_conversation() -> None:
    """Every role, a call and its answer, pictures and files."""
    asked = body(
        messages=(
            Message("system", (TextPart("Be brief."),)),
            Message("user", (TextPart("What"), TextPart("is it?")), name="ann"),
            Message(
                "assistant",
                (),
                calls=(ToolCall("c1", "weather", '{"city": "X"}'), ToolCall("c2", "time", "")),
            ),
            Message("tool", (TextPart("rain"),), name="weather", call_id="c1"),
            Message("tool", (TextPart("noon"),), name="time", call_id="c2"),
            Message("assistant", (TextPart("It rains."),)),
            Message(
                "user",
                (
                    TextPart("And here?"),
                    ImagePart(PICTURE, "image/png"),
                    FilePart(PICTURE, "application/pdf", "a.pdf"),
                ),
            ),
        )
    )
    assert asked["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "What\nis it?", "name": "ann"},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {
                    "id": "c1",
                    "type": "function",
                    "function": {"name": "weather", "arguments": '{"city": "X"}'},
                },
                {"id": "c2", "type": "function", "function": {"name": "time", "arguments": "{}"}},
            ],
        },
        {"role": "tool", "content": "rain", "tool_call_id": "c1"},
        {"role": "tool", "content": "noon", "tool_call_id": "c2"},
        {"role": "assistant", "content": "It rains."},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "And here?"},
                {"type": "image_url", "image_url": {"url": PICTURE}},
                {"type": "file", "file": {"filename": "a.pdf", "file_data": PICTURE}},
            ],
        },
    ]


def test_tools() -> None:
    """Functions as they are; one without parameters takes an empty object."""
    asked = body(tools=(WEATHER, TIME), parallel_calls=False)
    assert asked["tools"] == [
        {
            "type": "function",
            "function": {"name": "weather", "description": "Tells it.", "parameters": SCHEMA, "strict": True},
        },
        {
            "type": "function",
            "function": {"name": "time", "parameters": {"type": "object", "properties": {}}},
        },
    ]
    assert asked["parallel_tool_calls"] is False
    assert "tool_choice" not in asked


@pytest.mark.parametrize(
    ("choice", "said", "offered"),
    [
        (ToolChoice("none"), "none", ["weather", "time"]),
        (ToolChoice("required"), "required", ["weather", "time"]),
        (
            ToolChoice("required", ("time",)),
            {"type": "function", "function": {"name": "time"}},
            ["time"],
        ),
        (ToolChoice("auto", ("time",)), None, ["time"]),
        (ToolChoice("required", ("time", "weather")), "required", ["weather", "time"]),
    ],
)
def test_which_tools_may_be_called(choice: ToolChoice, said: Any, offered: list[str]) -> None:
    """Where only some may be, only these are offered."""
    asked = body(tools=(WEATHER, TIME), tool_choice=choice)
    assert asked.get("tool_choice") == said
    assert [tool["function"]["name"] for tool in asked["tools"]] == offered


def test_a_freeform_tool_is_a_function_with_one_text() -> None:
    """Also in the calls of earlier turns."""
    earlier = Message("assistant", (), calls=(ToolCall("c1", "patch", 'a "b"\n'),))
    asked = body(messages=(earlier, *ASK.messages), tools=(PATCH,))
    (tool,) = asked["tools"]
    assert tool["function"]["parameters"]["required"] == ["input"]
    assert "start: LINE+" in tool["function"]["parameters"]["properties"]["input"]["description"]
    (call,) = asked["messages"][0]["tool_calls"]
    assert json.loads(call["function"]["arguments"]) == {"input": 'a "b"\n'}


def test_output_formats() -> None:
    """Any object, or one that fits."""
    assert body(output=OutputFormat())["response_format"] == {"type": "json_object"}
    assert body(output=OutputFormat(SCHEMA, "place", strict=True))["response_format"] == {
        "type": "json_schema",
        "json_schema": {"name": "place", "schema": SCHEMA, "strict": True},
    }
    assert body(output=OutputFormat(SCHEMA))["response_format"]["json_schema"] == {
        "name": "answer",
        "schema": SCHEMA,
    }


def test_what_an_upstream_lacks_is_not_asked_for() -> None:
    """The gateway does it, or nobody."""
    form = Form(model="theirs", lacks=frozenset({"tools", "stop", "temperature", "seed"}))
    asked = body(
        form,
        tools=(WEATHER,),
        tool_choice=ToolChoice("required"),
        parallel_calls=False,
        stop=("x",),
        temperature=1.0,
        options={"seed": Raw(b"7")},
    )
    assert asked == body()
