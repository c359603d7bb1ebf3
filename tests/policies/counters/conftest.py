"""The counters there are: each test of what all of them promise runs on each."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack

import pytest

from akashchat.clock import SystemClock
from akashchat.policies.counters.base import Counters
from akashchat.policies.counters.database import DatabaseCounters
from akashchat.policies.counters.memory import MemoryCounters
from akashchat.policies.counters.redis import RedisCounters
from akashchat.policies.counters.sheltered import Sheltered
from akashchat.storage.base import Database
from akashchat.storage.postgres import PostgresDatabase
from akashchat.storage.redis import RedisLink, RedisScripts
from akashchat.storage.sqlite import SqliteDatabase
from tests.support.clock import CountingChance, FakeClock
from tests.support.redis import linked


@pytest.fixture(params=["sqlite", "postgresql"])
async def shared(request: pytest.FixtureRequest) -> AsyncIterator[Database]:
    """A database that several processes may share; it takes its own time, whatever the clock says."""
    clock = SystemClock()
    opened: Database
    if request.param == "postgresql":
        opened = PostgresDatabase(request.getfixturevalue("empty_postgres"), clock)
    else:
        opened = SqliteDatabase("", clock)
    yield opened
    await opened.close()


def _memory(clock: FakeClock, database: Database) -> Counters:
    return MemoryCounters(clock, CountingChance(), DatabaseCounters(database, clock, CountingChance()))


def _database(clock: FakeClock, database: Database) -> Counters:
    return DatabaseCounters(database, clock, CountingChance())


def _sheltered(clock: FakeClock, database: Database) -> Counters:
    return Sheltered(
        DatabaseCounters(database, clock, CountingChance()), MemoryCounters(clock, CountingChance())
    )


def _redis(clock: FakeClock, database: Database, link: RedisLink) -> Counters:
    return RedisCounters(
        RedisScripts(link), clock, CountingChance(), DatabaseCounters(database, clock, CountingChance())
    )


_KINDS: dict[str, Callable[[FakeClock, Database], Counters]] = {
    "memory": _memory,
    "database": _database,
    "sheltered": _sheltered,
}


@pytest.fixture(params=[*_KINDS, "redis"])
async def counters(
    request: pytest.FixtureRequest, clock: FakeClock, shared: Database
) -> AsyncIterator[Counters]:
    """Each kind, new, on each database."""
    async with AsyncExitStack() as stack:
        if request.param == "redis":
            made = _redis(clock, shared, await stack.enter_async_context(linked()))
        else:
            made = _KINDS[request.param](clock, shared)
        yield made
        await made.close()
