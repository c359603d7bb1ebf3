"""Messages bodies, read."""

import base64
from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from akashchat.dialects.messages import Messages
from akashchat.dialects.messages.known import KNOWN
from akashchat.dialects.messages.request import parse, parse_count
from akashchat.dialects.messages.tools import MAX_TOOLS
from akashchat.errors import BadRequest
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

HELLO = [{"role": "user", "content": "Hello"}]
LEAST: dict[str, Any] = {"model": "m", "max_tokens": 9, "messages": HELLO}
PNG = base64.b64encode(b"\x89PNG").decode()
PICTURE = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}}
PART = ImagePart(f"data:image/png;base64,{PNG}", "image/png")
WEATHER = {"name": "weather", "description": "Tell it", "input_schema": {"type": "object"}}


def read(**more: Any) -> Request:
    """The request of a body."""
    return parse(msgspec.json.encode({**LEAST, **more}))


def said(*content: Any, role: str = "user") -> tuple[Message, ...]:
    """The messages of a conversation of one turn."""
    return read(messages=[{"role": role, "content": list(content)}]).messages


def refused(**more: Any) -> BadRequest:
    """What is wrong with a body."""
    with pytest.raises(BadRequest) as caught:
        read(**more)
    return caught.value


def test_the_least_that_is_enough() -> None:
    """A model, a limit and a message."""
    assert read() == Request(
        model="m", max_tokens=9, messages=(Message("user", (TextPart("Hello"),)),), thoughts="hidden"
    )


@pytest.mark.parametrize("name", ["model", "max_tokens", "messages"])
def test_what_must_be_there(name: str) -> None:
    """Is named when it is missing, or empty."""
    body = {key: value for key, value in LEAST.items() if key != name}
    with pytest.raises(BadRequest) as caught:
        parse(msgspec.json.encode(body))
    assert caught.value.param == name
    assert refused(**{name: [] if name == "messages" else 0 if name == "max_tokens" else " "}).param == name


def test_instructions_come_first() -> None:
    """As a text or as blocks; where they may be cached makes no difference."""
    blocks = [
        {"type": "text", "text": "Be kind.", "cache_control": {"type": "ephemeral"}},
        {"type": "text", "text": "Be brief."},
    ]
    assert read(system="Be kind.").messages[0] == Message("system", (TextPart("Be kind."),))
    assert read(system=blocks).messages[0].text == "Be kind.\nBe brief."
    assert read(system="").messages == read(system=[]).messages == read().messages
    later = read(messages=[*HELLO, {"role": "system", "content": "Now in French."}]).messages
    assert [message.role for message in later] == ["user", "system"]


def test_turns_of_one_role_are_one_turn() -> None:
    """As with Anthropic."""
    turns = [
        {"role": "user", "content": "a"},
        {"role": "user", "content": [{"type": "text", "text": "b"}, PICTURE]},
        {"role": "assistant", "content": "c"},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "1", "name": "f", "input": {}}]},
    ]
    assert read(messages=turns).messages == (
        Message("user", (TextPart("a"), TextPart("b"), PART)),
        Message("assistant", (TextPart("c"),), calls=(ToolCall("1", "f", "{}"),)),
    )


def test_calls_and_their_results() -> None:
    """A result is a turn of its own, knows its tool by the call, and comes before what else is said."""
    turns = [
        *HELLO,
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "Hm.", "signature": ""},
                {"type": "redacted_thinking", "data": "x"},
                {"type": "text", "text": "I look.", "citations": None},
                {
                    "type": "tool_use",
                    "id": "1",
                    "name": "f",
                    "input": {"a": [1, "é"]},
                    "caller": {"type": "direct"},
                },
                {"type": "tool_use", "id": "2", "name": "g", "input": {}},
            ],
        },
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "And?"},
                {"type": "tool_result", "tool_use_id": "1", "content": "sunny"},
                {
                    "type": "tool_result",
                    "tool_use_id": "2",
                    "is_error": True,
                    "content": [{"type": "text", "text": "no"}, PICTURE],
                },
                {"type": "tool_result", "tool_use_id": "3"},
            ],
        },
    ]
    assert read(messages=turns).messages[1:] == (
        Message(
            "assistant",
            (TextPart("I look."),),
            calls=(ToolCall("1", "f", '{"a":[1,"é"]}'), ToolCall("2", "g", "{}")),
        ),
        Message("tool", (TextPart("sunny"),), name="f", call_id="1"),
        Message("tool", (TextPart("The call failed."), TextPart("no"), PART), name="g", call_id="2"),
        Message("tool", (), call_id="3"),
        Message("user", (TextPart("And?"),)),
    )


