"""Time-outs: of the first word, and of the whole answer."""

import asyncio
from collections.abc import Sequence

import pytest

from akashchat.errors import AnswerOverdue, UpstreamTimeout
from akashchat.model.events import Event, Failure, TextDelta
from akashchat.policies.timed import Timed, TimedOptions
from tests.policies.asking import ANSWER, END, EVENTS, answered, asked, settled, under_way
from tests.support.clock import FakeClock
from tests.support.upstream import Script, Scripted

LATE = UpstreamTimeout("the upstream's answer did not begin within 30 seconds")
ENDLESS = Failure(AnswerOverdue("the upstream's answer was not complete after 100 seconds"))


def timed(clock: FakeClock, *scripts: Script) -> tuple[Timed, Scripted]:
    """The policy before an upstream that follows these scripts: 30 seconds to begin, 100 to end."""
    scripted = Scripted(*scripts)
    return Timed(scripted, TimedOptions(first_token_s=30, total_s=100), clock), scripted


async def test_an_answer_in_time_passes_untouched(clock: FakeClock) -> None:
    """And leaves nothing behind that waits."""
    upstream, _ = timed(clock, ANSWER)
    assert await answered(upstream) == EVENTS
    await clock.advance(2)
    assert clock.waiting == 0


async def test_a_first_word_that_does_not_come_is_not_waited_for(clock: FakeClock) -> None:
    """It is raised, so that another upstream can be asked; this one is left."""
    upstream, scripted = timed(clock, [asyncio.Event()])
    answer = await under_way(answered(upstream))
    await clock.advance(29)
    assert scripted.running == 1
    await clock.advance(2)
    with pytest.raises(UpstreamTimeout) as raised:
        await answer
    assert raised.value == LATE
    assert scripted.running == 0


async def test_an_answer_that_never_ends_fails(clock: FakeClock) -> None:
    """However steadily it comes: as a failure in its place, behind what has come."""
    more = asyncio.Event()
    upstream, scripted = timed(clock, [[TextDelta("a")], more, [TextDelta("b")], asyncio.Event()])
    answer = await under_way(answered(upstream))
    await clock.advance(60)
    more.set()
    await clock.advance(41)
    assert await answer == [TextDelta("a"), TextDelta("b"), ENDLESS]
    assert scripted.running == 0


async def test_a_first_word_in_time_has_the_whole_time_for_the_rest(clock: FakeClock) -> None:
    """The two times are two."""
    first, last = asyncio.Event(), asyncio.Event()
    upstream, _ = timed(clock, [first, [TextDelta("a")], last, [END]])
    answer = await under_way(answered(upstream))
    await clock.advance(29)
    first.set()
    await settled()
    await clock.advance(70)
    last.set()
    assert await answer == EVENTS


async def test_a_caller_who_is_slow_meets_the_end_when_he_comes_back(clock: FakeClock) -> None:
    """Nothing is pushed at who wants no more for now."""
    upstream, _ = timed(clock, [[TextDelta("a")], [TextDelta("b")], [END]])
    got: list[Event] = []

    def sink(batch: Sequence[Event]) -> bool:
        got.extend(batch)
        return True

    async with upstream.open(asked()) as stream:
        assert not await stream.pour(sink)
        await clock.advance(101)
        assert got == [TextDelta("a")]
        assert await stream.pour(sink)
        assert got == [TextDelta("a"), ENDLESS]
        assert stream.end == ENDLESS
        assert await stream.pour(sink)
        assert len(got) == 2


@pytest.mark.parametrize("begun", [False, True])
@pytest.mark.parametrize("before", [False, True])
async def test_a_caller_who_leaves_is_no_time_out(clock: FakeClock, begun: bool, before: bool) -> None:
    """Leaving is leaving, also just before the time is up, and just after it."""
    upstream, scripted = timed(clock, [*([[TextDelta("a")]] if begun else []), asyncio.Event()])
    answer = await under_way(answered(upstream))
    await clock.advance(99 if begun else 29)

    async def leave() -> None:
        while not (before or answer.cancelling()):  # noqa: ASYNC110  nothing else can tell of that moment
            await asyncio.sleep(0)
        answer.cancel()

    leaving = asyncio.create_task(leave())
    if before:
        await asyncio.sleep(0)
    await clock.advance(1)
    with pytest.raises(asyncio.CancelledError):
        await answer
    await leaving
    assert answer.cancelling() == 1
    assert scripted.running == 0


async def test_the_task_of_an_interrupted_answer_goes_on(clock: FakeClock) -> None:
    """The interruption is the time-out's own, and nothing of it stays: the next upstream can be asked."""
    upstream, _ = timed(clock, [asyncio.Event()], ANSWER)

    async def twice() -> list[Event]:
        with pytest.raises(UpstreamTimeout):
            await answered(upstream)
        await asyncio.sleep(0)
        return await answered(upstream)

    answer = await under_way(twice())
    await clock.advance(31)
    assert await answer == EVENTS
    assert answer.cancelling() == 0


async def test_one_timer_looks_after_all(clock: FakeClock) -> None:
    """However many answers are under way."""
    upstream, scripted = timed(clock, [[TextDelta("a")], asyncio.Event()])
    answers = [asyncio.create_task(answered(upstream)) for _ in range(100)]
    await settled()
    assert scripted.running == 100
    assert clock.waiting == 1
    await clock.advance(101)
    assert await asyncio.gather(*answers) == [[TextDelta("a"), ENDLESS]] * 100
    assert clock.waiting == 0


async def test_a_short_time_is_kept_as_well(clock: FakeClock) -> None:
    """A time-out is late by an eighth of it at most."""
    upstream = Timed(Scripted([asyncio.Event()]), TimedOptions(first_token_s=0.4, total_s=9), clock)
    answer = await under_way(answered(upstream))
    await clock.advance(0.39)
    assert not answer.done()
    await clock.advance(0.07)
    with pytest.raises(UpstreamTimeout):
        await answer
