"""Counting in one process, and what outlives it."""

from collections.abc import Sequence

import pytest

from akashchat.model.limits import Limit
from akashchat.policies.counters.base import Batch, CountersDown, Entry
from akashchat.policies.counters.memory import MemoryCounters
from tests.policies.counters.asking import Caller
from tests.support.clock import CountingChance, FakeClock


class Notes:
    """A book, kept in a list; it may be lost for a while."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.is_lost = False
        self.asked = 0

    async def read(self, key: str, limits: Sequence[Limit]) -> Sequence[Entry]:
        """See ``Book``."""
        self.asked += 1
        self._check()
        found = []
        for limit in limits:
            rows = [e for e in self.entries if (e.key, e.kind, e.window) == (key, limit.kind, limit.window)]
            if rows:
                used, reserved = sum(e.used for e in rows), sum(e.reserved for e in rows)
                found.append(Entry(key, limit.kind, limit.window, used, reserved))
        return found

    async def add(self, batch: Batch) -> None:
        """See ``Book``."""
        self._check()
        self.entries += batch.entries

    def _check(self) -> None:
        if self.is_lost:
            raise CountersDown("it is lost")


@pytest.fixture
def book() -> Notes:
    """One that nobody has written in."""
    return Notes()


def process(clock: FakeClock, book: Notes) -> MemoryCounters:
    """A new process with this book."""
    return MemoryCounters(clock, CountingChance(), book)


LIMITS = {"concurrency": 5, "tokens_per_minute": 1000, "tokens_per_day": 100, "tokens_per_month": 200}


async def test_budgets_outlive_the_process(clock: FakeClock, book: Notes) -> None:
    """Minutes and answers under way do not."""
    first = process(clock, book)
    await first.settle(await Caller(first, clock, **LIMITS).reserve(50), 30)
    await first.close()
    assert await Caller(process(clock, book), clock, **LIMITS).stands() == {
        "concurrency": (0, 0),
        "tokens_per_minute": (0, 0),
        "tokens_per_day": (30, 0),
        "tokens_per_month": (30, 0),
    }


async def test_what_a_killed_process_had_reserved_is_used(clock: FakeClock, book: Notes) -> None:
    """As far as anybody knows; only of its last second nothing is known."""
    killed = process(clock, book)
    caller = Caller(killed, clock, **LIMITS)
    await killed.settle(await caller.reserve(50), 30)
    await caller.reserve(20)
    await clock.advance(1)
    await caller.reserve(7)
    stands = await Caller(process(clock, book), clock, **LIMITS).stands()
    assert (stands["tokens_per_day"], stands["concurrency"]) == ((50, 0), (0, 0))


async def test_it_is_written_once_a_second_and_only_what_is_new(clock: FakeClock, book: Notes) -> None:
    """However many answers there were."""
    counters = process(clock, book)
    caller = Caller(counters, clock, tokens_per_day=1000)
    for _ in range(3):
        for _ in range(10):
            await counters.settle(await caller.reserve(5), 4)
        await clock.advance(1)
    await clock.advance(10)
    assert [(entry.used, entry.reserved) for entry in book.entries] == [(40, 0)] * 3


async def test_it_goes_on_without_its_book(clock: FakeClock, book: Notes) -> None:
    """And does not ask for it with each request; when it is back nothing is missing in it."""
    old = process(clock, book)
    await old.settle(await Caller(old, clock, tokens_per_day=100).reserve(40), 40)
    await old.close()
    book.is_lost = True
    counters = process(clock, book)
    caller = Caller(counters, clock, tokens_per_day=100)
    for _ in range(3):
        await counters.settle(await caller.reserve(10), 10)
    assert book.asked == 2
    assert await caller.stands() == {"tokens_per_day": (30, 0)}
    await clock.advance(10)
    book.is_lost = False
    assert await caller.stands() == {"tokens_per_day": (70, 0)}
    await clock.advance(2)
    assert [entry.used for entry in book.entries] == [40, 30]


async def test_windows_that_are_over_take_no_room(clock: FakeClock, book: Notes) -> None:
    """Unless something of them is still under way."""
    counters = process(clock, book)
    caller = Caller(counters, clock, requests_per_minute=9, **LIMITS)
    under_way = await caller.reserve(5)
    for _ in range(100):
        await clock.advance(60)
        await counters.settle(await caller.reserve(1), 0)
        await clock.advance(1)
    assert len(counters._tallies) < 12
    await counters.settle(under_way, 5)
    await clock.advance(86_400)
    await counters.settle(await caller.reserve(1), 0)
    await clock.advance(200)
    await counters.settle(await caller.reserve(1), 0)
    await clock.advance(2)
    assert len(counters._tallies) < 8
