"""What was asked and answered, in words, for where these are kept; nothing of this runs where they are not.

Pictures and sounds in a request are no words: of a ``data:`` address only the beginning stays.
"""

from collections.abc import Iterator

from akashchat.model.events import (
    Choice,
    Event,
    Failure,
    Finish,
    ImageReady,
    Progress,
    ReasoningDelta,
    TextDelta,
    ToolCallDelta,
    ToolCallStart,
)
from akashchat.telemetry.base import Words
from akashchat.upstreams.base import Batch, EventStream, Sink

MOST = 256 * 1024
"""So many bytes of a request are kept, and characters of an answer."""
_DATA = b";base64,"


class Overheard(EventStream):
    """A stream, and a memory of the words that came by."""

    __slots__ = ("_answers", "_request", "_room", "_stream")

    def __init__(self, stream: EventStream, request: bytes) -> None:
        super().__init__()
        self._stream = stream
        self._request = request
        self._answers: dict[int, list[str]] = {}
        self._room = MOST

    async def pour(self, sink: Sink) -> bool:
        """See ``EventStream``."""

        def hear(batch: Batch) -> bool:
            self.end = self._stream.end
            for event in batch:
                self._hear(event)
            return sink(batch)

        over = await self._stream.pour(hear)
        self.end = self._stream.end
        return over

    @property
    def words(self) -> Words:
        """What was said so far; several answers one below the other."""
        answers = ["".join(self._answers[index]) for index in sorted(self._answers)]
        return Words(self._request, "\n\n".join(answers))

    def _hear(self, event: Event) -> None:
        index, single = (event.index, event.event) if isinstance(event, Choice) else (0, event)
        match single:
            case TextDelta(text):
                said = text
            case ToolCallStart(_, name):
                said = f"\n{name} "
            case ToolCallDelta(_, arguments):
                said = arguments
            case ImageReady():
                said = "[a picture]"
            case ReasoningDelta() | Progress() | Finish() | Failure():
                return
        if self._room > 0:
            self._answers.setdefault(index, []).append(said[: self._room])
            self._room -= len(said)


def cut(request: bytes) -> bytes:
    """A request's body without the bytes of files in it, and no longer than is kept."""
    return b"".join(_pieces(request))[:MOST]


def _pieces(request: bytes) -> Iterator[bytes]:
    at = 0
    while (found := request.find(_DATA, at)) >= 0:
        begins = found + len(_DATA)
        yield request[at:begins]
        yield b"..."
        end = request.find(b'"', begins)
        at = end if end >= 0 else len(request)
    yield request[at:]
