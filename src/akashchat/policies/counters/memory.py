"""Counting in this process alone, which costs nearly nothing.

Budgets outlive the process: what was counted of them is written into a book, a moment later, and read from it when a
key is first seen.  A process that dies takes the last second with it.
"""

import asyncio
from collections.abc import Iterator, Sequence
from typing import TypeAlias

from akashchat.clock import Chance, Clock
from akashchat.model.limits import Kind, Limit, Standing
from akashchat.policies.counters.base import (
    Batch,
    Batches,
    Book,
    Claim,
    CountersDown,
    Entry,
    Refusal,
    Reservation,
)

_WRITE_S = 1.0
"""So long may what was counted be unwritten."""
_READ_AGAIN_S = 5.0
"""So long nobody is asked who did not answer."""
_KEEP_S = 60
"""So long a window is remembered behind its end."""

Name: TypeAlias = tuple[str, Kind, int]


class _Tally:
    """One key in one window: what others counted, what was counted here, and how much of that is written."""

    __slots__ = ("ends_at", "known", "others", "reserved", "used", "written")

    def __init__(self, ends_at: int, *, known: bool) -> None:
        self.ends_at = ends_at
        self.known = known
        """Whether it is known what others counted."""
        self.others = self.used = self.reserved = 0
        self.written = (0, 0)

    def told(self, limit: Limit) -> Standing:
        return Standing(limit, self.others + self.used, self.reserved)

    @property
    def unwritten(self) -> tuple[int, int]:
        return self.used - self.written[0], self.reserved - self.written[1]


