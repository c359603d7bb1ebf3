"""Stored responses: what is kept, for whom, for how long; in every database."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from akashchat.errors import InternalError
from akashchat.storage.base import ChainTooLong, Database, Kept, Statement
from akashchat.storage.responses import ResponseOptions, StoredResponses
from akashchat.storage.sqlite import SqliteDatabase
from tests.support.clock import FakeClock
from tests.support.storing import passing

DAY = 86_400


def kept(name: str, clock: FakeClock, *, owner: str = "me", previous: str = "", size: int = 2) -> Kept:
    """A response made now."""
    return Kept(name, owner, int(clock.now()), previous, b"{}", b"[" + b" " * (size - 2) + b"]")


@asynccontextmanager
async def storing(database: Database, clock: FakeClock, **options: object) -> AsyncIterator[StoredResponses]:
    """A store that is closed at the end."""
    store = StoredResponses(database, ResponseOptions(**options), clock)
    try:
        yield store
    finally:
        await store.close()


async def written(store: StoredResponses) -> None:
    """Wait until all that was kept so far is in the database."""
    if store._writer is not None:
        await store._writer


async def count(database: Database) -> object:
    """How many rows there are."""
    (((rows,),),) = await database.run(Statement("SELECT count(*) FROM responses"))
    return rows


async def test_what_is_kept_is_found_at_once(database: Database, clock: FakeClock) -> None:
    """A write need not be waited for; and it is the same when it is in the database."""
    async with storing(database, clock) as store:
        one = kept("resp_1", clock)
        store.keep(one)
        assert await store.find("me", "resp_1") == one
        await written(store)
        assert await store.find("me", "resp_1") == one
        assert await store.find("me", "resp_2") is None
        assert await count(database) == 1


async def test_what_is_kept_again_takes_the_place(database: Database, clock: FakeClock) -> None:
    """Whether the first is written by then or not."""
    async with storing(database, clock) as store:
        for size in (3, 4):
            store.keep(kept("resp_1", clock, size=size))
        await written(store)
        store.keep(kept("resp_1", clock, size=5))
        await written(store)
        assert (await store.find("me", "resp_1")).items == b"[   ]"


async def test_nobody_finds_what_is_another_s(database: Database, clock: FakeClock) -> None:
    """Neither to read nor to delete; and the same id may be two callers'."""
    async with storing(database, clock) as store:
        store.keep(kept("resp_1", clock))
        store.keep(kept("resp_1", clock, owner="him", size=9))
        for _ in range(2):
            assert await store.find("you", "resp_1") is None
            assert await store.chain("you", "resp_1") is None
            assert not await store.delete("you", "resp_1")
            await written(store)
        assert await store.delete("me", "resp_1")
        assert await store.find("me", "resp_1") is None
        assert await store.find("him", "resp_1") is not None


@pytest.mark.parametrize("settles", [frozenset(), {0}, {1}, {0, 1, 2, 3}])
async def test_a_chain_comes_whole_or_not_at_all(
    database: Database, clock: FakeClock, settles: set[int]
) -> None:
    """The first first, wherever each link is by then; a link that is gone breaks it."""
    async with storing(database, clock) as store:
        for number in range(4):
            store.keep(kept(f"resp_{number}", clock, previous=f"resp_{number - 1}" if number else ""))
            if number in settles:
                await written(store)
        found = await store.chain("me", "resp_3")
        assert [one.id for one in found] == ["resp_0", "resp_1", "resp_2", "resp_3"]
        await store.delete("me", "resp_1")
        assert await store.chain("me", "resp_3") is None


async def test_a_chain_has_a_limit(database: Database, clock: FakeClock) -> None:
    """In bytes, and in links, also where they go round."""
    async with storing(database, clock, max_chain_bytes=30) as store:
        store.keep(kept("resp_1", clock, size=20))
        store.keep(kept("resp_2", clock, size=20, previous="resp_1"))
        store.keep(kept("resp_9", clock, previous="resp_9"))
        for _ in range(2):
            with pytest.raises(ChainTooLong):
                await store.chain("me", "resp_2")
            with pytest.raises(ChainTooLong):
                await store.chain("me", "resp_9")
            await written(store)


