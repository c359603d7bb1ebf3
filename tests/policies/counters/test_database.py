"""Counting in a database that others count in too."""

import asyncio

import pytest

from akashchat.model.limits import Kind, limit_at
from akashchat.policies.counters.base import Batch, CountersDown, Entry
from akashchat.policies.counters.database import DatabaseCounters
from akashchat.storage.base import PATIENCE_S, Database, DatabaseDown, Row, Statement
from tests.policies.counters.asking import Caller
from tests.support.clock import CountingChance, FakeClock


class Line:
    """The way to a database, which may be cut, or held."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.is_cut = False
        self.gate = asyncio.Event()
        self.gate.set()

    async def run(self, *statements: Statement, patience_s: float = PATIENCE_S) -> list[list[Row]]:
        """See ``Database``."""
        await self.gate.wait()
        if self.is_cut:
            raise DatabaseDown("the line is cut")
        return await self._database.run(*statements, patience_s=patience_s)

    async def place(self) -> str:
        """See ``Database``."""
        return await self._database.place()

    async def close(self) -> None:
        """See ``Database``."""


@pytest.fixture
def line(shared: Database) -> Line:
    """One process's way to it."""
    return Line(shared)


class Processes(CountingChance):
    """Ids of several processes, which are never the same."""


@pytest.fixture
def pair(line: Line, shared: Database, clock: FakeClock) -> tuple[DatabaseCounters, DatabaseCounters]:
    """Two processes; only the first one's line may be cut."""
    chance = Processes()
    return DatabaseCounters(line, clock, chance), DatabaseCounters(shared, clock, chance)


async def caught_up(*counters: DatabaseCounters) -> None:
    """Wait until what they do behind everybody's back is done."""
    for one in counters:
        if one._upkeep is not None:
            await asyncio.wait((one._upkeep,))


async def test_processes_count_as_one(
    pair: tuple[DatabaseCounters, DatabaseCounters], clock: FakeClock
) -> None:
    """What one reserves the other has not, and what one settles the other has."""
    limits = {"concurrency": 2, "requests_per_minute": 3, "tokens_per_day": 100}
    one, other = (Caller(counters, clock, **limits) for counters in pair)
    first = await one.reserve(60)
    assert (await other.reserve(60, 10)).tokens == 40
    await other.refused(1)
    await pair[0].settle(first, 20)
    assert (await other.reserve(60, 10)).tokens == 40
    assert await one.stands() == {
        "concurrency": (0, 2),
        "requests_per_minute": (3, 0),
        "tokens_per_day": (20, 80),
    }


async def test_a_process_that_dies_leaves_its_place_and_not_its_tokens(
    pair: tuple[DatabaseCounters, DatabaseCounters], clock: FakeClock
) -> None:
    """Its answers are soon no longer under way; what they had reserved is used, as far as anybody knows."""
    dead, alive = (Caller(counters, clock, concurrency=1, tokens_per_month=100) for counters in pair)
    await dead.reserve(60)
    pair[0]._live.clear()
    await clock.advance(60)
    await alive.refused(10)
    await clock.advance(31)
    assert await alive.stands() == {"concurrency": (0, 0), "tokens_per_month": (0, 60)}
    await pair[1].settle(await alive.reserve(40), 10)
    await clock.advance(700)
    await caught_up(*pair)
    await clock.advance(3600)
    reservation = await alive.reserve(10)
    await clock.advance(2)
    await caught_up(*pair)
    await pair[1].settle(reservation, 10)
    assert await alive.stands() == {"concurrency": (0, 0), "tokens_per_month": (80, 0)}


async def test_a_process_that_lives_keeps_its_place(
    pair: tuple[DatabaseCounters, DatabaseCounters], clock: FakeClock
) -> None:
    """However long its answer takes."""
    one, other = (Caller(counters, clock, concurrency=1) for counters in pair)
    reservation = await one.reserve()
    for _ in range(600):
        await clock.advance(1)
        await caught_up(*pair)
    await other.refused()
    await pair[0].settle(reservation, 0)
    await other.reserve()


