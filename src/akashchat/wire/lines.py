"""Bytes to lines, and JSON that is one.

Lines end with the byte 0x0A and nothing else: ``str.splitlines`` and most HTTP clients' line iterators
also break at U+2028, U+2029, U+0085 and others, all of which stand raw inside JSON strings.
"""

import re

from akashchat.errors import ProtocolError

MAX_LINE_BYTES = 16 * 1024 * 1024
"""A line of 240 KB has been seen on Akash's wire; a data URL of a picture takes some megabytes."""

_BREAKS = re.compile(b"\xe2\x80[\xa8\xa9]|\xc2\x85")


def unbroken(data: bytes) -> bytes:
    """JSON as one line for every reader: what some would end it at stands only in its texts, and is escaped."""
    return _BREAKS.sub(lambda found: b"\\u%04x" % ord(found[0].decode()), data)


class Lines:
    """Splits a stream of bytes; holds an unfinished line until its end comes."""

    __slots__ = ("_max", "_pieces", "held")

    def __init__(self, max_line_bytes: int = MAX_LINE_BYTES) -> None:
        self._max = max_line_bytes
        self._pieces: list[bytes] = []
        self.held = 0
        """How many bytes of an unfinished line there are."""

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that ended in ``data``, without their ends.

        Raises ``ProtocolError`` when a line grows beyond the limit.
        """
        lines = data.split(b"\n")
        rest = lines.pop()
        if lines and self._pieces:
            self._pieces.append(lines[0])
            lines[0] = b"".join(self._pieces)
            self._pieces.clear()
            self.held = 0
        if rest:
            self.held += len(rest)
            if self.held > self._max:
                raise ProtocolError(f"the upstream sent a line of more than {self._max} bytes")
            self._pieces.append(rest)
        return lines

    def flush(self) -> bytes:
        """What came after the last line's end."""
        rest = b"".join(self._pieces)
        self._pieces.clear()
        self.held = 0
        return rest
