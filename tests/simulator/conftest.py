"""Simulators for the tests of the simulator."""

from collections.abc import AsyncIterator

import pytest

from akashchat.simulator import Simulator


@pytest.fixture(params=["new", "old"])
async def simulator(request: pytest.FixtureRequest) -> AsyncIterator[Simulator]:
    """A simulator of either dialect."""
    async with Simulator(dialect=request.param) as running:
        yield running


@pytest.fixture
async def new() -> AsyncIterator[Simulator]:
    """A simulator of the new dialect."""
    async with Simulator(dialect="new") as running:
        yield running


@pytest.fixture
async def old() -> AsyncIterator[Simulator]:
    """A simulator of the old dialect."""
    async with Simulator(dialect="old") as running:
        yield running