class MemoryCounters:
    """See ``Counters``; exact within the process.  Without a book nothing outlives it."""

    def __init__(self, clock: Clock, chance: Chance, book: Book | None = None) -> None:
        self._clock = clock
        self._chance = chance
        self._book = book
        self._batches = Batches(clock, chance)
        self._batch: Batch | None = None
        self._tallies: dict[Name, _Tally] = {}
        self._live: set[str] = set()
        self._writing: asyncio.Task[None] | None = None
        self._due = False
        self._read_again_at = 0.0

    async def close(self) -> None:
        """See ``Counters``."""
        if self._writing is not None:
            await asyncio.wait((self._writing,))
        for _ in range(2):  # what was tried before, and the rest
            await self._write()

    async def reserve(self, key: str, claims: Sequence[Claim], wanted: int) -> Reservation | Refusal:
        """See ``Counters``."""
        limits = tuple([claim.limit for claim in claims])
        await self._read(key, limits)
        # Nothing waits from here on, so nobody comes between the look and the booking.
        before = self._standings(key, limits)
        if any(stands.left < claim.least for stands, claim in zip(before, claims, strict=True)):
            return Refusal(before)
        tokens = min([wanted, *(stands.left for stands in before if stands.limit.kind.of_tokens)])
        name = self._chance.token(8)
        self._live.add(name)
        self._book_in(key, limits, tokens)
        return Reservation(name, key, tokens, limits, self._standings(key, limits))

    async def extend(self, reservation: Reservation, tokens: int) -> Reservation | None:
        """See ``Counters``."""
        key, limits = reservation.key, reservation.limits
        windows = [limit for limit in limits if limit.kind.of_tokens]
        if any(stands.left < tokens for stands in self._standings(key, windows)):
            return None
        for tally in self._of(key, windows):
            tally.reserved += tokens
        self._write_later()
        return Reservation(
            reservation.id, key, reservation.tokens + tokens, limits, self._standings(key, limits)
        )

    async def settle(self, reservation: Reservation, used: int) -> None:
        """See ``Counters``."""
        if reservation.id not in self._live:
            return
        self._live.remove(reservation.id)
        for limit, tally in zip(
            reservation.limits, self._of(reservation.key, reservation.limits), strict=True
        ):
            if limit.kind is Kind.CONCURRENCY:
                tally.reserved -= 1
            elif limit.kind.of_tokens:
                tally.reserved -= reservation.tokens
                tally.used += used
        self._write_later()

    async def standings(self, key: str, limits: Sequence[Limit]) -> tuple[Standing, ...]:
        """See ``Counters``."""
        await self._read(key, limits)
        return self._standings(key, limits)

    def has(self, reservation: Reservation) -> bool:
        """Whether it was made here, and is not settled."""
        return reservation.id in self._live

    def assume(self, key: str, standings: Sequence[Standing]) -> None:
        """Take it that all have counted so much together, what was written from here among it."""
        for stands in standings:
            limit = stands.limit
            (tally,) = self._of(key, (limit,))
            tally.others = max(0, stands.used + stands.reserved - sum(tally.written))
            tally.known = True

    def _standings(self, key: str, limits: Sequence[Limit]) -> tuple[Standing, ...]:
        tallies = self._of(key, limits)
        return tuple([tally.told(limit) for limit, tally in zip(limits, tallies, strict=True)])

    def _book_in(self, key: str, limits: Sequence[Limit], tokens: int) -> None:
        for limit, tally in zip(limits, self._of(key, limits), strict=True):
            if limit.kind is Kind.REQUESTS_PER_MINUTE:
                tally.used += 1
            elif limit.kind is Kind.CONCURRENCY:
                tally.reserved += 1
            else:
                tally.reserved += tokens
        self._write_later()

    def _of(self, key: str, limits: Sequence[Limit]) -> list[_Tally]:
        """The tallies of limits, begun where there are none."""
        return [self._tally(key, limit) for limit in limits]

    def _tally(self, key: str, limit: Limit) -> _Tally:
        name = (key, limit.kind, limit.window)
        tally = self._tallies.get(name)
        if tally is None:
            known = self._book is None or not limit.kind.is_budget
            tally = self._tallies[name] = _Tally(limit.ends_at, known=known)
        return tally

    # What outlives the process.

    async def _read(self, key: str, limits: Sequence[Limit]) -> None:
        """Learn what was counted before; where nobody answers it is asked again later."""
        unknown = [limit for limit in limits if not self._tally(key, limit).known]
        if not unknown or self._book is None or self._clock.monotonic() < self._read_again_at:
            return
        try:
            entries = await self._book.read(key, unknown)
        except CountersDown:
            self._read_again_at = self._clock.monotonic() + _READ_AGAIN_S
            return
        found = {(entry.kind, entry.window): entry for entry in entries}
        for limit in unknown:
            tally = self._tally(key, limit)
            if not tally.known:
                entry = found.get((limit.kind, limit.window))
                tally.others = entry.used + entry.reserved if entry else 0
                tally.known = True
        self._write_later()

    def _write_later(self) -> None:
        if not self._due:
            self._due = True
            self._clock.call_later(_WRITE_S, self._begin_writing)

    def _begin_writing(self) -> None:
        self._due = False
        self._forget()
        self._writing = asyncio.ensure_future(self._write())

    async def _write(self) -> None:
        """Write what is not written; where nobody answers the same is tried again, before the next."""
        if self._book is None:
            return
        if self._batch is None:
            entries = list(self._unwritten())
            self._batch = self._batches.next(entries) if entries else None
        if (batch := self._batch) is None:
            return
        try:
            await self._book.add(batch)
        except CountersDown:
            self._write_later()
            return
        if self._batch is not batch:
            return  # somebody else was told first
        self._batch = None
        for entry in batch.entries:
            tally = self._tallies[entry.key, entry.kind, entry.window]
            used, reserved = tally.written
            tally.written = used + entry.used, reserved + entry.reserved
        if any(self._unwritten()):
            self._write_later()

    def _unwritten(self) -> Iterator[Entry]:
        for (key, kind, window), tally in self._tallies.items():
            if kind.is_budget and tally.known and tally.unwritten != (0, 0):
                yield Entry(key, kind, window, *tally.unwritten)

    def _forget(self) -> None:
        """Let go of windows that are over."""
        before = self._clock.now() - _KEEP_S
        over = [
            name
            for name, tally in self._tallies.items()
            if tally.ends_at < before
            and not tally.reserved
            and not (name[1].is_budget and any(tally.unwritten))
            and self._batch is None
        ]
        for name in over:
            del self._tallies[name]