async def test_who_leaves_while_it_is_asked_leaves_nothing_reserved(
    pair: tuple[DatabaseCounters, DatabaseCounters], line: Line, clock: FakeClock
) -> None:
    """Also where the database had it written already."""
    caller = Caller(pair[0], clock, concurrency=1, tokens_per_day=100)
    line.gate.clear()
    asking = asyncio.create_task(caller.ask(50))
    await asyncio.sleep(0)
    asking.cancel()
    line.gate.set()
    await asyncio.wait((asking,))
    await asyncio.gather(*asyncio.all_tasks() - {asyncio.current_task()})  # the database has its say
    assert await caller.stands() == {"concurrency": (0, 1), "tokens_per_day": (0, 50)}
    await clock.advance(1)
    await caught_up(*pair)
    assert asking.cancelled()
    assert await caller.stands() == {"concurrency": (0, 0), "tokens_per_day": (0, 0)}
    await caller.reserve(100)


async def test_what_could_not_be_settled_is_settled_when_it_can(
    pair: tuple[DatabaseCounters, DatabaseCounters], line: Line, clock: FakeClock
) -> None:
    """Until then it counts as reserved; nothing is asked and granted meanwhile."""
    one, other = (Caller(counters, clock, tokens_per_day=100) for counters in pair)
    reservation = await one.reserve(80)
    line.is_cut = True
    await pair[0].settle(reservation, 30)
    with pytest.raises(CountersDown):
        await one.ask(1)
    with pytest.raises(CountersDown):
        await pair[0].extend(reservation, 1)
    assert await other.stands() == {"tokens_per_day": (0, 80)}
    await clock.advance(2)
    await caught_up(*pair)
    line.is_cut = False
    await clock.advance(2)
    await caught_up(*pair)
    assert await other.stands() == {"tokens_per_day": (30, 0)}


async def test_what_is_left_to_settle_is_settled_at_the_end(
    pair: tuple[DatabaseCounters, DatabaseCounters], line: Line, clock: FakeClock
) -> None:
    """A clean stop gives back what was not used; where nobody answers it stops all the same."""
    one, other = (Caller(counters, clock, tokens_per_day=100) for counters in pair)
    first, second = await one.reserve(50), await one.reserve(50)
    line.is_cut = True
    await pair[0].settle(first, 10)
    await pair[0].close()
    line.is_cut = False
    await pair[0].settle(second, 20)
    await pair[0].close()
    assert await other.stands() == {"tokens_per_day": (30, 0)}


async def test_old_windows_are_forgotten(
    pair: tuple[DatabaseCounters, DatabaseCounters], shared: Database, clock: FakeClock
) -> None:
    """Minutes after an hour, days and months when nobody asks for them any more."""
    caller = Caller(pair[1], clock, requests_per_minute=9, tokens_per_day=100, tokens_per_month=100)
    for seconds in (0, 50 * 86_400):
        await clock.advance(seconds)
        await pair[1].settle(await caller.reserve(5), 5)
        await clock.advance(2)
        await caught_up(*pair)
        await clock.advance(3 * 3600)
    await pair[1].settle(await caller.reserve(5), 5)
    await clock.advance(2)
    await caught_up(*pair)
    (rows,) = await shared.run(Statement("SELECT kind, count(*) FROM counters GROUP BY kind ORDER BY kind"))
    assert rows == [("requests_per_minute", 1), ("tokens_per_day", 1), ("tokens_per_month", 2)]


async def test_what_a_process_counted_by_itself_is_added(
    pair: tuple[DatabaseCounters, DatabaseCounters], clock: FakeClock
) -> None:
    """To what all the others counted."""
    caller = Caller(pair[1], clock, tokens_per_month=100)
    await pair[1].settle(await caller.reserve(10), 10)
    limit = limit_at(Kind.TOKENS_PER_MONTH, 100, clock.now())
    for number in (1, 2):
        await pair[0].add(Batch("other", number, [Entry("key", limit.kind, limit.window, 20, 5)]))
    assert await caller.stands() == {"tokens_per_month": (50, 10)}
    assert list(await pair[1].read("key", [limit])) == [Entry("key", limit.kind, limit.window, 50, 10)]


async def test_what_is_added_again_counts_once(
    pair: tuple[DatabaseCounters, DatabaseCounters], clock: FakeClock
) -> None:
    """A database that did not answer in time may have done it; whoever is unsure adds the same again."""
    limit = limit_at(Kind.TOKENS_PER_MONTH, 100, clock.now())
    batches = [
        Batch(writer, number, [Entry("key", limit.kind, limit.window, 10, -5)])
        for writer, number in (("one", 1), ("one", 2), ("two", 1))
    ]
    for batch in batches:
        for counters in pair:
            await counters.add(batch)
    assert list(await pair[0].read("key", [limit])) == [Entry("key", limit.kind, limit.window, 30, -15)]
