"""Server-sent events, both halves.

https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from msgspec import Struct

from akashchat.wire.lines import MAX_LINE_BYTES, Lines

DONE = b"data: [DONE]\n\n"
"""How OpenAI's streams end."""

PING = b": ping\n\n"
"""A comment: keeps proxies and clients awake and means nothing."""

_BOM = b"\xef\xbb\xbf"


def frame(data: bytes) -> bytes:
    """One event; ``data`` must hold no line breaks, which compact JSON never does."""
    return b"data: " + data + b"\n\n"


def named(event: str, data: bytes) -> bytes:
    """One event with a name."""
    return b"event: " + event.encode() + b"\ndata: " + data + b"\n\n"


def comment(text: str) -> bytes:
    """A comment of one line."""
    return b": " + " ".join(text.split()).encode("utf-8", "replace") + b"\n\n"


class Frame(Struct, frozen=True, gc=False):
    """One event: its data, and its name, which most have not."""

    data: bytes
    name: bytes = b""


class Frames:
    """Splits a stream of bytes into events; comments and fields that no stream of answers has are passed over.

    Lines end with LF or CRLF.  The standard's third way, CR alone, nobody writes, and raw JSON may hold it.
    """

    __slots__ = ("_begun", "_data", "_lines", "_name")

    def __init__(self, max_line_bytes: int = MAX_LINE_BYTES) -> None:
        self._lines = Lines(max_line_bytes)
        self._data: list[bytes] = []
        self._name = b""
        self._begun = False

    def feed(self, data: bytes) -> list[Frame]:
        """The events that ended in ``data``; raises ``ProtocolError`` when a line grows beyond the limit."""
        frames: list[Frame] = []
        for line in self._lines.feed(data):
            self._take(line, frames)
        return frames

    def flush(self) -> Frame | None:
        """The event at the end that lacks its blank line; it may lack more."""
        frames: list[Frame] = []
        if rest := self._lines.flush():
            self._take(rest, frames)
        self._take(b"", frames)
        return frames[0] if frames else None

    def _take(self, line: bytes, frames: list[Frame]) -> None:
        if not self._begun:
            line = line.removeprefix(_BOM)
            self._begun = True
        line = line.removesuffix(b"\r")
        if line.startswith(b"data:"):
            self._data.append(line[5:].removeprefix(b" "))
        elif line.startswith(b"event:"):
            self._name = line[6:].strip()
        elif not line:
            if data := b"\n".join(self._data):
                frames.append(Frame(data, self._name))
            self._data.clear()
            self._name = b""
