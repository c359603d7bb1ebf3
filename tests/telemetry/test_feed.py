"""Who listens hears of every answer, and is told what it missed."""

from akashchat.telemetry.feed import Feed
from tests.support.clock import FakeClock
from tests.telemetry.test_metrics import outcome


async def test_who_listens_hears_of_answers(clock: FakeClock) -> None:
    """From then on, and in the words of the log."""
    feed = Feed(clock)
    feed.observe(outcome(request_id="before"))
    with feed.listen() as ear:
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
    with feed.listen() as ear:
        for _ in range(1200):
            feed.observe(outcome())
        told, missed = await ear.next()
        assert (len(told), missed) == (1000, 200)
        ear.close()
        assert await ear.next() == ([], 0)
