"""Chat bodies: what is read, what asks for nothing, what is refused and where."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.chat.completion_create_params import CompletionCreateParamsNonStreaming

from akashchat.dialects.chat.request import MAX_CHOICES, PARAMETERS, parse
from akashchat.errors import BadRequest
from akashchat.model.request import FilePart, ImagePart, Message, Part, Request, TextPart, ToolCall
from akashchat.wire.json import whole_text

HI = [{"role": "user", "content": "Hi"}]
NAMES = sorted(PARAMETERS | {"role", "content", "type", "text"})
VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(NAMES), inner),
    max_leaves=20,
)
"""Any JSON value, with names that mean something."""
PNG = "data:image/png;base64,iVBORw0KGgo="


def parsed(**fields: Any) -> Request:
    """A body with these fields, read."""
    return parse(json.dumps({"model": "m", "messages": HI} | fields).encode())


def messages(*turns: dict[str, Any]) -> tuple[Message, ...]:
    """Messages, read."""
    return parsed(messages=list(turns)).messages


def part(**content: Any) -> Part:
    """The only part of a message, read."""
    (message,) = messages({"role": "user", "content": [content]})
    (read,) = message.parts
    return read


def file_part(data: str | None, name: str | None = None, **more: Any) -> Part:
    """A file, read."""
    return part(type="file", file={"file_data": data, "filename": name} | more)


def refused(**fields: Any) -> BadRequest:
    """How a body with these fields is refused."""
    with pytest.raises(BadRequest) as raised:
        parsed(**fields)
    return raised.value


def refused_part(**content: Any) -> BadRequest:
    """How a part of the second message is refused."""
    return refused(messages=[*HI, {"role": "user", "content": [{"type": "text", "text": "?"}, content]}])


# -- parameters


def test_the_least_body() -> None:
    """Nothing is asked for but a model and a message; nothing else is assumed."""
    request = parsed()
    assert request == Request(model="m", messages=(Message("user", (TextPart("Hi"),)),))
    assert request.asked() == frozenset()


def test_every_parameter_that_is_honoured() -> None:
    """Each has its field."""
    request = parsed(
        stream=True,
        stream_options={"include_usage": True},
        temperature=0,
        top_p=1,
        max_tokens=5,
        stop=["a", "b"],
        n=2,
        user="u",
    )
    assert (request.stream, request.include_usage, request.user) == (True, True, "u")
    assert (request.temperature, request.top_p, request.max_tokens) == (0.0, 1.0, 5)
    assert (request.stop, request.n, request.options) == (("a", "b"), 2, {})
    assert request.asked() == {"temperature", "top_p", "max_tokens", "stop", "n"}


@pytest.mark.parametrize(
    ("fields", "name", "value"),
    [
        ({"topP": 0.5}, "top_p", 0.5),
        ({"topP": 0.5, "top_p": 0.2}, "top_p", 0.2),
        ({"max_completion_tokens": 7}, "max_tokens", 7),
        ({"max_completion_tokens": 7, "max_tokens": 9}, "max_tokens", 7),
        ({"stop": "END"}, "stop", ("END",)),
        ({"stop": ["", "END", "END"]}, "stop", ("END",)),
        ({"stop": ""}, "stop", ()),
        ({"stop": []}, "stop", ()),
        ({"n": 1}, "n", 1),
        ({"stream": False}, "stream", False),
        ({"stream": True, "stream_options": {}}, "include_usage", False),
        ({"stream": True, "stream_options": {"include_usage": None}}, "include_usage", False),
    ],
)
def test_other_spellings(fields: dict[str, Any], name: str, value: object) -> None:
    """Both spellings of a parameter are read, and empty stops stop nothing."""
    assert getattr(parsed(**fields), name) == value


def test_null_is_not_asked() -> None:
    """Clients send every field they have; null means nothing."""
    fields = dict.fromkeys(PARAMETERS - {"messages", "model"})
    assert parsed(**fields) == parsed()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("frequency_penalty", 0),
        ("presence_penalty", 0.0),
        ("logprobs", False),
        ("top_logprobs", 0),
        ("logit_bias", {}),
        ("store", False),
        ("service_tier", "auto"),
        ("modalities", ["text"]),
        ("response_format", {"type": "text"}),
        ("tools", []),
        ("functions", []),
        ("tool_choice", "none"),
        ("function_call", "auto"),
        ("parallel_tool_calls", True),
        ("verbosity", "medium"),
        ("metadata", {"a": "b"}),
        ("safety_identifier", "x"),
        ("prompt_cache_key", "x"),
    ],
)
def test_what_happens_anyway_is_not_asked(name: str, value: object) -> None:
    """Values that change nothing are not told to be ignored."""
    assert parsed(**{name: value}).options == {}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("frequency_penalty", 0.5),
        ("logprobs", True),
        ("logit_bias", {"50256": -100}),
        ("seed", 0),
        ("reasoning_effort", "high"),
        ("modalities", ["text", "audio"]),
        ("audio", {"voice": "alloy", "format": "wav"}),
        ("never_heard_of", False),
    ],
)
def test_what_nobody_may_honour_is_kept_by_name(name: str, value: object) -> None:
    """So that it can be done, named or refused, but never be lost."""
    request = parsed(**{name: value})
    assert request.asked() == {name}
    assert json.loads(bytes(request.options[name])) == value


def test_every_parameter_of_openai_s_is_accounted_for() -> None:
    """What the official client can send is known here, or at least kept by name."""
    newer = CompletionCreateParamsNonStreaming.__annotations__.keys() - PARAMETERS
    assert parsed(**{name: {"new": True} for name in newer}).asked() == newer


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"model": ""}, "model"),
        ({"model": " "}, "model"),
        ({"model": 1}, "model"),
        ({"model": None}, "model"),
        ({"messages": []}, "messages"),
        ({"messages": None}, "messages"),
        ({"messages": "Hi"}, "messages"),
        ({"messages": ["Hi"]}, "messages[0]"),
        ({"messages": [{}]}, "messages[0].role"),
        ({"messages": [{"role": "wizard", "content": "Hi"}]}, "messages[0].role"),
        ({"messages": [{"role": "user", "content": 1}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": ["Hi"]}]}, "messages[0].content[0]"),
        ({"messages": [{"role": "user", "name": 1}]}, "messages[0].name"),
        ({"messages": [*HI, {"role": "assistant", "tool_calls": {}}]}, "messages[1].tool_calls"),
        (
            {"messages": [*HI, {"role": "assistant", "tool_calls": [{}]}]},
            "messages[1].tool_calls[0].function",
        ),
        (
            {"messages": [*HI, {"role": "assistant", "tool_calls": [{"function": {"arguments": {}}}]}]},
            "messages[1].tool_calls[0].function.arguments",
        ),
        ({"temperature": -0.1}, "temperature"),
        ({"temperature": 2.1}, "temperature"),
        ({"temperature": "1"}, "temperature"),
        ({"temperature": True}, "temperature"),
        ({"top_p": 1.1}, "top_p"),
        ({"topP": -1}, "topP"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"max_tokens": 1.5}, "max_tokens"),
        ({"max_tokens": 10**30}, "max_tokens"),
        ({"max_completion_tokens": -1}, "max_completion_tokens"),
        ({"n": 0}, "n"),
        ({"n": MAX_CHOICES + 1}, "n"),
        ({"stop": 1}, "stop"),
        ({"stop": ["a", 1]}, "stop[1]"),
        ({"stop": [str(i) for i in range(17)]}, "stop"),
        ({"stream": "yes"}, "stream"),
        ({"stream_options": {"include_usage": True}}, "stream_options"),
        ({"stream": True, "stream_options": []}, "stream_options"),
        ({"stream": True, "stream_options": {"include_usage": 1}}, "stream_options.include_usage"),
        ({"user": 1}, "user"),
    ],
)
def test_a_bad_body_is_refused_with_its_place(fields: dict[str, Any], place: str) -> None:
    """``param`` is the path of the field, as far into the body as the fault lies."""
    assert refused(**fields).param == place


@pytest.mark.parametrize("name", ["model", "messages"])
def test_a_missing_field_is_named(name: str) -> None:
    """There is no default for either."""
    body = {"model": "m", "messages": HI}
    del body[name]
    with pytest.raises(BadRequest) as raised:
        parse(json.dumps(body).encode())
    assert raised.value.param == name


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"null", b'"x"', b"{", b'{"model": "m", "messages": [' + b"[" * 10**5]
)
def test_what_is_no_object_is_refused(body: bytes) -> None:
    """Empty bodies, lists and bottomless nesting are the caller's fault."""
    with pytest.raises(BadRequest):
        parse(body)


