"""A connection's own memory before the store."""

import pytest

from akashchat.server.recent import _MOST_BYTES, Recent
from akashchat.storage.base import ChainTooLong, Kept
from tests.support.clock import FakeClock
from tests.support.storing import stored


def kept(name: str, previous: str = "", *, size: int = 2) -> Kept:
    """A response of mine."""
    return Kept(name, "me", 1_800_000_000, previous, b"{}", b" " * size)


async def test_what_is_not_to_last_is_remembered_here_alone(clock: FakeClock) -> None:
    """A chain may begin in the store and end on the connection."""
    store = stored(clock)
    recent = Recent(store)
    store.keep(kept("resp_0"))
    recent.keep(kept("resp_1", "resp_0"), lasting=False)
    recent.keep(kept("resp_2", "resp_1"))
    assert [one.id for one in await recent.chain("me", "resp_2")] == ["resp_0", "resp_1", "resp_2"]
    assert await recent.chain("you", "resp_2") is None
    assert await recent.find("me", "resp_1") is not None
    assert await store.find("me", "resp_1") is None
    assert await store.find("me", "resp_2") is not None
    assert recent.keeps
    assert await recent.delete("me", "resp_2")
    await store.close()


async def test_it_forgets_the_oldest(clock: FakeClock) -> None:
    """A connection's memory is bounded; a chain that lost its beginning is not known."""
    store = stored(clock)
    recent = Recent(store)
    for number in range(3):
        recent.keep(
            kept(f"resp_{number}", f"resp_{number - 1}" if number else "", size=_MOST_BYTES // 3),
            lasting=False,
        )
    assert await recent.find("me", "resp_0") is None
    assert await recent.chain("me", "resp_2") is None
    assert await recent.find("me", "resp_2") is not None
    await store.close()


async def test_a_chain_that_goes_round_ends(clock: FakeClock) -> None:
    """Ids are ours, so it does not happen; but it would not hang."""
    recent = Recent(stored(clock))
    recent.keep(kept("resp_1", "resp_1"), lasting=False)
    with pytest.raises(ChainTooLong):
        await recent.chain("me", "resp_1")
