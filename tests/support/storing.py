"""A store of responses in memory, and time that goes by for a database."""

import asyncio

from akashchat.clock import Clock
from akashchat.storage.responses import ResponseOptions, StoredResponses
from akashchat.storage.sqlite import SqliteDatabase
from tests.support.clock import FakeClock


def stored(clock: Clock, **options: float) -> StoredResponses:
    """A new one; there is nothing to close but the store."""
    return StoredResponses(SqliteDatabase("", clock), ResponseOptions(**options), clock)  # type: ignore[arg-type]


async def passing(database: SqliteDatabase, clock: FakeClock, seconds: float) -> None:
    """Time goes by, and the database's thread does what it is asked."""
    for _ in range(round(seconds * 10)):
        await clock.advance(0.1)
        await asyncio.wrap_future(database._thread.submit(int))
