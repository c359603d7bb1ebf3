"""Fixtures of all tests: Akash's stand-in, a gateway before it, and a clock that moves when told."""

from collections.abc import AsyncIterator

import hypothesis
import pytest

from akashchat.simulator import Simulator
from tests.support.clock import FakeClock, HastyClock
from tests.support.gateway import running

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