def test_results_alone_are_no_empty_turn() -> None:
    """A user who only tells results says nothing else."""
    messages = said({"type": "tool_result", "tool_use_id": "1", "content": "x"})
    assert [message.role for message in messages] == ["tool"]


DOCUMENTS: list[tuple[dict[str, Any], tuple[Any, ...]]] = [
    (
        {"source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERg=="}, "title": "A.pdf"},
        (FilePart("data:application/pdf;base64,JVBERg==", "application/pdf", "A.pdf"),),
    ),
    (
        {"source": {"type": "text", "media_type": "text/plain", "data": "words"}, "context": "Old."},
        (TextPart("Old."), TextPart('<file name="document">\nwords\n</file>')),
    ),
    (
        {"source": {"type": "content", "content": [{"type": "text", "text": "words"}, PICTURE]}},
        (TextPart('<file name="document">'), TextPart("words"), PART, TextPart("</file>")),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("block", "parts"), DOCUMENTS)
def test_documents(block: dict[str, Any], parts: tuple[Any, ...]) -> None:
    """Text joins the conversation, what is no text goes along."""
    assert said({"type": "document", **block})[0].parts == parts


def test_pictures_and_findings() -> None:
    """A picture by its address; what was found as text that says where."""
    url = {"type": "image", "source": {"type": "url", "url": "https://a.test/b.webp"}}
    found = {"type": "search_result", "source": "s", "title": "t", "content": [{"type": "text", "text": "x"}]}
    assert said(url, found)[0].parts == (
        ImagePart("https://a.test/b.webp", "image/webp"),
        TextPart('<search_result source="s" title="t">\nx\n</search_result>'),
    )


REFUSED: list[tuple[Any, str, str]] = [
    ({"type": "server_tool_use", "id": "1", "name": "web_search", "input": {}}, "assistant", ".type"),
    ({"type": "web_search_tool_result", "tool_use_id": "1", "content": []}, "assistant", ".type"),
    ({"type": "mcp_tool_use", "id": "1"}, "assistant", ".type"),
    ({"type": "container_upload", "file_id": "f"}, "user", ".type"),
    ({"type": "sound"}, "user", ".type"),
    ({"type": "tool_use", "id": "1", "name": "f", "input": {}}, "user", ""),
    ({"type": "tool_use", "id": "1", "name": "f", "input": []}, "assistant", ".input"),
    ({"type": "tool_result", "tool_use_id": "1"}, "assistant", ""),
    ({"type": "thinking", "thinking": "x"}, "user", ""),
    ({"type": "image", "source": {"type": "file", "file_id": "f"}}, "user", ".source"),
    ({"type": "image", "source": {"type": "url", "url": "ftp://x"}}, "user", ".source"),
    ({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "?"}}, "user", ".source"),
    ({"type": "document", "source": {"type": "url", "url": "https://a.test/b.pdf"}}, "user", ".source"),
    ({"type": "document", "source": {"type": "file", "file_id": "f"}}, "user", ".source"),
]  # fmt: skip


@pytest.mark.parametrize(("block", "role", "place"), REFUSED)
def test_what_cannot_be_carried_is_refused(block: Any, role: str, place: str) -> None:
    """With its place."""
    error = refused(messages=[{"role": role, "content": [block]}])
    assert error.param == f"messages[0].content[0]{place}"


