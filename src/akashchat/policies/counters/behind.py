"""What is counted in one place, written into a book in another, a moment later."""

from collections import defaultdict
from collections.abc import Sequence

from akashchat.model.limits import Kind, Limit
from akashchat.policies.counters.base import Batch, Batches, Book, CountersDown, Entry

_MOST = 100_000
"""So many windows may wait for a book that does not answer; more are forgotten, the oldest first."""


class Behind:
    """Gathers what is counted of budgets, which must outlive what counts them."""

    def __init__(self, book: Book | None, batches: Batches) -> None:
        self._book = book
        self._batches = batches
        self._batch: Batch | None = None
        self._counted: defaultdict[tuple[str, Kind, int], list[int]] = defaultdict(lambda: [0, 0])

    @property
    def waits(self) -> bool:
        """Whether there is something to write."""
        return bool(self._counted) or self._batch is not None

    def count(self, key: str, limits: Sequence[Limit], used: int, reserved: int) -> None:
        """So much more was used and reserved."""
        if self._book is None:
            return
        for limit in limits:
            if limit.kind.is_budget:
                counted = self._counted[key, limit.kind, limit.window]
                counted[0] += used
                counted[1] += reserved
        while len(self._counted) > _MOST:
            del self._counted[next(iter(self._counted))]

    async def write(self) -> None:
        """Write all of it; what nobody confirmed is written again as it was, before the next."""
        if self._batch is not None:
            await self._add(self._batch)
        if (batch := self._next()) is not None:
            await self._add(batch)

    async def _add(self, batch: Batch) -> None:
        if self._book is not None:
            await self._book.add(batch)
        if self._batch is batch:
            self._batch = None

    def _next(self) -> Batch | None:
        if self._batch is None:
            counted, self._counted = self._counted, defaultdict(lambda: [0, 0])
            entries = [Entry(*name, *figures) for name, figures in counted.items() if any(figures)]
            self._batch = self._batches.next(entries) if entries else None
        return self._batch

    async def read(self, key: str, limits: Sequence[Limit]) -> Sequence[Entry]:
        """What the book has; nothing where there is none, or where it does not answer."""
        if self._book is None:
            return ()
        try:
            return await self._book.read(key, limits)
        except CountersDown:
            return ()