async def test_what_is_too_old_is_gone(database: Database, clock: FakeClock) -> None:
    """It is not found any more, and the rows themselves are removed behind a later write."""
    async with storing(database, clock, retention_days=2) as store:
        store.keep(kept("resp_1", clock))
        await written(store)
        await clock.advance(3 * DAY)
        assert await store.find("me", "resp_1") is None
        assert await store.chain("me", "resp_1") is None
        for number in range(70):
            store.keep(kept(f"resp_new_{number}", clock))
        await written(store)
        assert await count(database) == 70


async def test_what_is_too_old_before_it_is_written_is_not_found(clock: FakeClock) -> None:
    """Nor goes a chain on from it."""
    async with storing(SqliteDatabase("", clock), clock, retention_days=2) as store:
        store.keep(Kept("resp_1", "me", int(clock.now()) - 3 * DAY, "", b"{}", b"[]"))
        assert await store.find("me", "resp_1") is None
        assert await store.chain("me", "resp_1") is None


async def test_the_oldest_make_room(database: Database, clock: FakeClock) -> None:
    """Rows and bytes are bounded."""
    async with storing(database, clock, max_rows=10) as store:
        for number in range(65):
            await clock.advance(1)
            store.keep(kept(f"resp_{number}", clock))
            await written(store)
        assert await store.find("me", "resp_0") is None
        assert await store.find("me", "resp_64") is not None
        assert await count(database) <= 11


async def test_nothing_is_kept_where_nothing_is_to_be(clock: FakeClock) -> None:
    """Without retention the database is not even opened."""
    database = SqliteDatabase("/nowhere/at/all.db", clock)
    async with storing(database, clock, retention_days=0) as store:
        assert not store.keeps
        store.keep(kept("resp_1", clock))
        assert await store.find("me", "resp_1") is None
        assert await store.chain("me", "resp_1") is None
        assert not await store.delete("me", "resp_1")
        assert await store.place() == "nowhere"
    assert not database.is_open


async def test_tidying_that_fails_loses_nothing(clock: FakeClock) -> None:
    """What was written is kept, and nobody says that it is not."""
    database = SqliteDatabase("", clock)
    await database.run(
        Statement("CREATE TRIGGER never BEFORE DELETE ON responses BEGIN SELECT raise(FAIL, 'no'); END")
    )
    with capture_logs() as logs:
        async with storing(database, clock, max_rows=1) as store:
            for number in range(2):
                store.keep(kept(f"resp_{number}", clock))
            await written(store)
            assert await store.find("me", "resp_0") is not None
    assert [log["event"] for log in logs] == ["storage not tidied"]


async def test_one_that_cannot_be_written_takes_no_other_with_it(
    database: Database, clock: FakeClock
) -> None:
    """It is told, and no more."""
    with capture_logs() as logs:
        async with storing(database, clock) as store:
            for name in ("resp_1", "resp_\ud800", "resp_3"):
                store.keep(kept(name, clock))
            await written(store)
            assert await count(database) == 2
            assert await store.find("me", "resp_\ud800") is None
    assert [log["event"] for log in logs] == ["not kept"]


async def test_writes_that_pile_up_are_dropped_and_told(clock: FakeClock) -> None:
    """A slow disk fills no memory."""
    with capture_logs() as logs:
        async with storing(SqliteDatabase("", clock), clock, max_waiting_bytes=10) as store:
            store.keep(kept("resp_1", clock, size=20))
            assert await store.find("me", "resp_1") is None
    assert [log["event"] for log in logs] == ["not kept"]


async def test_much_is_written_in_pieces(database: Database, clock: FakeClock) -> None:
    """No transaction is larger than it need be."""
    async with storing(database, clock) as store:
        for number in range(5):
            store.keep(kept(f"resp_{number}", clock, size=5_000_000))
        assert len(store._first()) == 2
        await written(store)
        assert await count(database) == 5