def test_tools() -> None:
    """The caller's own, by their schema, and those of Anthropic's that the caller runs, by the known one."""
    found = read(
        tools=[
            {**WEATHER, "type": "custom", "strict": True, "cache_control": {"type": "ephemeral"}},
            {"type": "bash_20250124", "name": "bash"},
            {"type": "text_editor_20250728", "name": "str_replace_based_edit_tool", "max_characters": 9},
            {"type": "computer_20250124", "name": "computer", "display_width_px": 1, "display_height_px": 1},
            {"type": "memory_20250818", "name": "memory"},
        ]
    ).tools
    assert found[0] == Tool(name="weather", description="Tell it", parameters={"type": "object"}, strict=True)
    assert [tool.name for tool in found[1:]] == ["bash", "str_replace_based_edit_tool", "computer", "memory"]
    assert all(tool.parameters["type"] == "object" and tool.description for tool in found)
    older = read(tools=[{"type": "text_editor_20250124", "name": "str_replace_editor"}]).tools[0]
    assert "undo_edit" in older.parameters["properties"]["command"]["enum"]
    assert "undo_edit" not in found[2].parameters["properties"]["command"]["enum"]


def test_known_tools_are_well_described() -> None:
    """Each schema is one that a library takes."""
    from jsonschema import Draft202012Validator

    for description, schema in KNOWN.values():
        assert description
        Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize(
    ("tools", "param"),
    [
        ([{"name": "f"}], "tools[0].input_schema"),
        ([{"input_schema": {}}], "tools[0].name"),
        ([WEATHER, WEATHER], "tools[1].name"),
        ([{"type": "web_search_20250305", "name": "web_search"}], "tools[0].type"),
        ([{"type": "code_execution_20250825", "name": "code_execution"}], "tools[0].type"),
        ([{"type": "computer_toolset_20260801"}], "tools[0].type"),
        ([{**WEATHER, "name": str(i)} for i in range(MAX_TOOLS + 1)], "tools"),
    ],
)
def test_tools_that_are_refused(tools: list[Any], param: str) -> None:
    """What nobody here would run, and what is no tool."""
    assert refused(tools=tools).param == param


@pytest.mark.parametrize(
    ("asked", "choice"),
    [
        (None, ToolChoice()),
        ({"type": "auto"}, ToolChoice()),
        ({"type": "any"}, ToolChoice("required")),
        ({"type": "none"}, ToolChoice("none")),
        ({"type": "tool", "name": "weather"}, ToolChoice("required", ("weather",))),
    ],
)
def test_tool_choice(asked: Any, choice: ToolChoice) -> None:
    """In the words of all dialects."""
    assert read(tools=[WEATHER], tool_choice=asked).tool_choice == choice


@pytest.mark.parametrize(
    ("tools", "asked", "param"),
    [
        ([], {"type": "any"}, "tool_choice"),
        ([WEATHER], {"type": "tool", "name": "x"}, "tool_choice.name"),
        ([WEATHER], {"type": "tool"}, "tool_choice.name"),
        ([WEATHER], {"type": "some"}, "tool_choice.type"),
    ],
)
def test_a_choice_of_what_is_not_there(tools: list[Any], asked: Any, param: str) -> None:
    """Is refused."""
    assert refused(tools=tools, tool_choice=asked).param == param


def test_one_call_at_most() -> None:
    """Where there are tools, and only then."""
    one = {"type": "auto", "disable_parallel_tool_use": True}
    assert not read(tools=[WEATHER], tool_choice=one).parallel_calls
    assert read(tools=[WEATHER], tool_choice={"type": "auto"}).parallel_calls
    assert read(tool_choice=one).asked() == {"max_tokens"}


def test_the_form_of_the_text() -> None:
    """In its place of today and in that of before."""
    form = {"type": "json_schema", "schema": {"type": "object"}}
    today = OutputFormat({"type": "object"}, strict=True, place="output_config.format.schema")
    before = OutputFormat({"type": "object"}, strict=True, place="output_format.schema")
    assert read(output_config={"format": form}).output == today
    assert read(output_format=form).output == before
    assert read(output_config={}).output is None
    assert refused(output_format={"type": "xml"}).param == "output_format.type"


@pytest.mark.parametrize(
    ("thinking", "thoughts"),
    [
        (None, "hidden"),
        ({"type": "disabled"}, "hidden"),
        ({"type": "enabled", "budget_tokens": 1024}, "shown"),
        ({"type": "adaptive"}, "shown"),
        ({"type": "adaptive", "display": "summarized"}, "shown"),
        ({"type": "adaptive", "display": "omitted"}, "omitted"),
    ],
)
def test_thoughts_are_shown_to_who_asks(thinking: Any, thoughts: str) -> None:
    """As with Anthropic."""
    assert read(thinking=thinking).thoughts == thoughts


