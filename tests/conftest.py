"""Fixtures of all tests: Akash's stand-in, a gateway before it, a PostgreSQL, and a clock that moves when told."""

import itertools
from collections.abc import AsyncIterator, Iterator

import hypothesis
import pytest

from akashchat.simulator import Simulator
from tests.support.clock import FakeClock, HastyClock
from tests.support.gateway import running
from tests.support.postgres import Postgres

# The same examples in every run, and no limit on their time: a slow machine is not a wrong program.
hypothesis.settings.register_profile("steady", derandomize=True, deadline=None, max_examples=60)
hypothesis.settings.load_profile("steady")


@pytest.fixture
def clock() -> FakeClock:
    """A clock that stands still."""
    return FakeClock()


@pytest.fixture(params=["old", "new"])
async def akash(request: pytest.FixtureRequest) -> AsyncIterator[Simulator]:
    """Akash Chat, in both versions of it."""
    async with Simulator(dialect=request.param) as simulator:
        yield simulator


@pytest.fixture
async def gateway(akash: Simulator) -> AsyncIterator[str]:
    """The address of a gateway before ``akash``."""
    async with running(akash.url, HastyClock()) as url:
        yield url


_DATABASES = itertools.count()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A server for all tests, which nobody may stop."""
    server = Postgres()
    yield server
    server.close()


@pytest.fixture
def empty_postgres(postgres: Postgres) -> str:
    """The address of a database with nothing in it."""
    return postgres.create(f"test_{next(_DATABASES)}")