@given(VALUES)
def test_no_body_is_a_fault_of_the_gateway(value: Any) -> None:
    """Whatever JSON comes, it is a request or refused."""
    body = value if isinstance(value, dict) else {"messages": value}
    for fields in (body, {"model": "m", "messages": HI} | body):
        try:
            request = parse(json.dumps(fields).encode())
        except BadRequest as error:
            assert error.message  # noqa: PT017  either way is right
        else:
            assert isinstance(request, Request)


# -- messages


def test_roles() -> None:
    """The developer is the system's, a function's answer a tool's."""
    roles = ["system", "developer", "user", "assistant", "tool", "function"]
    read = messages(*[{"role": role, "content": role} for role in roles])
    assert [message.role for message in read] == ["system", "system", "user", "assistant", "tool", "tool"]
    assert [message.text for message in read] == roles


@pytest.mark.parametrize("content", ["", None, []])
def test_content_may_be_empty_or_missing(content: object) -> None:
    """An assistant that only called, a user who only sent a picture: nothing is said, and that is allowed."""
    assert messages({"role": "user", "content": content}) == (Message("user"),)
    assert messages({"role": "user"}) == (Message("user"),)


def test_parts_of_text_are_lines() -> None:
    """Text in parts is text; a refusal is what the model said."""
    (message,) = messages(
        {
            "role": "assistant",
            "content": [
                {"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}},
                {"type": "refusal", "refusal": "No."},
            ],
        }
    )
    assert message.parts == (TextPart("a"), TextPart("No."))
    assert message.text == "a\nNo."


def test_calls_and_their_answers() -> None:
    """A call keeps its id, name and arguments; its answer learns the function's name from it."""
    call = {"id": "call_1", "type": "function", "function": {"name": "look", "arguments": '{"at": "x"}'}}
    read = messages(
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_1", "content": "seen"},
        {"role": "tool", "tool_call_id": "call_2", "content": "whose?"},
    )
    assert read[0].calls == (ToolCall("call_1", "look", '{"at": "x"}'),)
    assert (read[1].call_id, read[1].name, read[1].text) == ("call_1", "look", "seen")
    assert (read[2].call_id, read[2].name) == ("call_2", "")


def test_calls_in_the_old_way() -> None:
    """``function_call`` and the role ``function``: a call's name is its id."""
    read = messages(
        {"role": "assistant", "function_call": {"name": "look", "arguments": "{}"}},
        {"role": "function", "name": "look", "content": "seen"},
    )
    assert read[0].calls == (ToolCall("look", "look", "{}"),)
    assert (read[1].call_id, read[1].name) == ("look", "look")


@given(
    st.sampled_from(["system", "developer", "user", "assistant"]),
    st.text(min_size=1),
    st.none() | st.text(),
    st.none() | st.text(),
)
def test_words_are_read_at_once_and_mean_the_same(
    role: str, text: str, name: str | None, refusal: str | None
) -> None:
    """As plain text or as the only part of a message."""
    turn = {"role": role, "name": name, "refusal": refusal}
    parts = [{"type": "text", "text": text}]
    assert messages({**turn, "content": text}) == messages({**turn, "content": parts})


@given(st.text(), st.text())
def test_halves_of_surrogate_pairs_are_replaced(text: str, name: str) -> None:
    """Every text that was read can be sent on as UTF-8."""
    (message,) = messages({"role": "user", "content": [{"type": "text", "text": text}], "name": name})
    assert message.text == whole_text(text)
    assert message.name == whole_text(name)


# -- pictures and files


@pytest.mark.parametrize(
    ("url", "media_type"),
    [
        ("https://example.org/a.png", "image/png"),
        ("http://example.org/a.GIF?x=1.webp#y", "image/gif"),
        ("https://example.org/a.webp#frag", "image/webp"),
        ("https://example.org/a", "image/jpeg"),
        (PNG, "image/png"),
        ("data:IMAGE/PNG;base64,iVBORw0KGgo=", "image/png"),
    ],
)
@pytest.mark.parametrize("detail", [True, False])
def test_pictures(url: str, media_type: str, detail: bool) -> None:
    """By address or along with the message; both ways of writing them are read."""
    image = {"url": url, "detail": "high"} if detail else url
    assert part(type="image_url", image_url=image) == ImagePart(url, media_type)


def test_a_picture_that_is_not_base64_becomes_it() -> None:
    """Akash takes what follows the comma for base64, so percent signs would spoil the picture."""
    read = part(type="image_url", image_url="data:image/svg+xml,%3Csvg%2F%3E")
    assert read == ImagePart("data:image/svg+xml;base64,PHN2Zy8+", "image/svg+xml")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("ftp://example.org/a.png", "must be an 'http(s)://' address or a 'data:' URL"),
        ("a.png", "must be an 'http(s)://' address or a 'data:' URL"),
        ("", "must be an 'http(s)://' address or a 'data:' URL"),
        ("data:image/png;base64", "must be an 'http(s)://' address or a 'data:' URL"),
        ("data:text/plain;base64,aGk=", "'text/plain' is not an image"),
        ("data:,x", "'text/plain' is not an image"),
        ("data:image/png;base64,", "the image is empty"),
        ("data:image/png;base64,@@@@", "the data URL is not valid base64"),
        ("data:image/png;base64,iVBORw0KGgo", "the data URL is not valid base64"),
        ("data:image/png;base64,ü", "the data URL is not valid base64"),
    ],
)
def test_a_bad_picture_is_refused_with_its_place(url: str, words: str) -> None:
    """The place of the part, and what was wrong with it."""
    error = refused_part(type="image_url", image_url={"url": url})
    assert (error.param, error.message) == ("messages[1].content[1].image_url", words)


