"""One session for many gateways: asked for by one, found by the others, and nobody waits for the dead."""

import asyncio

import pytest

from akashchat.storage.shelf import MemoryShelf
from akashchat.upstreams.akash.session import Session, SessionShelf
from tests.support.clock import FakeClock

NAME = "akash/session/here"


class Akash:
    """Issues sessions of ten minutes, one a question, when it is let."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self.asked = 0
        self.may = asyncio.Event()
        self.may.set()

    async def issue(self) -> Session:
        """The next one."""
        self.asked += 1
        cookie = f"session_token={self.asked}"
        await self.may.wait()
        now = self._clock.monotonic()
        return Session(cookie, now + 300, now + 600)


@pytest.fixture
def shelf(clock: FakeClock) -> MemoryShelf:
    """What all gateways of a test share."""
    return MemoryShelf(clock)


@pytest.fixture
def app(clock: FakeClock) -> Akash:
    """Akash Chat."""
    return Akash(clock)


def gateway(shelf: MemoryShelf, clock: FakeClock) -> SessionShelf:
    """One gateway's view of it."""
    return SessionShelf(shelf, clock, NAME)


async def test_one_asks_for_all(shelf: MemoryShelf, clock: FakeClock, app: Akash) -> None:
    """Twenty gateways begin at once: one request, one session."""
    app.may.clear()
    bringing = [asyncio.ensure_future(gateway(shelf, clock).bring(app.issue, None)) for _ in range(20)]
    await clock.advance(0.3)
    app.may.set()
    await clock.advance(0.2)
    assert {session.cookie for session in await asyncio.gather(*bringing)} == {"session_token=1"}
    assert app.asked == 1


async def test_a_session_is_found_until_it_is_to_be_renewed(
    shelf: MemoryShelf, clock: FakeClock, app: Akash
) -> None:
    """Its end is the same moment for all, whatever their clocks count from."""
    first = await gateway(shelf, clock).bring(app.issue, None)
    await clock.advance(299)
    elsewhere = FakeClock(clock.now())
    found = await SessionShelf(shelf, elsewhere, NAME).bring(app.issue, None)
    assert found.cookie == first.cookie
    assert found.ends_at - elsewhere.monotonic() == first.ends_at - clock.monotonic()
    await clock.advance(2)
    assert (await gateway(shelf, clock).bring(app.issue, None)).cookie == "session_token=2"


async def test_who_was_refused_finds_what_others_were_given_since(
    shelf: MemoryShelf, clock: FakeClock, app: Akash
) -> None:
    """The refused one is nobody's; its successor is everybody's."""
    refused = (await gateway(shelf, clock).bring(app.issue, None)).cookie
    brought = [await gateway(shelf, clock).bring(app.issue, refused) for _ in range(3)]
    assert {session.cookie for session in brought} == {"session_token=2"}


async def test_a_gateway_that_died_asking_holds_up_nobody_for_long(
    shelf: MemoryShelf, clock: FakeClock, app: Akash
) -> None:
    """After five seconds each asks for itself."""
    assert await shelf.claim(f"{NAME}/asking", 3600)
    bringing = asyncio.ensure_future(gateway(shelf, clock).bring(app.issue, None))
    await clock.advance(0)
    await clock.advance(4.9)
    assert not bringing.done()
    await clock.advance(0.3)
    assert (await bringing).cookie == "session_token=1"


async def test_a_failure_is_not_waited_for(shelf: MemoryShelf, clock: FakeClock, app: Akash) -> None:
    """Who could not be given one lets go of the claim, and the next tries."""
    failing = gateway(shelf, clock).bring(_failure, None)
    with pytest.raises(ConnectionError):
        await failing
    assert (await gateway(shelf, clock).bring(app.issue, None)).cookie == "session_token=1"


async def _failure() -> Session:
    raise ConnectionError


async def test_what_another_version_left_is_no_session(
    shelf: MemoryShelf, clock: FakeClock, app: Akash
) -> None:
    """Rolling upgrades share a shelf."""
    await shelf.put(NAME, b"\xff", 60)
    assert (await gateway(shelf, clock).bring(app.issue, None)).cookie == "session_token=1"
