"""Server-sent events, read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akashchat.errors import ProtocolError
from akashchat.wire.frames import Frames
from akashchat.wire.lines import MAX_LINE_BYTES
from tests.support.answers import cut, in_pieces


def read(*pieces: bytes) -> list[bytes]:
    """The data of the events in these pieces, up to the first fault."""
    frames = Frames()
    found: list[bytes] = []
    for piece in pieces:
        found += frames.feed(piece)
    return [*found, *frames.flush()]


@pytest.mark.parametrize(
    ("stream", "events"),
    [
        (b"data: a\n\ndata: b\n\n", [b"a", b"b"]),
        (b"data:a\n\ndata:  b\n\n", [b"a", b" b"]),
        (b"data: a\ndata: b\n\n", [b"a\nb"]),
        (b"data\n\n", [b""]),
        (b"data: a\r\n\r\ndata: b\r\n\r\n", [b"a", b"b"]),
        (b"data: a\r\rdata: b\r\r", [b"a", b"b"]),
        (b"\xef\xbb\xbfdata: a\n\n", [b"a"]),
        (b": a comment\n\n:\n\ndata: a\n\n", [b"a"]),
        (b"event: x\nid: 1\nretry: 3\ndata: a\n\n", [b"a"]),
        (b"event: x\n\n", []),
        (b"\n\n\ndata: a\n\n\n\n", [b"a"]),
        (b"data: a\n", [b"a"]),
        (b"data: a", [b"a"]),
        (b"data: a\n\nda", [b"a"]),
        ("data: a\u2028b\u0085\n\n".encode(), ["a\u2028b\u0085".encode()]),
        (b"", []),
    ],
)
def test_events_as_the_standard_has_them(stream: bytes, events: list[bytes]) -> None:
    """Whole, and byte by byte."""
    if not stream.endswith(b"\nda"):
        assert read(stream) == events
        assert read(*cut(stream, range(len(stream)))) == events
    else:
        frames = Frames()
        assert list(frames.feed(stream)) == events


@given(
    in_pieces(
        st.lists(st.sampled_from([b"data: x\n", b"data: ", b"\n", b"\r\n", b": c\n", b"y"])).map(b"".join)
    )
)
def test_pieces_change_nothing(pieces: list[bytes]) -> None:
    """However a stream is torn, its events are the same, or it breaks all the same."""
    try:
        whole = read(b"".join(pieces))
    except ProtocolError:
        with pytest.raises(ProtocolError):
            read(*pieces)
    else:
        assert read(*pieces) == whole


@pytest.mark.parametrize("line", [b"<!DOCTYPE html>\n", b'{"error":"x"}\n', b"0:\n", b"\x00\xff\n"])
def test_what_is_no_event_is_told(line: bytes) -> None:
    """After the events before it."""
    frames = Frames()
    events = frames.feed(b"data: a\n\n" + line)
    assert next(events) == b"a"
    with pytest.raises(ProtocolError):
        next(events)


def test_an_event_without_end_is_refused() -> None:
    """Memory is bounded, also for an event of many lines."""
    line = b"data: " + b"a" * (MAX_LINE_BYTES // 8) + b"\n"
    with pytest.raises(ProtocolError):
        read(*[line] * 9)
