"""PostgreSQL alone: outages, others in the way, tables made once."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
from structlog.testing import capture_logs

from akashchat.storage.base import DatabaseDown, Kept, Statement, StatementRefused
from akashchat.storage.postgres import PostgresDatabase
from akashchat.storage.responses import ResponseOptions, StoredResponses
from akashchat.storage.schema import HEAD
from tests.support.clock import FakeClock
from tests.support.postgres import Postgres

ONE = Statement("SELECT 1")
VERSION = Statement("SELECT version_num FROM alembic_version")


@pytest.fixture(scope="module")
def own() -> Iterator[Postgres]:
    """A server that may be stopped; each test leaves it running."""
    server = Postgres()
    yield server
    server.close()


@pytest.fixture
async def database(own: Postgres, clock: FakeClock) -> AsyncIterator[PostgresDatabase]:
    """On that server."""
    database = PostgresDatabase(own.url(), clock)
    yield database
    await database.close()


async def back(database: PostgresDatabase, clock: FakeClock) -> None:
    """Time goes by until it answers again."""
    while True:
        await clock.advance(1)
        try:
            await database.run(ONE)
        except DatabaseDown:
            continue
        return


async def failing(database: PostgresDatabase, clock: FakeClock) -> str:
    """Ask, and let time go by until that fails; gives why."""
    asking = asyncio.create_task(database.run(ONE))
    while not asking.done():
        await clock.advance(0.1)
    with pytest.raises(DatabaseDown) as caught:
        await asking
    return str(caught.value)


async def test_a_server_that_stops_comes_back(
    own: Postgres, database: PostgresDatabase, clock: FakeClock
) -> None:
    """Without anybody's doing; meanwhile nobody waits for it."""
    with capture_logs() as logs:
        assert await database.place() == "postgresql"
        own.stop()
        await failing(database, clock)
        assert await database.place() == "postgresql, which does not answer"
        own.start()
        await back(database, clock)
        assert await database.place() == "postgresql"
    assert [log["event"] for log in logs] == ["database down", "database back"]


async def test_a_server_that_hangs_is_waited_for_once(
    own: Postgres, database: PostgresDatabase, clock: FakeClock
) -> None:
    """For as long as is said; then nobody waits, and when it goes on so do we."""
    await database.run(ONE)
    own.hang()
    try:
        begun = clock.monotonic()
        assert "5 s" in await failing(database, clock)
        assert 5 <= clock.monotonic() - begun < 6
        with pytest.raises(DatabaseDown):
            await database.run(ONE)
    finally:
        own.go_on()
    await back(database, clock)


async def test_a_server_that_is_down_at_the_start(own: Postgres, clock: FakeClock) -> None:
    """Is tried again later, and gets its tables then."""
    url = own.create("late")
    own.stop()
    database = PostgresDatabase(url, clock)
    assert await database.place() == "postgresql, which does not answer"
    own.start()
    await back(database, clock)
    assert await database.run(VERSION) == [[(HEAD,)]]
    await database.close()


async def test_responses_outlast_an_outage(
    own: Postgres, database: PostgresDatabase, clock: FakeClock
) -> None:
    """They are found meanwhile, and written behind it."""
    store = StoredResponses(database, ResponseOptions(), clock)
    await database.run(ONE)
    own.stop()
    one = Kept("resp_1", "me", int(clock.now()), "", b"{}", b"[]")
    store.keep(one)
    await failing(database, clock)
    assert await store.find("me", "resp_1") == one
    assert await store.place() == "postgresql, which does not answer"
    own.start()
    await back(database, clock)
    while store._unwritten:
        await clock.advance(0.1)
    assert await database.run(Statement("SELECT id FROM responses")) == [[("resp_1",)]]
    await store.close()


async def test_credentials_that_are_wrong_are_told_in_the_log(own: Postgres, clock: FakeClock) -> None:
    """And the secret is not."""
    url = own.url("nowhere").replace("@", ":secret@")
    database = PostgresDatabase(url, clock)
    with capture_logs() as logs:
        assert await database.place() == "postgresql, which does not answer"
    assert [(log["event"], "nowhere" in log["reason"]) for log in logs] == [("database down", True)]
    assert "secret" not in str(logs)
    await database.close()


