"""The embedded database: what is kept, for whom, for how long."""

import asyncio
import sqlite3
import stat
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from akashchat.errors import InternalError
from akashchat.storage.base import ChainTooLong, Kept
from akashchat.storage.sqlite import SqliteStore
from akashchat.storage.table import SqliteOptions
from tests.support.clock import FakeClock

DAY = 86_400
BROKEN = "ALTER TABLE responses RENAME COLUMN size TO bytes"
"""What makes tidying fail, and no writing."""


def kept(name: str, clock: FakeClock, *, owner: str = "me", previous: str = "", size: int = 2) -> Kept:
    """A response made now."""
    return Kept(name, owner, int(clock.now()), previous, b"{}", b"[" + b" " * (size - 2) + b"]")


@asynccontextmanager
async def storing(clock: FakeClock, **options: object) -> AsyncIterator[SqliteStore]:
    """A store that is closed at the end."""
    store = SqliteStore(SqliteOptions(**options), clock)
    try:
        yield store
    finally:
        await store.close()


async def idle(store: SqliteStore) -> None:
    """Wait until all that was asked so far is done."""
    await store.find("me", "nothing")


async def test_what_is_kept_is_found_at_once(clock: FakeClock) -> None:
    """A write need not be waited for."""
    async with storing(clock) as store:
        one = kept("resp_1", clock)
        store.keep(one)
        assert await store.find("me", "resp_1") == one
        assert await store.find("me", "resp_2") is None


async def test_nobody_finds_what_is_another_s(clock: FakeClock) -> None:
    """Neither to read nor to delete; and the same id may be two callers'."""
    async with storing(clock) as store:
        store.keep(kept("resp_1", clock))
        assert await store.find("you", "resp_1") is None
        assert await store.chain("you", "resp_1") is None
        assert not await store.delete("you", "resp_1")
        assert await store.delete("me", "resp_1")
        assert await store.find("me", "resp_1") is None


async def test_a_chain_comes_whole_or_not_at_all(clock: FakeClock) -> None:
    """The first first; a link that is gone breaks it."""
    async with storing(clock) as store:
        for number in range(3):
            store.keep(kept(f"resp_{number}", clock, previous=f"resp_{number - 1}" if number else ""))
        found = await store.chain("me", "resp_2")
        assert [one.id for one in found] == ["resp_0", "resp_1", "resp_2"]
        await store.delete("me", "resp_1")
        assert await store.chain("me", "resp_2") is None


async def test_a_chain_has_a_limit(clock: FakeClock) -> None:
    """In bytes, and in links, also where they go round."""
    async with storing(clock, max_chain_bytes=10) as store:
        store.keep(kept("resp_1", clock, size=20))
        with pytest.raises(ChainTooLong):
            await store.chain("me", "resp_1")
    async with storing(clock) as store:
        store.keep(kept("resp_1", clock, previous="resp_1"))
        with pytest.raises(ChainTooLong):
            await store.chain("me", "resp_1")


async def test_what_is_too_old_is_gone(clock: FakeClock) -> None:
    """It is not found any more, and the rows themselves are removed behind a later write."""
    async with storing(clock, retention_days=2) as store:
        store.keep(kept("resp_1", clock))
        await clock.advance(3 * DAY)
        assert await store.find("me", "resp_1") is None
        for number in range(70):
            store.keep(kept(f"resp_new_{number}", clock))
        await store.find("me", "resp_1")
        assert not await store.delete("me", "resp_1")


async def test_the_oldest_make_room(clock: FakeClock) -> None:
    """Rows and bytes are bounded."""
    async with storing(clock, max_rows=10) as store:
        for number in range(65):
            await clock.advance(1)
            store.keep(kept(f"resp_{number}", clock))
        await idle(store)
        assert await store.find("me", "resp_0") is None
        assert await store.find("me", "resp_64") is not None


async def test_nothing_is_kept_where_nothing_is_to_be(clock: FakeClock) -> None:
    """Without retention the database is not even opened."""
    async with storing(clock, retention_days=0, path="/nowhere/at/all.db") as store:
        assert not store.keeps
        store.keep(kept("resp_1", clock))
        assert not store._table.is_open


async def test_a_file_outlives_the_process(clock: FakeClock, tmp_path: Path) -> None:
    """It is nobody else's to read."""
    path = tmp_path / "below" / "akashchat.db"
    async with storing(clock, path=str(path)) as store:
        store.keep(kept("resp_1", clock))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    async with storing(clock, path=str(path)) as store:
        assert await store.find("me", "resp_1") is not None