@pytest.mark.parametrize(
    ("data", "name", "text"),
    [
        ("data:text/plain;base64,aGk=", "a.txt", "hi"),
        (
            "data:text/plain;charset=utf-16;base64," + base64.b64encode("hé".encode("utf-16")).decode(),
            "a",
            "hé",
        ),
        ("data:text/plain;charset=latin-1;base64,6Q==", "a", "é"),
        ("data:text/plain,hello%20world", "a", "hello world"),
        ("data:,a", "a", "a"),
        ("data:application/json;base64,e30=", "a.json", "{}"),
        ("data:text/plain;base64,77u/aGk=", "bom.txt", "hi"),
        ("aGk=", "notes.md", "hi"),
        ("aGk=", None, "hi"),
    ],
)
def test_texts_as_files_become_text(data: str, name: str | None, text: str) -> None:
    """Whatever can be read is put into the message, under its name."""
    assert file_part(data, name) == TextPart(f'<file name="{name or "file"}">\n{text}\n</file>')


@pytest.mark.parametrize(
    ("data", "name", "expected"),
    [
        ("JVBERi0=", "a.PDF", FilePart("data:application/pdf;base64,JVBERi0=", "application/pdf", "a.PDF")),
        (
            "data:application/pdf,%25PDF-",
            "a",
            FilePart("data:application/pdf;base64,JVBERi0=", "application/pdf", "a"),
        ),
        (PNG, "a.png", ImagePart(PNG, "image/png")),
    ],
)
def test_other_files(data: str, name: str, expected: Part) -> None:
    """Documents go along, pictures are pictures."""
    assert file_part(data, name) == expected


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (None, "file"),
        ("data:text/plain;base64,/w==", "file.file_data"),
        ("data:text/plain;base64,%", "file.file_data"),
        ("data:text/plain;charset=klingon;base64,aGk=", "file.file_data"),
        ("data:text/plain;charset=undefined;base64,aGk=", "file.file_data"),
        ("data:text/plain;charset=zlib;base64,aGk=", "file.file_data"),
        ("not base64!", "file.file_data"),
    ],
)
def test_a_bad_file_is_refused_with_its_place(data: str | None, place: str) -> None:
    """No file store, no other encoding than the one it names, no half of a file."""
    error = refused_part(type="file", file={"file_id": "file-1", "file_data": data})
    assert error.param == f"messages[1].content[1].{place}"


