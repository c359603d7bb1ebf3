"""The databases there are: each test of what all of them promise runs on each."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from akashchat.storage.base import Database
from akashchat.storage.postgres import PostgresDatabase
from akashchat.storage.sqlite import SqliteDatabase
from tests.support.clock import FakeClock


@pytest.fixture(params=["memory", "file", "postgresql"])
async def database(
    request: pytest.FixtureRequest, clock: FakeClock, tmp_path: Path
) -> AsyncIterator[Database]:
    """Each kind, new."""
    opened: Database
    if request.param == "postgresql":
        opened = PostgresDatabase(request.getfixturevalue("empty_postgres"), clock)
    else:
        path = str(tmp_path / "akashchat.db") if request.param == "file" else ""
        opened = SqliteDatabase(path, clock)
    yield opened
    await opened.close()
