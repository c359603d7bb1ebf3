"""What is counted in one place, written into a book in another, a moment later."""

from collections import defaultdict
from collections.abc import Sequence

from akashchat.model.limits import Kind, Limit
from akashchat.policies.counters.base import Book, CountersDown, Entry

_MOST = 100_000
"""So many windows may wait for a book that does not answer; more are forgotten, the oldest first."""


class Behind:
    """Gathers what is counted of budgets, which must outlive what counts them."""

    def __init__(self, book: Book | None) -> None:
        self._book = book
        self._counted: defaultdict[tuple[str, Kind, int], list[int]] = defaultdict(lambda: [0, 0])

    @property
    def waits(self) -> bool:
        """Whether there is something to write."""
        return bool(self._counted)

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
        """Write it; what could not be written is tried again with the next."""
        if self._book is None or not self._counted:
            return
        counted, self._counted = self._counted, defaultdict(lambda: [0, 0])
        entries = [Entry(*name, *figures) for name, figures in counted.items() if any(figures)]
        try:
            await self._book.add(entries)
        except CountersDown:
            for entry in entries:
                again = self._counted[entry.key, entry.kind, entry.window]
                again[0] += entry.used
                again[1] += entry.reserved
            raise

    async def read(self, key: str, limits: Sequence[Limit]) -> Sequence[Entry]:
        """What the book has; nothing where there is none, or where it does not answer."""
        if self._book is None:
            return ()
        try:
            return await self._book.read(key, limits)
        except CountersDown:
            return ()