class TestLock:
    """Another process that writes to the file of SQLite, and takes its time."""

    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        """The file."""
        return tmp_path / "akashchat.db"

    @pytest.fixture
    async def database(self, path: Path, clock: FakeClock) -> AsyncIterator[SqliteDatabase]:
        """In the file, open."""
        database = SqliteDatabase(str(path), clock)
        assert await database.place() == "file"
        yield database
        await database.close()

    async def test_it_loses_nothing(self, database: SqliteDatabase, path: Path, clock: FakeClock) -> None:
        """What another process keeps from being written is found all the same, and written behind it."""
        with capture_logs() as logs:
            async with storing(database, clock) as store:
                store.keep(kept("resp_1", clock))
                await written(store)
                with locked(path):
                    store.keep(kept("resp_2", clock, previous="resp_1"))
                    await passing(database, clock, 60)
                    assert (await store.find("me", "resp_2")).previous == "resp_1"
                    assert [one.id for one in await store.chain("me", "resp_2")] == ["resp_1", "resp_2"]
                    assert ids(path) == ["resp_1"]
                await passing(database, clock, 1)
                await written(store)
                assert ids(path) == ["resp_1", "resp_2"]
        assert [(log["event"], log["waiting"]) for log in logs] == [("storage waits", 1)]

    async def test_a_short_one_is_nobody_s_business(
        self, database: SqliteDatabase, path: Path, clock: FakeClock
    ) -> None:
        """Only one that lasts is told."""
        with capture_logs() as logs:
            async with storing(database, clock) as store:
                with locked(path):
                    store.keep(kept("resp_1", clock))
                    await passing(database, clock, 4)
                await passing(database, clock, 1)
        assert (ids(path), logs) == (["resp_1"], [])

    async def test_what_waits_is_written_at_the_end(
        self, database: SqliteDatabase, path: Path, clock: FakeClock
    ) -> None:
        """A stop comes before the next attempt."""
        async with storing(database, clock) as store:
            with locked(path):
                store.keep(kept("resp_1", clock))
                await passing(database, clock, 1)
        assert ids(path) == ["resp_1"]

    async def test_one_that_does_not_end_is_told_at_the_end(
        self, database: SqliteDatabase, path: Path, clock: FakeClock
    ) -> None:
        """What could not be written is named."""
        store = StoredResponses(database, ResponseOptions(), clock)
        with capture_logs() as logs, locked(path):
            store.keep(kept("resp_1", clock))
            closing = asyncio.create_task(store.close())
            while not closing.done():
                await passing(database, clock, 1)
        assert [(log["event"], log["response"]) for log in logs] == [("not kept", "resp_1")]

    @pytest.mark.parametrize("seconds", [1, 60])
    async def test_who_deletes_waits_a_while(
        self, database: SqliteDatabase, path: Path, clock: FakeClock, seconds: int
    ) -> None:
        """What could not be deleted is still there, and a failure says so."""
        async with storing(database, clock) as store:
            store.keep(kept("resp_1", clock))
            await written(store)
            with locked(path):
                deleting = asyncio.create_task(store.delete("me", "resp_1"))
                await passing(database, clock, seconds)
            await passing(database, clock, 1)
            if seconds == 1:
                assert await deleting
                assert await store.find("me", "resp_1") is None
            else:
                with pytest.raises(InternalError):
                    await deleting
                assert await store.find("me", "resp_1") is not None
        assert ids(path) == ([] if seconds == 1 else ["resp_1"])

    async def test_what_is_deleted_before_it_is_written_stays_away(
        self, database: SqliteDatabase, path: Path, clock: FakeClock
    ) -> None:
        """Nobody finds it, and it does not come back with the end of the lock."""
        async with storing(database, clock) as store:
            with locked(path):
                store.keep(kept("resp_1", clock))
                deleting = asyncio.create_task(store.delete("me", "resp_1"))
                await passing(database, clock, 1)
                assert await store.find("me", "resp_1") is None
            await passing(database, clock, 1)
            assert await deleting
        assert ids(path) == []


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """The other process."""
    other = sqlite3.connect(path)
    try:
        other.execute("BEGIN IMMEDIATE")
        yield
    finally:
        other.close()


def ids(path: Path) -> list[str]:
    """What is in the file."""
    database = sqlite3.connect(path)
    try:
        return [name for (name,) in database.execute("SELECT id FROM responses ORDER BY id")]
    finally:
        database.close()
