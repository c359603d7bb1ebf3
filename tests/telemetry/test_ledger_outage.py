"""A PostgreSQL that goes away and comes back while rows are written, in real time."""

import asyncio
from collections import Counter
from collections.abc import Iterator

import pytest

from akashchat.clock import SystemClock
from akashchat.storage.ledger import StoredLedger
from akashchat.storage.postgres import PostgresDatabase
from akashchat.storage.rows import Page, Selection
from akashchat.telemetry.ledger import Ledger
from tests.support.ledger import NOW, outcome
from tests.support.postgres import Postgres


@pytest.fixture
def server() -> Iterator[Postgres]:
    """A server that may be stopped."""
    server = Postgres()
    yield server
    server.close()


async def test_no_row_is_lost_and_none_is_there_twice(server: Postgres) -> None:
    """Those of before, of the outage, and of after it; a server stopped at once may have written what it did not say."""
    clock = SystemClock()
    database = PostgresDatabase(server.url(), clock)
    ledger = Ledger(StoredLedger(database), clock, spent=lambda *_: None)
    loop = asyncio.get_running_loop()
    number = 0
    many = asyncio.Event()

    def observe() -> None:
        nonlocal number, timer
        ledger.observe(outcome(request_id=f"req_{number}", at=NOW + number / 1000))
        number += 1
        if number % 400 == 0:
            many.set()
        timer = loop.call_later(0.002, observe)

    timer = loop.call_later(0, observe)
    for _ in range(2):
        many.clear()
        async with asyncio.timeout(30):
            await many.wait()  # some are written, others wait, one batch may be on its way
        await asyncio.to_thread(server.stop)
        await asyncio.to_thread(server.start)
    timer.cancel()
    await ledger.close()
    pages = StoredLedger(database).pages(Selection(since=0.0, until=2 * NOW), Page())
    found = Counter([row.request_id for rows in [page async for page in pages] for row in rows])
    await database.close()
    assert found == Counter(f"req_{at}" for at in range(number))
