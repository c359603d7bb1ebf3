"""Bodies of Ollama's chats and prompts, read."""

import base64
import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akashchat.dialects.ollama import Load, OllamaChat, OllamaGenerate, parse_show
from akashchat.errors import BadRequest
from akashchat.model.request import ImagePart, Message, OutputFormat, Request, TextPart, Tool

PNG = base64.b64encode(b"\x89PNG....").decode()
HELLO = [{"role": "user", "content": "Hello"}]


def chat(**fields: Any) -> Request:
    """A chat's body with these fields, read."""
    return OllamaChat().parse(json.dumps({"model": "m", "messages": HELLO, **fields}).encode())


def prompt(**fields: Any) -> Request:
    """A prompt's body with these fields, read."""
    return OllamaGenerate().parse(json.dumps({"model": "m", "prompt": "Hello", **fields}).encode())


def test_streams_are_what_comes_unless_told_otherwise() -> None:
    """As at Ollama."""
    assert chat().stream
    assert chat(stream=None).stream
    assert not chat(stream=False).stream
    assert chat().asked() == frozenset()


def test_a_name_without_a_tag_is_the_latest() -> None:
    """Clients add the tag themselves; other tags are part of the name."""
    assert [chat(model=name).model for name in ("m", "m:latest", "m:8b")] == ["m", "m", "m:8b"]


def test_a_prompt_is_a_conversation() -> None:
    """Instructions first, pictures with what is asked."""
    request = prompt(system="Be brief.", images=[PNG, f"data:image/png;base64,{PNG}"])
    picture = ImagePart(f"data:image/png;base64,{PNG}", "image/png")
    assert request.messages == (
        Message("system", (TextPart("Be brief."),)),
        Message("user", (TextPart("Hello"), picture, picture)),
    )
    assert prompt(prompt="", images=[PNG]).messages == (Message("user", (picture,)),)


def test_options() -> None:
    """What answers follow has its place; what steers a machine is information; the rest is kept by name."""
    request = chat(
        options={
            "temperature": 0, "top_p": 0.5, "num_predict": 7, "stop": "x", "num_ctx": 4096, "seed": 1, "top_k": 40,
            "repeat_penalty": 1.0, "min_p": 0, "mirostat": None,
        }
    )  # fmt: skip
    assert (request.temperature, request.top_p, request.max_tokens, request.stop) == (0, 0.5, 7, ("x",))
    assert request.options.keys() == {"seed", "top_k"}
    assert [chat(options={"num_predict": count}).max_tokens for count in (-2, -1, 0, 2**70)] == [
        None,
        None,
        None,
        2**31,
    ]


def test_thoughts() -> None:
    """Shown unless refused; how many, nobody can set, so it is told under OpenAI's name."""
    assert (chat().thoughts, chat(think=True).thoughts) == ("shown", "shown")
    assert chat(think=False).thoughts == "hidden"
    assert (chat().options, chat(think=True).options) == ({}, {})
    assert bytes(chat(think=False).options["reasoning_effort"]) == b'"none"'
    assert bytes(chat(think="low").options["reasoning_effort"]) == b'"low"'


def test_forms() -> None:
    """JSON of any shape, or of one."""
    schema = {"type": "object"}
    assert [chat(format=form).output for form in (None, "", "json", schema)] == [
        None, None, OutputFormat(), OutputFormat(schema, strict=True, place="format"),
    ]  # fmt: skip


def test_tools_and_calls() -> None:
    """Arguments are objects; an answer belongs to the first call of its tool that waits for one."""
    function = {"name": "f", "description": "F.", "parameters": {"type": "object"}}
    request = chat(
        tools=[{"type": "function", "function": function}, {"function": {"name": "g"}}],
        messages=[
            *HELLO,
            {
                "role": "assistant",
                "tool_calls": [
                    {"function": {"name": name, "arguments": {"a": i}}} for i, name in enumerate("ffg")
                ],
            },
            {"role": "tool", "tool_name": "g", "content": "G"},
            {"role": "tool", "content": "F1"},
            {"role": "tool", "tool_name": "f", "content": "F2"},
            {"role": "tool", "tool_name": "f", "content": "lost"},
        ],
    )
    assert request.tools == (
        Tool(name="f", description="F.", parameters={"type": "object"}), Tool(name="g"),
    )  # fmt: skip
    first, second, third = request.messages[1].calls
    assert (first.name, first.arguments) == ("f", '{"a":0}')
    assert [(told.call_id, told.name) for told in request.messages[2:]] == [
        (third.id, "g"), (first.id, "f"), (second.id, "f"), ("", "f"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"model": ""}, "model"),
        ({"messages": [{"role": "robot"}]}, "messages[0].role"),
        ({"messages": [{"role": "user", "images": ["!"]}]}, "messages[0].images[0]"),
        ({"messages": [{"role": "user", "images": [""]}]}, "messages[0].images[0]"),
        (
            {"messages": [{"role": "user", "tool_calls": [{"function": {"name": "f"}}]}]},
            "messages[0].tool_calls",
        ),
        ({"tools": [{"function": {"name": ""}}]}, "tools[0]"),
        ({"tools": [{"function": {"name": "f"}}] * 2}, "tools[1]"),
        ({"options": {"temperature": 3}}, "options.temperature"),
        ({"options": {"stop": ["x"] * 17}}, "options.stop"),
        ({"think": "much"}, "think"),
        ({"format": "xml"}, "format"),
    ],
)
def test_bad_chats(fields: dict[str, Any], param: str) -> None:
    """The error says where."""
    with pytest.raises(BadRequest) as raised:
        chat(**fields)
    assert raised.value.param == param


@pytest.mark.parametrize(
    ("fields", "param"),
    [({"prompt": "", "suffix": "x"}, "suffix"), ({"images": ["!"]}, "images[0]")],
)
def test_bad_prompts(fields: dict[str, Any], param: str) -> None:
    """The error says where."""
    with pytest.raises(BadRequest) as raised:
        prompt(**fields)
    assert raised.value.param == param


@pytest.mark.parametrize(
    ("keep_alive", "keep"),
    [(None, True), ("5m", True), (-1, True), (0, False), ("0", False), ("0s", False), ([], True)],
)
def test_a_request_that_says_nothing_loads(keep_alive: Any, keep: bool) -> None:
    """Or lets go, where the model is to be kept no longer; what else is wrong with it is told all the same."""
    for read, empty in ((chat, {"messages": []}), (prompt, {"prompt": ""}), (prompt, {"prompt": None})):
        load = read(**empty, keep_alive=keep_alive)
        assert isinstance(load, Load)
        assert (load.model, load.keep, load.chat) == ("m", keep, read is chat)
        with pytest.raises(BadRequest):
            read(**empty, options={"temperature": 3})


def test_which_model_to_show() -> None:
    """By its newer or its older field."""
    assert parse_show(b'{"model": "m:latest"}') == parse_show(b'{"name": "m"}') == "m"
    with pytest.raises(BadRequest):
        parse_show(b"{}")


FIELDS = sorted({name for name in OllamaChat.parameters | OllamaGenerate.parameters if "." not in name})
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(FIELDS), JSON))
def test_any_body_is_read_or_refused(fields: dict[str, Any]) -> None:
    """Never anything else."""
    for read in (chat, prompt):
        with contextlib.suppress(BadRequest):
            assert read(**fields).messages
