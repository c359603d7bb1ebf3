"""Frames of plain text, of which nearly every answer consists: read by their borders.

Between two such frames of one answer only the text changes.  So what stands before a frame's text and behind it is
kept, and a frame with the same borders and one JSON string between them says the same with another text.
"""

import re
from collections.abc import Callable

import msgspec

_CONTENT = re.compile(rb'"content":\s*("(?:[^"\\]|\\.)*")')
_MARK = "\u2042"
_MOST_TRIES = 4
"""So often in a row are borders looked for in vain before that is given up: some change with every frame."""

_decode_text = msgspec.json.Decoder(str).decode


class Plain:
    """The borders of one answer's frames; ``read`` gives the text of a frame that is nothing but text, or none."""

    __slots__ = ("_head", "_read", "_tail", "_tries")

    def __init__(self, read: Callable[[bytes], str | None]) -> None:
        self._read = read
        self._head = self._tail = b""
        self._tries = _MOST_TRIES

    def text(self, data: bytes) -> str | None:
        """The text of a frame with these borders; ``None`` for any other."""
        head, tail = self._head, self._tail
        if not head or not (data.startswith(head) and data.endswith(tail)):
            return None
        try:
            text = _decode_text(data[len(head) : len(data) - len(tail)])
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return None
        self._tries = _MOST_TRIES
        return text

    def learn(self, data: bytes) -> None:
        """Take the borders of a frame that was read the long way, if it is nothing but text."""
        if not self._tries:
            return
        self._tries -= 1
        found = _CONTENT.search(data)
        if found is None:
            return
        head, tail = data[: found.start(1)], data[found.end(1) :]
        if self._read(head + msgspec.json.encode(_MARK) + tail) == _MARK:
            self._head, self._tail = head, tail
