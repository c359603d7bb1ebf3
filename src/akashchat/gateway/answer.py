"""An answer under way, watched."""

from collections.abc import AsyncIterator, Sequence

from akashchat.model.events import Event
from akashchat.upstreams.base import EventStream


class Answer(AsyncIterator[Sequence[Event]]):
    """The events of one answer, a batch a network read; remembers how it ended."""

    def __init__(self, stream: EventStream) -> None:
        self._next = stream.__anext__
        self.last: Event | None = None

    async def __anext__(self) -> Sequence[Event]:
        """The next batch."""
        batch = await self._next()
        self.last = batch[-1]
        return batch
