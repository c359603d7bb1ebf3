"""Server-sent events, read by the official client's own decoder."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akashchat.errors import ProtocolError
from akashchat.wire import json, sse
from tests.support.answers import TEXTS, cut
from tests.support.referee import frames


@given(TEXTS)
def test_a_frame_carries_any_json(text: str) -> None:
    """Whatever text is in the JSON, it is one event with exactly that text."""
    (frame,) = frames(sse.frame(json.encode(text)))
    assert frame.event is None
    assert json.decode_text(frame.data.encode()) == text
    (frame,) = frames(sse.named("error", json.encode(text)))
    assert frame.event == "error"
    assert json.decode_text(frame.data.encode()) == text


@given(TEXTS)
def test_a_comment_is_no_event(text: str) -> None:
    """Whatever text is in a comment, it cannot become an event."""
    assert frames(sse.comment(text) + sse.PING) == []


def test_the_end_is_openai_s() -> None:
    """Streams end in ``[DONE]``."""
    assert [frame.data for frame in frames(sse.DONE)] == ["[DONE]"]


# -- the reading half


def read(*pieces: bytes) -> list[tuple[bytes, bytes]]:
    """Names and data of the events of a stream in these pieces."""
    reader = sse.Frames()
    found = [frame for piece in pieces for frame in reader.feed(piece)]
    found += [last] if (last := reader.flush()) else []
    return [(frame.name, frame.data) for frame in found]


_LINES = st.sampled_from([
    "data: a", "data:b", "data:  c", "data", "data: ", "event: error", "event:x", ": comment", "id: 1", "retry: 5", "",
    "", "data: \u2028\u0085", "datax: d", "x",
])  # fmt: skip


@given(st.lists(_LINES, max_size=12), st.sampled_from(["\n", "\r\n"]), st.data())
def test_it_reads_what_the_official_client_reads(lines: list[str], end: str, data: st.DataObject) -> None:
    """However it is torn; a field without a colon nobody writes."""
    stream = "".join([line + end for line in [*lines, ""] if line != "data"]).encode()
    places = data.draw(st.lists(st.integers(0, len(stream)), max_size=8))
    theirs = [((frame.event or "").encode(), frame.data.encode()) for frame in frames(stream) if frame.data]
    assert read(*cut(stream, places)) == theirs


def test_a_byte_order_mark_is_no_part_of_the_first_line() -> None:
    """It stands at the beginning alone."""
    assert read(b"\xef\xbb", b"\xbfdata: a\n\n") == [(b"", b"a")]


def test_an_event_may_lack_its_last_line() -> None:
    """Servers that close right behind their last word are not made to lose it."""
    assert read(b"event: e\ndata: a\r\ndata: b") == [(b"e", b"a\nb")]
    assert read(b": only a comment") == []


def test_a_line_has_a_limit() -> None:
    """Beyond which it is no line of anybody's."""
    with pytest.raises(ProtocolError):
        sse.Frames(max_line_bytes=8).feed(b"data: 123456789")
