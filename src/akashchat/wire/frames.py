"""Server-sent events, the reading half: bytes to the data of each event.

https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import re
from collections.abc import Iterator

from akashchat.errors import ProtocolError
from akashchat.wire.lines import MAX_LINE_BYTES, Lines

_BOM = b"\xef\xbb\xbf"

_FIELD = re.compile(rb"[A-Za-z_-]*(?::|\Z)")
"""How a line of an event may begin: a name, or none in a comment."""


class Frames:
    """Reads a stream of events; holds an unfinished one until its end comes.

    Names, ids and comments mean nothing to who reads here.  Lines end as the standard allows, except that one
    which ends with a carriage return alone is told with the next newline.
    """

    __slots__ = ("_data", "_fresh", "_lines", "_size")

    def __init__(self) -> None:
        self._lines = Lines()
        self._data: list[bytes] = []
        self._size = 0
        self._fresh = True

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The data of each event that ended here.

        Raises ``ProtocolError`` at a line that is none of an event's, which the standard would pass over: what
        stands there instead is a page, or an error in JSON.
        """
        for line in self._lines.feed(data):
            yield from self._take(line)

    def flush(self) -> Iterator[bytes]:
        """The event that the end of the stream left without its empty line."""
        if rest := self._lines.flush():
            yield from self._take(rest)
        yield from self._ended()

    def _take(self, line: bytes) -> Iterator[bytes]:
        if self._fresh:
            self._fresh = False
            line = line.removeprefix(_BOM)
        line = line.removesuffix(b"\r")
        for part in line.split(b"\r") if b"\r" in line else (line,):
            if not part:
                yield from self._ended()
            elif part[:5] == b"data:":
                self._hold(part[6:] if part[5:6] == b" " else part[5:])
            elif part == b"data":
                self._hold(b"")
            elif not _FIELD.match(part):
                raise ProtocolError("the upstream sent a line that belongs to no event")

    def _hold(self, value: bytes) -> None:
        self._data.append(value)
        self._size += len(value)
        if self._size > MAX_LINE_BYTES:
            raise ProtocolError(f"the upstream sent an event of more than {MAX_LINE_BYTES} bytes")

    def _ended(self) -> Iterator[bytes]:
        if self._data:
            whole = b"\n".join(self._data)
            self._data.clear()
            self._size = 0
            yield whole
