"""What every shelf promises, on each of them."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from akashchat.storage.base import Shelf, Statement
from akashchat.storage.postgres import PostgresDatabase
from akashchat.storage.shelf import DatabaseShelf, MemoryShelf
from akashchat.storage.sqlite import SqliteDatabase
from tests.support.clock import FakeClock


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
async def shelf(request: pytest.FixtureRequest, clock: FakeClock, tmp_path: Path) -> AsyncIterator[Shelf]:
    """Each kind, empty."""
    if request.param == "memory":
        yield MemoryShelf(clock)
    elif request.param == "sqlite":
        file = SqliteDatabase(str(tmp_path / "akashchat.db"), clock)
        yield DatabaseShelf(file, clock)
        await file.close()
    else:
        server = PostgresDatabase(request.getfixturevalue("empty_postgres"), clock)
        yield DatabaseShelf(server, clock)
        await server.close()


async def test_a_thing_lies_there_for_its_time(shelf: Shelf, clock: FakeClock) -> None:
    """And not a moment longer."""
    assert await shelf.get("session") is None
    await shelf.put("session", b"\0cookie", 10)
    assert await shelf.get("session") == b"\0cookie"
    await clock.advance(9)
    assert await shelf.get("session") == b"\0cookie"
    await clock.advance(1)
    assert await shelf.get("session") is None


async def test_a_thing_takes_the_place_of_what_was(shelf: Shelf, clock: FakeClock) -> None:
    """With its own time; and it can be taken away."""
    await shelf.put("session", b"old", 10)
    await shelf.put("session", b"new", 30)
    await clock.advance(20)
    assert await shelf.get("session") == b"new"
    await shelf.remove("session")
    assert await shelf.get("session") is None


async def test_a_name_is_one_s_alone(shelf: Shelf, clock: FakeClock) -> None:
    """However many claim it at once; until its time is over, or it is given back."""
    assert sum(await asyncio.gather(*(shelf.claim("renewal", 10) for _ in range(30)))) == 1
    assert not await shelf.claim("renewal", 10)
    assert await shelf.claim("another", 10)
    await clock.advance(10)
    assert await shelf.claim("renewal", 10)
    await shelf.remove("renewal")
    assert await shelf.claim("renewal", 10)


async def test_memory_is_bounded(clock: FakeClock) -> None:
    """In number and in bytes; what has ended goes first, then what lies longest."""
    shelf = MemoryShelf(clock, most=3, most_bytes=10)
    await shelf.put("a", b"1", 100)
    await shelf.put("b", b"2", 1)
    await shelf.put("c", b"3", 100)
    await clock.advance(2)
    await shelf.put("d", b"4", 100)
    assert [await shelf.get(name) for name in "abcd"] == [b"1", None, b"3", b"4"]
    await shelf.put("e", b"123456789", 100)
    assert [await shelf.get(name) for name in "acde"] == [None, None, b"4", b"123456789"]
    await shelf.put("e", b"much too large for it", 100)
    assert await shelf.get("e") is None


async def test_a_shelf_that_is_away_is_empty(clock: FakeClock) -> None:
    """Nobody fails for it; that is told once."""
    database = SqliteDatabase("", clock)
    shelf = DatabaseShelf(database, clock)
    await shelf.put("session", b"cookie", 100)
    await database.close()
    with capture_logs() as logs:
        assert await shelf.get("session") is None
        await shelf.put("session", b"cookie", 100)
        assert await shelf.claim("session", 10)
    assert [log["event"] for log in logs] == ["shelf missed"]


async def test_what_has_ended_is_removed(clock: FakeClock) -> None:
    """Behind what is put there, so that nothing grows without end."""
    database = SqliteDatabase("", clock)
    shelf = DatabaseShelf(database, clock)
    for number in range(512):
        await shelf.put(f"thing {number}", b"", 10)
        await clock.advance(1)
    assert await shelf.get("thing 511") is not None
    (((held,),),) = await database.run(Statement("SELECT count(*) FROM shelf"))
    assert held < 300
    await database.close()
