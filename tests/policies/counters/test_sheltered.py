"""What becomes of limits while the counters that all share do not answer."""

import pytest

from akashchat.policies.counters.database import DatabaseCounters
from akashchat.policies.counters.memory import MemoryCounters
from akashchat.policies.counters.sheltered import Sheltered
from akashchat.storage.base import Database
from tests.policies.counters.asking import Caller
from tests.policies.counters.test_database import Line, caught_up
from tests.support.clock import CountingChance, FakeClock

LIMITS = {"concurrency": 3, "requests_per_minute": 10, "tokens_per_day": 100}


class Process:
    """One with a line to the database of all."""

    def __init__(self, clock: FakeClock, database: Database, chance: CountingChance) -> None:
        self.line = Line(database)
        self.clock = clock
        self.shared = DatabaseCounters(self.line, clock, chance)
        self.here = MemoryCounters(clock, chance, self.shared)
        self.counters = Sheltered(self.shared, self.here)
        self.caller = Caller(self.counters, clock, **LIMITS)

    async def catch_up(self) -> None:
        """Let what is to be done later be done."""
        for _ in range(3):
            await self.clock.advance(1)
            await caught_up(self.shared)
            if self.here._writing is not None:
                await self.here._writing


@pytest.fixture
def processes(shared: Database, clock: FakeClock) -> tuple[Process, Process]:
    """Two of them."""
    chance = CountingChance()
    return Process(clock, shared, chance), Process(clock, shared, chance)


async def test_it_goes_on_from_what_was_known(processes: tuple[Process, Process]) -> None:
    """A budget that was nearly spent is nearly spent; answers under way are under way."""
    one, _ = processes
    await one.counters.settle(await one.caller.reserve(60), 60)
    under_way = await one.caller.reserve(10)
    one.line.is_cut = True
    found = await one.caller.reserve(50, 10)
    assert found.tokens == 30
    assert one.counters.is_alone
    stands = [(stands.used, stands.reserved, stands.left) for stands in found.standings]
    assert stands == [(1, 1, 1), (3, 0, 7), (70, 30, 0)]
    await one.caller.refused(50, 10)
    await one.counters.settle(found, 0)
    await one.counters.settle(under_way, 10)


async def test_whom_nobody_knew_begins_anew(processes: tuple[Process, Process]) -> None:
    """In each process: that is what the policy says, and why another can be chosen."""
    one, other = processes
    await other.counters.settle(await other.caller.reserve(90), 90)
    one.line.is_cut = True
    assert (await one.caller.reserve(100, 10)).tokens == 100
    await one.caller.refused(10)


async def test_what_was_counted_alone_is_told_the_others(processes: tuple[Process, Process]) -> None:
    """As soon as they can be reached, also where it is settled only then."""
    one, other = processes
    await one.counters.settle(await one.caller.reserve(10), 10)
    one.line.is_cut = True
    await one.counters.settle(await one.caller.reserve(20), 15)
    later = await one.caller.reserve(30)
    await one.catch_up()
    one.line.is_cut = False
    await one.catch_up()
    assert (await other.caller.stands())["tokens_per_day"] == (25, 30)
    await one.counters.settle(later, 5)
    await one.catch_up()
    assert (await other.caller.stands())["tokens_per_day"] == (30, 0)
    assert (await one.caller.stands())["tokens_per_day"] == (30, 0)
    assert not one.counters.is_alone


async def test_a_second_outage_counts_nothing_twice(processes: tuple[Process, Process]) -> None:
    """What was told in the first one is known by all, and not once more here."""
    one, _ = processes
    for _ in range(2):
        one.line.is_cut = True
        await one.counters.settle(await one.caller.reserve(20), 20)
        one.line.is_cut = False
        await one.catch_up()
        await one.counters.settle(await one.caller.reserve(5), 5)
    one.line.is_cut = True
    assert (await one.caller.stands())["tokens_per_day"] == (50, 0)


async def test_nothing_is_extended_that_the_others_would_not_know_of(
    processes: tuple[Process, Process],
) -> None:
    """What was reserved here is, what was reserved with all is not."""
    one, _ = processes
    known = await one.caller.reserve(10)
    one.line.is_cut = True
    assert await one.counters.extend(known, 5) is None
    here = await one.caller.reserve(10)
    grown = await one.counters.extend(here, 5)
    assert grown is not None
    assert grown.tokens == 15
