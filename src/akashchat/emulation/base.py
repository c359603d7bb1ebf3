"""What a stage is, and an answer behind stages."""

from collections.abc import Sequence
from types import TracebackType
from typing import Protocol, Self

from akashchat.model.events import TERMINAL, Event
from akashchat.upstreams.base import Batch, EventStream, Opened, Sink, check_begun


class Stage(Protocol):
    """Events of one answer in, events of one answer out.

    The terminal event comes in the last batch; with it a stage lets go of all it held, and it does so
    before every event that the held text must not be overtaken by.  A stage may end an answer early by a
    terminal event of its own; it is then fed nothing more.
    """

    def feed(self, events: Sequence[Event]) -> Sequence[Event]:
        """What a batch becomes; may be empty."""
        ...


class Staged(EventStream):
    """An answer behind stages."""

    __slots__ = ("_feeds", "_opened", "_stream")

    def __init__(self, opened: Opened, stages: Sequence[Stage]) -> None:
        super().__init__()
        self._opened = opened
        self._feeds = [stage.feed for stage in stages]

    async def __aenter__(self) -> Self:
        self._stream = await self._opened.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._opened.__aexit__(kind, error, trace)

    async def pour(self, sink: Sink) -> bool:
        """See ``EventStream``."""
        feeds = self._feeds

        def through(batch: Batch) -> bool:
            for feed in feeds:
                batch = feed(batch)
            if not batch:
                return False
            last = batch[-1]
            if isinstance(last, TERMINAL):
                self.end = last
                sink(batch)
                return True
            return sink(batch)

        return await self._stream.pour(through) or self.end is not None


class StagedAnswer(Staged):
    """What an upstream's ``open`` gives: entering it waits for what the stages make of the beginning.

    The answer behind the stages keeps the contract, so nothing but its beginning is looked at here.
    """

    __slots__ = ("_first",)

    def __init__(self, opened: Opened, stages: Sequence[Stage]) -> None:
        super().__init__(opened, stages)
        self._first: Batch | None = None

    async def __aenter__(self) -> Self:
        self._stream = await self._opened.__aenter__()
        try:
            await super().pour(self._begin)
            check_begun(self._first)
        except BaseException as error:
            await self._opened.__aexit__(type(error), error, error.__traceback__)
            raise
        return self

    async def pour(self, sink: Sink) -> bool:
        """See ``EventStream``."""
        first, self._first = self._first, None
        if first is not None and sink(first):
            return self.end is not None
        return self.end is not None or await super().pour(sink)

    def _begin(self, batch: Batch) -> bool:
        self._first = batch
        return True
