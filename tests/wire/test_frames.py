"""Server-sent events, read; the referee is the official client's own decoder."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akashchat.errors import ProtocolError
from akashchat.wire.frames import Frame, Frames
from akashchat.wire.lines import MAX_LINE_BYTES
from tests.support.answers import cut, in_pieces
from tests.support.referee import frames


def read(*pieces: bytes, strict: bool = False) -> list[Frame]:
    """The events of a stream in these pieces."""
    reader = Frames(strict=strict)
    found = [frame for piece in pieces for frame in reader.feed(piece)]
    return found + ([last] if (last := reader.flush()) else [])


@pytest.mark.parametrize(
    ("stream", "events"),
    [
        (b"data: a\n\ndata: b\n\n", [b"a", b"b"]),
        (b"data:a\n\ndata:  b\n\n", [b"a", b" b"]),
        (b"data: a\ndata: b\n\n", [b"a\nb"]),
        (b"data: a\r\n\r\ndata: b\r\n\r\n", [b"a", b"b"]),
        (b"\xef\xbb\xbfdata: a\n\n", [b"a"]),
        (b": a comment\n\n:\n\ndata: a\n\n", [b"a"]),
        (b"event: x\nid: 1\nretry: 3\ndata: a\n\n", [b"a"]),
        (b"event: x\n\n", []),
        (b"data:\n\ndata\n\n", []),
        (b"\n\n\ndata: a\n\n\n\n", [b"a"]),
        (b"data: a\n", [b"a"]),
        (b"data: a", [b"a"]),
        (b"data: a\n\r", [b"a"]),
        (b": only a comment", []),
        ("data: a\u2028b\u0085\n\n".encode(), ["a\u2028b\u0085".encode()]),
        (b"", []),
    ],
)
def test_events_as_the_standard_has_them(stream: bytes, events: list[bytes]) -> None:
    """Whole, and byte by byte, also where the last one lacks its end."""
    for strict in (False, True):
        assert [frame.data for frame in read(stream, strict=strict)] == events
        pieces = cut(stream, range(len(stream)))
        assert [frame.data for frame in read(*pieces, strict=strict)] == events


_LINES = st.sampled_from([
    "data: a", "data:b", "data:  c", "data", "data: ", "event: error", "event:x", ": comment", "id: 1", "retry: 5", "",
    "", "data: \u2028\u0085", "datax: d", "x",
])  # fmt: skip


@given(st.lists(_LINES, max_size=12), st.sampled_from(["\n", "\r\n"]), st.data())
def test_it_reads_what_the_official_client_reads(lines: list[str], end: str, data: st.DataObject) -> None:
    """However it is torn; a field without a colon nobody writes."""
    stream = "".join([line + end for line in [*lines, ""] if line != "data"]).encode()
    places = data.draw(st.lists(st.integers(0, len(stream)), max_size=8))
    theirs = [Frame(f.data.encode(), (f.event or "").encode()) for f in frames(stream) if f.data]
    assert read(*cut(stream, places)) == theirs


@given(
    in_pieces(
        st.lists(st.sampled_from([b"data: x\n", b"data: ", b"\n", b"\r\n", b": c\n", b"<y"])).map(b"".join)
    )
)
def test_pieces_change_nothing(pieces: list[bytes]) -> None:
    """However a stream is torn, its events are the same, or it breaks all the same."""
    try:
        whole = read(b"".join(pieces), strict=True)
    except ProtocolError:
        with pytest.raises(ProtocolError):
            read(*pieces, strict=True)
    else:
        assert read(*pieces, strict=True) == whole


@pytest.mark.parametrize("line", [b"<!DOCTYPE html>\n", b'{"error":"x"}\n', b"0:\n", b"\x00\xff\n"])
def test_what_is_no_event_is_told_or_passed_over(line: bytes) -> None:
    """Told after the events before it, to whoever wants to know."""
    stream = b"data: a\n\n" + line + b"data: b\n\n"
    events = Frames(strict=True).feed(stream)
    assert next(events).data == b"a"
    with pytest.raises(ProtocolError):
        next(events)
    assert [frame.data for frame in read(stream)] == [b"a", b"b"]


def test_an_event_may_lack_its_last_line() -> None:
    """Servers that close right behind their last word are not made to lose it."""
    assert read(b"event: e\ndata: a\r\ndata: b") == [Frame(b"a\nb", b"e")]


def test_a_line_has_a_limit() -> None:
    """Beyond which it is no line of anybody's; how much comes in all is not looked at here."""
    with pytest.raises(ProtocolError):
        read(b"data: " + b"a" * MAX_LINE_BYTES)