async def test_nobody_queues_for_a_server_that_hangs_at_the_start(own: Postgres, clock: FakeClock) -> None:
    """All wait for the first to find out, and none longer than is said."""
    database = PostgresDatabase(own.create("hanging"), clock)
    own.hang()
    try:
        begun = clock.monotonic()
        asking = [asyncio.create_task(database.run(ONE)) for _ in range(20)]
        while not all(task.done() for task in asking):
            await clock.advance(0.1)
        assert {type(failure) for failure in await asyncio.gather(*asking, return_exceptions=True)} == {
            DatabaseDown
        }
        assert clock.monotonic() - begun < 6
    finally:
        own.go_on()
    await back(database, clock)
    await database.close()


async def test_why_it_refuses_quotes_no_row(empty_postgres: str, clock: FakeClock) -> None:
    """What callers write is not for the log."""
    database = PostgresDatabase(empty_postgres, clock)
    for secret, number in (("a secret", None), ("a secret", "another secret")):
        with pytest.raises(StatementRefused) as caught:
            await database.run(
                Statement("INSERT INTO marks (name, number) VALUES (?, ?)", ((secret, number),))
            )
        assert "secret" not in str(caught.value)
    await database.close()


async def test_many_begin_at_once(empty_postgres: str, clock: FakeClock) -> None:
    """Of several processes one makes the tables, and all find them."""
    databases = [PostgresDatabase(empty_postgres, clock) for _ in range(5)]
    found = await asyncio.gather(*(database.run(VERSION) for database in databases))
    assert found == [[[(HEAD,)]]] * 5
    for database in databases:
        await database.close()


async def test_a_later_schema_is_left_alone(empty_postgres: str, clock: FakeClock) -> None:
    """A gateway that does not know it works without, and says so."""
    database = PostgresDatabase(empty_postgres, clock)
    await database.run(Statement("UPDATE alembic_version SET version_num = '9999'"))
    await database.close()
    later = PostgresDatabase(empty_postgres, clock)
    with capture_logs() as logs, pytest.raises(DatabaseDown):
        await later.run(ONE)
    assert "9999" in logs[0]["reason"]
    await later.close()


async def test_an_earlier_schema_is_brought_up(empty_postgres: str, clock: FakeClock) -> None:
    """What is in it stays."""
    database = PostgresDatabase(empty_postgres, clock)
    new = ["keys", "counters", "reservations", "ledger", "bodies", "shelf", "marks"]
    await database.run(
        *(Statement(f"DROP TABLE {table}") for table in new),
        Statement("UPDATE alembic_version SET version_num = '0001'"),
        Statement("INSERT INTO responses VALUES ('resp_1', 'me', 1, 1, '', '', '')"),
    )
    await database.close()
    later = PostgresDatabase(empty_postgres, clock)
    assert await later.run(VERSION, Statement("SELECT id FROM responses"), Statement("SELECT count(*) FROM keys")) == [
        [(HEAD,)], [("resp_1",)], [(0,)],
    ]  # fmt: skip
    await later.close()


async def test_who_crosses_another_is_tried_again(empty_postgres: str, clock: FakeClock) -> None:
    """Two that wait for each other are no caller's concern."""
    database = PostgresDatabase(empty_postgres, clock)
    more = "UPDATE marks SET number = number + 1 WHERE name = ?"
    await database.run(Statement("INSERT INTO marks (name, number) VALUES (?, 0)", (("a",), ("b",))))
    ways = [(("a",), ("b",)), (("b",), ("a",))]
    await asyncio.gather(
        *(database.run(*(Statement(more, (row,)) for row in ways[number % 2])) for number in range(8))
    )
    assert await database.run(Statement("SELECT number FROM marks")) == [[(8,), (8,)]]
    await database.close()