def test_a_file_cannot_smuggle_half_a_pair() -> None:
    """Some encodings can spell what UTF-8 cannot carry."""
    assert file_part("data:text/plain;charset=utf-7;base64,KzJBQS0=", "a") == TextPart(
        '<file name="a">\n\ufffd\n</file>'
    )


@given(
    st.sampled_from(["utf-8", "utf-7", "utf-16", "idna", "punycode", "cp037", "euc-kr", "hz"]), st.binary()
)
def test_no_file_is_a_fault_of_the_gateway(charset: str, data: bytes) -> None:
    """Whatever bytes a file holds, in whatever encoding it claims, it is text or refused."""
    url = f"data:text/plain;charset={charset};base64,{base64.b64encode(data).decode()}"
    try:
        read = file_part(url, "a")
    except BadRequest as error:
        assert error.param == "messages[0].content[0].file.file_data"  # noqa: PT017  either way is right
    else:
        assert isinstance(read, TextPart)
        read.text.encode()


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ({"type": "input_audio", "input_audio": {"data": "", "format": "wav"}}, "messages[1].content[1]"),
        ({"type": "video_url", "video_url": {}}, "messages[1].content[1].type"),
        ({"text": "x"}, "messages[1].content[1].type"),
        ({"type": "text"}, "messages[1].content[1].text"),
        ({"type": "text", "text": None}, "messages[1].content[1].text"),
        ({"type": "image_url"}, "messages[1].content[1].image_url"),
        ({"type": "image_url", "image_url": {}}, "messages[1].content[1].image_url.url"),
        ({"type": "file", "file": []}, "messages[1].content[1].file"),
    ],
)
def test_a_bad_part_is_refused_with_its_place(content: dict[str, Any], place: str) -> None:
    """Kinds that no model here takes, and parts that lack what makes them one."""
    assert refused_part(**content).param == place
