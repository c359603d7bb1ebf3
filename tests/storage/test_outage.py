"""Who asks a server that is down."""

import asyncio

import pytest
from structlog.testing import capture_logs

from akashchat.storage.base import DatabaseDown, StatementRefused
from akashchat.storage.outage import Outage
from tests.support.clock import FakeClock


@pytest.fixture
def outage(clock: FakeClock) -> Outage:
    """Of a server that was just found down."""
    outage = Outage(clock)
    fails(outage)
    return outage


def fails(outage: Outage) -> None:
    """Somebody asks, in vain."""
    with pytest.raises(DatabaseDown, match="gone"), outage.asking():
        raise DatabaseDown("gone")


def asked(outage: Outage) -> bool:
    """Whether the server is asked, and so found up."""
    try:
        with outage.asking():
            return True
    except DatabaseDown:
        return False


async def test_nobody_asks_for_a_moment(outage: Outage, clock: FakeClock) -> None:
    """All are told why, at once; then it is asked again."""
    assert not asked(outage)
    await clock.advance(0.2)
    assert not asked(outage)
    await clock.advance(0.1)
    assert asked(outage)
    assert asked(outage)


async def test_it_is_asked_ever_less_often(outage: Outage, clock: FakeClock) -> None:
    """Every four seconds at the least, and from then on as before."""
    for pause in (0.25, 0.5, 1, 2, 4, 4, 4):
        await clock.advance(pause - 0.01)
        assert not asked(outage)
        await clock.advance(0.02)
        fails(outage)
    await clock.advance(4)
    assert asked(outage)
    fails(outage)
    await clock.advance(0.25)
    assert asked(outage)


async def test_one_tries_and_the_others_do_not_wait(outage: Outage, clock: FakeClock) -> None:
    """However long it takes, and though the one gives up."""
    await clock.advance(1)
    trying = outage.asking()
    trying.__enter__()
    assert not asked(outage)
    assert not trying.__exit__(asyncio.CancelledError, asyncio.CancelledError(), None)
    assert asked(outage)


async def test_many_failures_at_once_are_one(outage: Outage, clock: FakeClock) -> None:
    """Who had asked before it was known lengthens nothing."""
    other = Outage(clock)
    late = other.asking()
    late.__enter__()
    fails(other)
    down = DatabaseDown("gone")
    assert not late.__exit__(DatabaseDown, down, None)
    await clock.advance(0.25)
    assert asked(other)


async def test_a_refusal_is_an_answer(outage: Outage, clock: FakeClock) -> None:
    """The server is up."""
    await clock.advance(1)
    with pytest.raises(StatementRefused), outage.asking():
        raise StatementRefused("no")
    assert asked(outage)


async def test_it_is_told_once_and_when_it_is_over(clock: FakeClock) -> None:
    """Whoever reads the log knows from when to when."""
    with capture_logs() as logs:
        outage = Outage(clock)
        for _ in range(3):
            fails(outage)
            await clock.advance(9)
        assert asked(outage)
        assert asked(outage)
    assert [(log["event"], log["log_level"]) for log in logs] == [
        ("database down", "warning"),
        ("database back", "info"),
    ]
