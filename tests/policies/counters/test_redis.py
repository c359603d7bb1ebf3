"""Counters in Redis: what it forgets, what it does late, and who dies."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from akashchat.clock import SystemClock
from akashchat.model.limits import Kind, Limit
from akashchat.policies.counters.base import Batch, CountersDown, Entry
from akashchat.policies.counters.memory import MemoryCounters
from akashchat.policies.counters.redis import RedisCounters
from akashchat.policies.counters.sheltered import Sheltered
from akashchat.storage.redis import RedisLink, RedisScripts
from tests.policies.counters.asking import Caller
from tests.support.clock import CountingChance, FakeClock
from tests.support.redis import RedisServer, redis_server


class Pages:
    """A book in memory, shared by all."""

    def __init__(self) -> None:
        self.written: dict[tuple[str, Kind, int], tuple[int, int]] = {}

    async def read(self, key: str, limits: Sequence[Limit]) -> Sequence[Entry]:
        """See ``Book``."""
        names = [(key, limit.kind, limit.window) for limit in limits]
        return [Entry(*name, *self.written[name]) for name in names if name in self.written]

    async def add(self, batch: Batch) -> None:
        """See ``Book``."""
        for entry in batch.entries:
            name = entry.key, entry.kind, entry.window
            used, reserved = self.written.get(name, (0, 0))
            self.written[name] = used + entry.used, reserved + entry.reserved


class Process:
    """One that counts in a Redis."""

    def __init__(self, server: RedisServer, clock: FakeClock, book: Pages, chance: CountingChance) -> None:
        self.clock = clock
        # Only where it must be noticed that nobody answers is this impatient: the machine may be busy.
        self.link = RedisLink(server.url, SystemClock(), timeout_s=2)
        self.shared = RedisCounters(RedisScripts(self.link), clock, chance, book)
        self.here = MemoryCounters(clock, chance, self.shared)
        self.counters = Sheltered(self.shared, self.here)
        self.caller = Caller(self.counters, clock, concurrency=3, requests_per_minute=10, tokens_per_day=100)

    async def catch_up(self) -> None:
        """Let what is done behind everybody be done."""
        for _ in range(3):
            await self.clock.advance(1)
            for task in (self.shared._upkeep, self.here._writing):
                if task is not None:
                    await task

    async def back(self) -> None:
        """Until Redis is found to be there again."""
        assert self.link._looking is not None
        await self.link._looking

    async def tokens(self) -> tuple[int, int]:
        """How many of the day are used and reserved."""
        return (await self.caller.stands())["tokens_per_day"]


@pytest.fixture
async def server() -> AsyncIterator[RedisServer]:
    """A Redis."""
    async with redis_server() as running:
        yield running


@pytest.fixture
def book() -> Pages:
    """What outlives it."""
    return Pages()


@pytest.fixture
async def processes(
    server: RedisServer, clock: FakeClock, book: Pages
) -> AsyncIterator[tuple[Process, Process]]:
    """Two of them."""
    chance = CountingChance()
    made = Process(server, clock, book, chance), Process(server, clock, book, chance)
    yield made
    for one in made:
        await one.counters.close()
        await one.link.close()


async def test_processes_count_together(processes: tuple[Process, Process]) -> None:
    """What one reserves the other has not."""
    one, other = processes
    reserved = await one.caller.reserve(70)
    assert (await other.caller.reserve(100, 10)).tokens == 30
    await one.counters.settle(reserved, 20)
    assert await other.tokens() == (20, 30)


async def test_a_redis_that_forgot_is_told_of_budgets(
    processes: tuple[Process, Process], server: RedisServer, book: Pages
) -> None:
    """By the book, in which they were written within a second."""
    one, other = processes
    await one.counters.settle(await one.caller.reserve(60), 60)
    await one.catch_up()
    assert list(book.written.values()) == [(60, 0)]
    await server.ask("FLUSHALL")
    assert (await other.caller.reserve(100, 10)).tokens == 40
    await other.caller.refused(10)


async def test_what_is_counted_alone_is_told_the_others(
    processes: tuple[Process, Process], server: RedisServer
) -> None:
    """As soon as Redis is back, also what is settled only then."""
    one, other = processes
    before = await one.caller.reserve(10)
    await server.stop()
    await one.counters.settle(before, 10)
    await one.counters.settle(await one.caller.reserve(20), 15)
    assert one.counters.is_alone
    await server.start()
    await one.back()
    await one.catch_up()
    assert await other.tokens() == (25, 0)
    await one.caller.reserve(1)
    assert not one.counters.is_alone


async def test_what_a_hanging_redis_does_late_is_given_back(
    processes: tuple[Process, Process], server: RedisServer
) -> None:
    """Nobody heard that it was reserved, so nobody would settle it."""
    one, other = processes
    await one.caller.stands()
    server.pause()
    with pytest.raises(CountersDown):
        await one.shared.reserve("key", [], 50)
    server.resume()
    await one.back()
    await one.catch_up()
    assert await other.tokens() == (0, 0)
    assert await server.names("*reserved*") == []


async def test_who_leaves_while_asking_leaves_nothing_reserved(processes: tuple[Process, Process]) -> None:
    """However far it had come."""
    one, other = processes
    asking = asyncio.ensure_future(one.caller.reserve(50))
    await asyncio.sleep(0)
    asking.cancel()
    await asyncio.wait((asking,))
    while await other.tokens() == (0, 0):
        pass
    await one.catch_up()
    assert await other.tokens() == (0, 0)


async def test_a_process_that_died_leaves_its_place_but_not_its_tokens(
    processes: tuple[Process, Process], clock: FakeClock
) -> None:
    """Nobody knows what its answer cost, so all that it had reserved counts."""
    dead, other = processes
    for _ in range(3):
        await dead.caller.reserve(20)
    dead.shared._live.clear()  # as nobody renews what the dead hold
    await other.caller.refused()
    await clock.advance(91)
    await other.caller.reserve(40)
    await other.caller.refused(1)


async def test_a_long_answer_keeps_its_place(processes: tuple[Process, Process], clock: FakeClock) -> None:
    """Its process renews its lease as long as it lives."""
    one, other = processes
    for _ in range(3):
        await one.caller.reserve(1)
    for _ in range(10):
        await clock.advance(30)
        await one.catch_up()
    await other.caller.refused()


class Deaf(Pages):
    """A book that does what it is told, and does not always say so."""

    def __init__(self) -> None:
        super().__init__()
        self.is_deaf = False
        self._numbers: dict[str, int] = {}

    async def add(self, batch: Batch) -> None:
        """See ``Book``."""
        if self._numbers.get(batch.writer, 0) < batch.number:
            self._numbers[batch.writer] = batch.number
            await super().add(batch)
        if self.is_deaf:
            raise CountersDown("no answer in time")


async def test_a_book_that_did_not_answer_in_time_has_everything_once(
    server: RedisServer, clock: FakeClock
) -> None:
    """What it may have written is written again as it was, and the rest behind it."""
    book = Deaf()
    process = Process(server, clock, book, CountingChance())
    reserved = await process.caller.reserve(50)
    book.is_deaf = True
    await process.catch_up()
    await process.counters.settle(reserved, 20)
    await process.catch_up()
    book.is_deaf = False
    await process.catch_up()
    assert list(book.written.values()) == [(20, 0)]
    await process.counters.close()
    await process.link.close()


async def test_redis_counts_what_is_added_again_once(server: RedisServer, clock: FakeClock) -> None:
    """By whoever counted by itself, and was not told that it is done; the book has it once, too."""
    book = Pages()
    process = Process(server, clock, book, CountingChance())
    (limit,) = process.caller.limits()[2:]
    batch = Batch("one", 1, [Entry("key", limit.kind, limit.window, 10, 5)])
    for _ in range(3):
        await process.shared.add(batch)
    assert (await process.caller.stands())["tokens_per_day"] == (10, 5)
    await process.catch_up()
    assert list(book.written.values()) == [(10, 5)]
    await process.counters.close()
    await process.link.close()
