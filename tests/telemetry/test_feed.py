"""Who listens hears of every answer, and is told what it missed."""

from akashchat.telemetry.feed import Feed
from tests.support.clock import FakeClock
from tests.telemetry.test_metrics import outcome


async def test_who_listens_hears_of_answers(clock: FakeClock) -> None:
    """From then on, and in the words of the log."""
    feed = Feed(clock)
    feed.observe(outcome(request_id="before"))
    async with feed.listen() as ear:
        feed.observe(outcome(request_id="one"))
        feed.observe(outcome(request_id="two"))
        told, missed = await ear.next()
    assert [one["request_id"] for one in told] == ["one", "two"]
    assert told[0]["event"] == "answered"
    assert told[0]["at"] == clock.now()
    assert missed == 0


async def test_who_is_slow_is_told_how_much_was_missed(clock: FakeClock) -> None:
    """Memory has an end."""
    feed = Feed(clock)
    async with feed.listen() as ear:
        for _ in range(1200):
            feed.observe(outcome())
        told, missed = await ear.next()
        assert (len(told), missed) == (1000, 200)
        ear.close()
        assert await ear.next() == ([], 0)


class Other:
    """Another process, as one sees it; what it hears its own feed hears."""

    def __init__(self) -> None:
        self.feed: Feed
        self.told = 0

    async def listen(self) -> None:
        """See ``Others``."""
        self.feed.asked()

    def listening(self) -> None:
        """See ``Others``."""
        self.feed.asked()

    def tell(self, what: bytes) -> None:
        """See ``Others``."""
        self.told += 1
        self.feed.overhear(what)


async def test_who_listens_hears_of_other_processes_for_as_long_as_that_takes(clock: FakeClock) -> None:
    """And afterwards nobody is told any more."""
    there, here = Other(), Other()
    near, far = Feed(clock, there), Feed(clock, here)
    there.feed, here.feed = far, near
    far.observe(outcome(request_id="before"))
    async with near.listen() as ear:
        for number in range(5):
            far.observe(outcome(request_id=f"far-{number}"))
            near.observe(outcome(request_id=f"near-{number}"))
            told, _ = await ear.next()
            assert [one["request_id"] for one in told] == [f"far-{number}", f"near-{number}"]
            await clock.advance(9)
    await clock.advance(60)
    far.observe(outcome(request_id="behind"))
    assert (here.told, there.told) == (5, 0)
