"""The embedded database: its file, and what becomes of files that are none of its own."""

import asyncio
import sqlite3
import stat
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from akashchat.storage.base import DatabaseDown, Statement
from akashchat.storage.schema import HEAD
from akashchat.storage.sqlite import SqliteDatabase
from tests.support.clock import FakeClock
from tests.support.storing import passing

MARK = Statement("INSERT INTO marks (name, number) VALUES (?, 1)", (("a",),))
MARKS = Statement("SELECT name FROM marks")
FIRST_FILE = """
CREATE TABLE schema (version INTEGER NOT NULL);
INSERT INTO schema VALUES (1);
CREATE TABLE responses (
    id TEXT NOT NULL, owner TEXT NOT NULL, created INTEGER NOT NULL, size INTEGER NOT NULL, previous TEXT NOT NULL,
    response BLOB NOT NULL, items BLOB NOT NULL, PRIMARY KEY (owner, id)
);
CREATE INDEX responses_created ON responses (created);
INSERT INTO responses VALUES ('resp_1', 'me', 1800000000, 4, '', x'7b7d', x'5b5d');
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The file."""
    return tmp_path / "below" / "akashchat.db"


def prepared(path: Path, sql: str) -> None:
    """Somebody else wrote this into it."""
    path.parent.mkdir(exist_ok=True)
    other = sqlite3.connect(path)
    other.executescript(sql)
    other.close()


def unusable(path: Path, kind: str) -> bytes:
    """Something that is no database of ours; gives what is in it."""
    path.parent.mkdir()
    match kind:
        case "folder":
            path.mkdir()
        case "garbage":
            path.write_bytes(b"no database" * 1000)
        case "newer":
            prepared(
                path,
                "CREATE TABLE alembic_version (version_num TEXT); INSERT INTO alembic_version VALUES ('9')",
            )
        case _:
            prepared(path, "CREATE TABLE schema (version INTEGER); INSERT INTO schema VALUES (99)")
    return content(path)


def content(path: Path) -> bytes:
    """What is in the file, if it is one."""
    return path.read_bytes() if path.is_file() else b""


def mode(path: Path) -> int:
    """Who may read and write it."""
    return stat.S_IMODE(path.stat().st_mode)


async def test_a_file_outlives_the_process(clock: FakeClock, path: Path) -> None:
    """It is nobody else's to read."""
    database = SqliteDatabase(str(path), clock)
    await database.run(MARK)
    await database.close()
    database = SqliteDatabase(str(path), clock)
    assert await database.run(MARKS) == [[("a",)]]
    await database.close()
    assert (mode(path), mode(path.parent)) == (0o600, 0o700)


@pytest.mark.parametrize("kind", ["folder", "garbage", "newer", "newer than revisions"])
async def test_a_file_that_cannot_be_used_is_told_once(clock: FakeClock, path: Path, kind: str) -> None:
    """Memory serves, and the file is left as it is."""
    before = unusable(path, kind)
    with capture_logs() as logs:
        database = SqliteDatabase(str(path), clock)
        await database.run(MARK)
        assert await database.run(MARKS) == [[("a",)]]
        place = await database.place()
        await database.close()
    assert place.startswith("memory, because ")
    assert str(path.parent) not in place
    assert [log["event"] for log in logs] == ["storage"]
    assert content(path) == before


async def test_a_first_file_is_taken_over(clock: FakeClock, path: Path) -> None:
    """Of the time before there were revisions; its responses are still there, and everything new is."""
    prepared(path, FIRST_FILE)
    database = SqliteDatabase(str(path), clock)
    assert await database.place() == "file"
    await database.run(MARK)
    assert await database.run(
        Statement("SELECT id, response FROM responses"),
        Statement("SELECT version_num FROM alembic_version"),
        Statement("SELECT count(*) FROM sqlite_master WHERE name = 'schema'"),
    ) == [[("resp_1", b"{}")], [(HEAD,)], [(0,)]]
    await database.close()


async def test_a_first_file_that_was_just_begun_is_taken_over(clock: FakeClock, path: Path) -> None:
    """Its version was written behind its tables, and the end may have come in between."""
    prepared(path, FIRST_FILE.replace("INSERT INTO schema VALUES (1);", ""))
    database = SqliteDatabase(str(path), clock)
    assert await database.place() == "file"
    await database.close()


async def test_many_begin_at_once(clock: FakeClock, path: Path) -> None:
    """One of them makes the tables, and all find them."""
    databases = [SqliteDatabase(str(path), clock) for _ in range(6)]
    assert await asyncio.gather(*(database.place() for database in databases)) == ["file"] * 6
    await asyncio.gather(*(database.run(MARKS) for database in databases))
    for database in databases:
        await database.close()


async def test_who_reads_does_not_wait_for_who_writes(clock: FakeClock, path: Path) -> None:
    """Nor for a lock; who writes waits as long as is said."""
    database = SqliteDatabase(str(path), clock)
    await database.run(MARK)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert await database.run(MARKS) == [[("a",)]]
    writing = asyncio.create_task(database.run(MARK, patience_s=2))
    await passing(database, clock, 1.5)
    assert not writing.done()
    await passing(database, clock, 1)
    with pytest.raises(DatabaseDown):
        await writing
    other.close()
    await database.close()


async def test_a_full_disk_is_no_statement_s_fault(clock: FakeClock, path: Path) -> None:
    """It may be written later."""
    database = SqliteDatabase(str(path), clock)
    await database.run(Statement("PRAGMA max_page_count = 1"))
    with pytest.raises(DatabaseDown):
        await database.run(Statement("INSERT INTO shelf VALUES ('a', zeroblob(1000000), 0)"))
    assert await database.run(MARKS) == [[]]
    await database.close()
