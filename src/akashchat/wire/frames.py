"""Server-sent events, the reading half; ``wire.sse`` writes them.

https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import re
from collections.abc import Iterator

from msgspec import Struct

from akashchat.errors import ProtocolError
from akashchat.wire.lines import MAX_LINE_BYTES, Lines

_BOM = b"\xef\xbb\xbf"

_FIELD = re.compile(rb"[A-Za-z_-]*(?::|\Z)")
"""How a line of an event may begin: a name, or none in a comment."""


class Frame(Struct, frozen=True, gc=False):
    """One event: its data, and its name, which most have not."""

    data: bytes
    name: bytes = b""


class Frames:
    """Splits a stream of bytes into events; holds an unfinished one until its end comes.

    Comments, events without data, and fields that no stream of answers has are passed over.  So is, as the standard
    has it, a line that is none of an event's; but ``strict`` tells of it, since what stands there instead is a page,
    or an error in JSON.  Lines end with LF or CRLF.  The standard's third way, CR alone, nobody writes, and raw JSON
    may hold it.
    """

    __slots__ = ("_begun", "_data", "_lines", "_name", "_strict")

    def __init__(self, *, strict: bool = False, max_line_bytes: int = MAX_LINE_BYTES) -> None:
        self._lines = Lines(max_line_bytes)
        self._data: list[bytes] = []
        self._name = b""
        self._begun = False
        self._strict = strict

    def feed(self, data: bytes) -> Iterator[Frame]:
        """The events that ended in ``data``; raises ``ProtocolError`` at a line that is too long, or none."""
        for line in self._lines.feed(data):
            if (frame := self._take(line)) is not None:
                yield frame

    def flush(self) -> Frame | None:
        """The event at the end that lacks its blank line; it may lack more."""
        rest = self._lines.flush()
        return (self._take(rest) if rest else None) or self._take(b"")

    def _take(self, line: bytes) -> Frame | None:
        """Read a line; give the event that ends with it."""
        if not self._begun:
            line = line.removeprefix(_BOM)
            self._begun = True
        line = line.removesuffix(b"\r")
        if line.startswith(b"data:"):
            self._data.append(line[5:].removeprefix(b" "))
        elif line.startswith(b"event:"):
            self._name = line[6:].strip()
        elif not line:
            data, name = b"\n".join(self._data), self._name
            self._data.clear()
            self._name = b""
            return Frame(data, name) if data else None
        elif self._strict and not _FIELD.match(line):
            raise ProtocolError("the upstream sent a line that belongs to no event")
        return None
