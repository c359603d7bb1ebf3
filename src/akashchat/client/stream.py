"""A stream of the gateway's: its events, and its comments, which tell of waiting and progress."""

from collections.abc import Iterator

from akashchat.wire.frames import Frame, Frames
from akashchat.wire.lines import Lines

_MAX_LINE_BYTES = 64 * 1024 * 1024
"""A picture is one line, and the gateway takes 32 MiB of it, a third more in base64."""

_PING = "ping"


class Reading:
    """Splits what was read into events and words to whoever waits.

    ``Frames`` passes comments over, as other readers of streams want it; here they are what is shown.
    """

    def __init__(self) -> None:
        self._lines = Lines(_MAX_LINE_BYTES)
        self._frames = Frames(max_line_bytes=_MAX_LINE_BYTES)

    def feed(self, data: bytes) -> Iterator[Frame | str]:
        """What ended in ``data``, in its order; raises ``ProtocolError`` when a line grows beyond the limit."""
        for line in self._lines.feed(data):
            if not line.startswith(b":"):
                yield from self._frames.feed(line + b"\n")
            elif (word := line[1:].strip().decode("utf-8", "replace")) != _PING:
                yield word
