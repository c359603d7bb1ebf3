"""Counters that many processes share, and what becomes of callers while these do not answer."""

from collections import Counter, OrderedDict
from collections.abc import Sequence
from typing import Protocol

from akashchat.model.limits import Kind, Limit, Standing
from akashchat.policies.counters.base import Book, Claim, Counters, CountersDown, Refusal, Reservation
from akashchat.policies.counters.memory import MemoryCounters

_MOST_KEYS = 10_000
"""Of so many it is remembered how they stood."""


class Shared(Counters, Book, Protocol):
    """What others count with too, and what can be told later what was counted meanwhile."""


class Sheltered:
    """See ``Counters``: each process counts by itself while the others cannot be known.

    It goes on from what it last knew.  So a budget that was spent stays spent, and what is left of the others may be
    spent by each process once; what was counted meanwhile is told the others when they can be reached.
    """

    def __init__(self, shared: Shared, here: MemoryCounters) -> None:
        self._shared = shared
        self._here = here
        self._known: OrderedDict[str, tuple[Standing, ...]] = OrderedDict()
        self._assumed: set[str] = set()
        self._live: Counter[str] = Counter()
        """Answers under way that the others know of, by key."""
        self.is_alone = False
        """Whether this process counts by itself."""

    async def reserve(self, key: str, claims: Sequence[Claim], wanted: int) -> Reservation | Refusal:
        """See ``Counters``."""
        try:
            found = await self._shared.reserve(key, claims, wanted)
        except CountersDown:
            limits = [claim.limit for claim in claims]
            self._assume(key, limits)
            return await self._here.reserve(key, claims, wanted)
        self._learn(key, found.standings)
        if isinstance(found, Reservation):
            self._live[key] += 1
        return found

    async def extend(self, reservation: Reservation, tokens: int) -> Reservation | None:
        """See ``Counters``; what the others know of is not extended while they cannot be told."""
        if self._here.has(reservation):
            return await self._here.extend(reservation, tokens)
        try:
            return await self._shared.extend(reservation, tokens)
        except CountersDown:
            return None

    async def settle(self, reservation: Reservation, used: int) -> None:
        """See ``Counters``."""
        if self._here.has(reservation):
            await self._here.settle(reservation, used)
            return
        self._live[reservation.key] -= 1
        if not self._live[reservation.key]:
            del self._live[reservation.key]
        await self._shared.settle(reservation, used)

    async def standings(self, key: str, limits: Sequence[Limit]) -> tuple[Standing, ...]:
        """See ``Counters``."""
        try:
            found = await self._shared.standings(key, limits)
        except CountersDown:
            self._assume(key, limits)
            return await self._here.standings(key, limits)
        self._learn(key, found)
        return found

    async def close(self) -> None:
        """See ``Counters``."""
        await self._here.close()
        await self._shared.close()

    def _learn(self, key: str, standings: tuple[Standing, ...]) -> None:
        self.is_alone = False
        self._assumed.clear()
        self._known[key] = standings
        self._known.move_to_end(key)
        if len(self._known) > _MOST_KEYS:
            self._known.popitem(last=False)

    def _assume(self, key: str, limits: Sequence[Limit]) -> None:
        """Have counted here what was known of a key before, once in each outage."""
        self.is_alone = True
        known = {stands.limit: stands for stands in self._known.get(key, ())}
        nothing = [Standing(limit, 0, 0) for limit in limits]
        if key not in self._assumed:
            self._assumed.add(key)
            self._here.assume(key, [known.get(stands.limit, stands) for stands in nothing])
        live = [Standing(limit, self._live[key], 0) for limit in limits if limit.kind is Kind.CONCURRENCY]
        self._here.assume(key, live)
