"""The databases there are: each test of what all of them promise runs on each."""

import itertools
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from akashchat.storage.base import Database
from akashchat.storage.postgres import PostgresDatabase
from akashchat.storage.sqlite import SqliteDatabase
from tests.support.clock import FakeClock
from tests.support.postgres import Postgres

_NUMBERS = itertools.count()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A server for all tests, which nobody may stop."""
    server = Postgres()
    yield server
    server.close()


@pytest.fixture
def empty(postgres: Postgres) -> str:
    """The address of a database with nothing in it."""
    return postgres.create(f"test_{next(_NUMBERS)}")


@pytest.fixture(params=["memory", "file", "postgresql"])
async def database(
    request: pytest.FixtureRequest, clock: FakeClock, tmp_path: Path
) -> AsyncIterator[Database]:
    """Each kind, new."""
    opened: Database
    if request.param == "postgresql":
        opened = PostgresDatabase(request.getfixturevalue("empty"), clock)
    else:
        path = str(tmp_path / "akashchat.db") if request.param == "file" else ""
        opened = SqliteDatabase(path, clock)
    yield opened
    await opened.close()