CITED = {"type": "document", "citations": {"enabled": True}, "source": {"type": "text", "data": "x"}}
IGNORED: list[tuple[dict[str, Any], set[str]]] = [
    ({}, set()),
    ({"top_k": 5}, {"top_k"}),
    ({"unheard_of": 1}, {"unheard_of"}),
    ({"container": None, "mcp_servers": [], "service_tier": "auto", "speed": "standard"}, set()),
    ({"container": "c", "mcp_servers": [{}], "speed": "fast"}, {"container", "mcp_servers", "speed"}),
    ({"metadata": {"user_id": "me"}, "cache_control": {"type": "ephemeral"}}, set()),
    ({"output_config": {"effort": "high"}}, {"reasoning_effort"}),
    ({"thinking": {"type": "enabled", "budget_tokens": 1024}}, {"thinking.budget_tokens"}),
    ({"thinking": {"type": "adaptive"}}, set()),
    ({"context_management": {"edits": [{"type": "clear_thinking_20251015"}]}}, set()),
    ({"context_management": {"edits": [{"type": "clear_tool_uses_20250919"}]}}, {"context_management"}),
    ({"messages": [*HELLO, {"role": "assistant", "content": "Once"}]}, {"prefill"}),
    ({"tools": [{**WEATHER, "input_examples": [{}]}]}, {"tools.input_examples"}),
    ({"tools": [{**WEATHER, "allowed_callers": ["code_execution_20250825"]}]}, {"tools.allowed_callers"}),
    ({"tools": [{**WEATHER, "allowed_callers": ["direct"], "defer_loading": True}]}, set()),
    ({"messages": [{"role": "user", "content": [CITED]}]}, {"citations"}),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "names"), IGNORED)
def test_what_nobody_may_honour_is_kept_by_name(asked: dict[str, Any], names: set[str]) -> None:
    """Whatever has an effect and no field of its own."""
    assert read(**asked).options.keys() == names


def test_the_rest() -> None:
    """Sampling, stops, the user."""
    request = read(
        temperature=0.5,
        top_p=0.5,
        stop_sequences=["a", "", "a", "b"],
        metadata={"user_id": "me"},
        stream=True,
    )
    assert (request.temperature, request.top_p, request.stop) == (0.5, 0.5, ("a", "b"))
    assert (request.user, request.stream) == ("me", True)
    assert refused(temperature=1.5).param == "temperature"
    assert refused(stop_sequences=["x"] * 17).param == "stop_sequences"


def test_counting_needs_no_limit() -> None:
    """And reads the same conversation."""
    body = {**LEAST, "system": "Hm.", "tools": [WEATHER], "thinking": {"type": "adaptive"}}
    whole = parse(msgspec.json.encode(body))
    del body["max_tokens"]
    counted = parse_count(msgspec.json.encode(body))
    assert (counted.messages, counted.tools) == (whole.messages, whole.tools)
    with pytest.raises(BadRequest):
        parse_count(b'{"model": "m", "messages": []}')


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 2) | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["type", "text", "x"]), inner, max_size=3)
    ),
    max_leaves=5,
)
_PLACES = [
    "system",
    "messages",
    "tools",
    "tool_choice",
    "thinking",
    "output_config",
    "metadata",
    "context_management",
]


@given(st.dictionaries(st.sampled_from(_PLACES), _JSON), st.lists(_JSON, max_size=2))
def test_garbage_is_a_bad_request(garbage: dict[str, Any], content: list[Any]) -> None:
    """Or a request, and never anything else."""
    for body in ({**LEAST, **garbage}, {**LEAST, "messages": [{"role": "user", "content": content}]}):
        with suppress(BadRequest):
            assert Messages().parse(msgspec.json.encode(body)).model == "m"


@given(st.binary(max_size=20))
def test_bytes_are_a_bad_request(body: bytes) -> None:
    """Whatever they are."""
    for read_body in (parse, parse_count):
        with pytest.raises(BadRequest):
            read_body(body)
