"""JSON that JavaScript writes and callers send."""

import json as plain
from typing import Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from akashchat.errors import BadRequest
from akashchat.wire import json
from tests.support.answers import TEXTS

JAVASCRIPT = st.text(max_size=12)
"""Strings of JavaScript: halves of surrogate pairs may stand alone."""


class Shape(msgspec.Struct):
    """A body to be read."""

    name: str
    role: Literal["user"] = "user"
    sizes: list[int] = []
    inner: dict[str, int] = {}


def refused(body: bytes, shape: type = Shape) -> BadRequest:
    """How a body is refused."""
    with pytest.raises(BadRequest) as raised:
        json.decode_body(body, shape)
    return raised.value


@given(JAVASCRIPT, st.booleans())
def test_every_string_of_javascript_is_read(text: str, ascii_only: bool) -> None:
    """Escaped or raw, with halves of pairs or without, a string is what was written."""
    written = plain.dumps(text, ensure_ascii=ascii_only or has_half(text)).encode()
    assert json.whole_text(json.decode_text(written)) == json.whole_text(text)
    if not has_half(text):
        assert json.decode_text(written) == text


def has_half(text: str) -> bool:
    """Whether a text holds half a surrogate pair."""
    return any("\ud800" <= character <= "\udfff" for character in text)


@given(JAVASCRIPT)
def test_whole_text_can_be_encoded(text: str) -> None:
    """Pairs are joined, lone halves replaced, and nothing else is touched."""
    whole = json.whole_text(text)
    whole.encode()
    assert json.whole_text(whole) == whole
    assert has_half(text) or whole == text


def test_pairs_are_joined_and_halves_replaced() -> None:
    """An emoji torn in two is an emoji again; half of one is a replacement character."""
    assert json.whole_text("\ud83d\ude00 \ud83d \ude00") == "😀 \ufffd \ufffd"
    assert json.decode_text(rb'"\ud83d"') == "\ud83d"


@pytest.mark.parametrize(
    "data", [b"", b'"', b'"a', b"1", b"null", b"[]", b"{}", b'"a" "b"', b'"\\x"', b"\xff"]
)
def test_what_is_no_string_is_refused(data: bytes) -> None:
    """Numbers, lists and broken strings are told apart from text."""
    with pytest.raises(ValueError):
        json.decode_text(data)


def test_bytes_that_are_no_utf_8_are_replaced() -> None:
    """A character torn by a proxy costs that character and not the answer."""
    assert json.decode_text(b'"a\xff\xf0\x9f\x98"') == "a\ufffd\ufffd"


def test_raw_controls_are_text() -> None:
    """Line breaks that nobody escaped are read as they stand."""
    assert json.decode_text(b'"a\tb\rc"') == "a\tb\rc"


@given(TEXTS)
def test_a_body_is_read_as_it_is_written(text: str) -> None:
    """Whatever UTF-8 can carry comes through."""
    assert json.decode_body(plain.dumps({"name": text}).encode(), Shape).name == text


@given(JAVASCRIPT)
def test_a_body_with_halves_of_pairs_is_read(text: str) -> None:
    """Clients written in JavaScript cut strings inside emoji; that is no reason to refuse their request."""
    body = plain.dumps({"name": text, "sizes": [1, 2], "inner": {"\ud83d": 0}}).encode()
    read = json.decode_body(body, Shape)
    assert read.name == json.whole_text(text)
    assert read.sizes == [1, 2]
    assert read.inner == {"\ufffd": 0}


@pytest.mark.parametrize(
    ("body", "place", "words"),
    [
        (b'{"name": 1}', "name", "Expected `str`, got `int` at 'name'"),
        (b'{"name": "a", "sizes": [1, "b"]}', "sizes[1]", "Expected `int`, got `str` at 'sizes[1]'"),
        (b'{"name": "a", "inner": {"x": null}}', "inner[...]", "Expected `int`, got `null` at 'inner[...]'"),
        (b"{}", "name", "'name' is missing"),
        (b"[]", None, "Expected `object`, got `array`"),
        (rb'{"name": ["\ud83d"]}', "name", "Expected `str`, got `array` at 'name'"),
    ],
)
def test_a_wrong_body_is_told_where(body: bytes, place: str | None, words: str) -> None:
    """The message says what is wrong, and ``param`` where."""
    error = refused(body)
    assert error.param == place
    assert error.message == words


def test_a_value_cannot_imitate_a_place() -> None:
    """A caller's own words in the message do not change the place that is named."""
    error = refused(b'{"name": "a", "role": "x - at `$.model`"}')
    assert error.param == "role"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"name": "a"',
        b'{"name": "a"} x',
        b'{"name": NaN}',
        b'{"name": "\xff"}',
        b'{"name": "\\ud83d"',
        b'{"name": "\\ud83d", "sizes": NaN}',
        b'{"name": "\\x"}',
        '{"name": "a"}'.encode("utf-16"),
    ],
)
def test_what_is_no_json_is_refused(body: bytes) -> None:
    """Broken bodies are the caller's fault, whatever is broken in them."""
    assert refused(body).message.startswith("the body is not ")


@pytest.mark.parametrize("start", [b"[", b'{"name":', b'{"name":"\\ud83d","sizes":['])
def test_a_bottomless_body_is_refused(start: bytes) -> None:
    """Nesting that would exhaust the stack is an error like any other."""
    assert refused(start * 100_000, dict[str, msgspec.Raw])
    assert refused(b'{"name":"\\ud83d","x":' + b"[" * 100_000 + b"]" * 100_000 + b"}")