@pytest.mark.parametrize("kind", ["folder", "garbage", "newer"])
async def test_a_file_that_cannot_be_used_is_told_once(clock: FakeClock, tmp_path: Path, kind: str) -> None:
    """Responses are then kept in memory."""
    path = tmp_path / "akashchat.db"
    if kind == "folder":
        path.mkdir()
    elif kind == "garbage":
        path.write_bytes(b"no database" * 1000)
    else:
        async with storing(clock, path=str(path)) as store:
            store.keep(kept("resp_1", clock))
        database = sqlite3.connect(path)
        with database:
            database.execute("UPDATE schema SET version = 99")
        database.close()
    with capture_logs() as logs:
        async with storing(clock, path=str(path)) as store:
            store.keep(kept("resp_2", clock))
            assert await store.find("me", "resp_2") is not None
            assert await store.find("me", "resp_1") is None
            assert (await store.place()).startswith("memory, because ")
            assert str(tmp_path) not in await store.place()
    assert [log["event"] for log in logs] == ["storage"]


async def test_tidying_that_fails_loses_nothing(clock: FakeClock) -> None:
    """What was written is kept, and nobody says that it is not."""
    with capture_logs() as logs:
        async with storing(clock) as store:
            assert await store.place() == "memory"
            await store._ask(lambda: store._table.open().execute(BROKEN))
            store.keep(kept("resp_0", clock))
            assert await store.find("me", "resp_0") is not None
    assert [log["event"] for log in logs] == ["storage not tidied"]


async def test_writes_that_pile_up_are_dropped_and_told(clock: FakeClock) -> None:
    """A slow disk fills no memory."""
    with capture_logs() as logs:
        async with storing(clock, max_waiting_bytes=10) as store:
            store.keep(kept("resp_1", clock, size=20))
            assert await store.find("me", "resp_1") is None
    assert [log["event"] for log in logs] == ["not kept"]


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Another process that writes to the file, and takes its time."""
    other = sqlite3.connect(path)
    try:
        other.execute("BEGIN IMMEDIATE")
        yield
    finally:
        other.close()


def written(path: Path) -> list[str]:
    """The ids in the file."""
    database = sqlite3.connect(path)
    try:
        return [name for (name,) in database.execute("SELECT id FROM responses ORDER BY id")]
    finally:
        database.close()


async def test_a_lock_loses_nothing(clock: FakeClock, tmp_path: Path) -> None:
    """What another process keeps from being written is found all the same, and written behind it."""
    path = tmp_path / "akashchat.db"
    async with storing(clock, path=str(path)) as store:
        store.keep(kept("resp_1", clock))
        await idle(store)
        with locked(path):
            store.keep(kept("resp_2", clock, previous="resp_1"))
            await idle(store)
            await clock.advance(60)
            assert (await store.find("me", "resp_2")).previous == "resp_1"
            assert [one.id for one in await store.chain("me", "resp_2")] == ["resp_1", "resp_2"]
            assert written(path) == ["resp_1"]
        await clock.advance(1)
        await idle(store)
        assert written(path) == ["resp_1", "resp_2"]


async def test_a_lock_that_lasts_is_told_once(clock: FakeClock, tmp_path: Path) -> None:
    """With how many responses wait; a lock of a moment is nobody's business."""
    path = tmp_path / "akashchat.db"
    with capture_logs() as logs:
        async with storing(clock, path=str(path)) as store:
            await store.place()
            with locked(path):
                store.keep(kept("resp_1", clock))
                for _ in range(100):
                    await idle(store)
                    assert logs == [] or clock.monotonic() >= 1005
                    await clock.advance(0.1)
    assert [(log["event"], log["waiting"]) for log in logs] == [("storage locked", 1)]


async def test_what_waits_is_written_at_the_end(clock: FakeClock, tmp_path: Path) -> None:
    """A stop comes before the next attempt."""
    path = tmp_path / "akashchat.db"
    async with storing(clock, path=str(path)) as store:
        await store.place()
        with locked(path):
            store.keep(kept("resp_1", clock))
            await idle(store)
    assert written(path) == ["resp_1"]


@pytest.mark.parametrize("seconds", [1, 60])
async def test_who_deletes_waits_a_while(clock: FakeClock, tmp_path: Path, seconds: int) -> None:
    """What could not be deleted is still there, and a failure says so."""
    path = tmp_path / "akashchat.db"
    async with storing(clock, path=str(path)) as store:
        await store.place()
        with locked(path):
            store.keep(kept("resp_1", clock))
            await idle(store)
            deleting = asyncio.create_task(store.delete("me", "resp_1"))
            for _ in range(seconds):
                await idle(store)
                await clock.advance(1)
        while not deleting.done():
            await idle(store)
            await clock.advance(1)
        if seconds == 1:
            assert await deleting
            assert await store.find("me", "resp_1") is None
        else:
            with pytest.raises(InternalError):
                await deleting
            assert await store.find("me", "resp_1") is not None
    assert written(path) == ([] if seconds == 1 else ["resp_1"])
