"""The circuit breaker: when it opens, who probes, when it closes."""

import asyncio

import pytest

from akashchat.errors import (
    AnswerCut,
    BadRequest,
    CircuitOpen,
    GatewayError,
    KeyRejected,
    ModelNotFound,
    OutOfCredit,
    QueueFull,
    RateLimited,
    UpstreamError,
    UpstreamTimeout,
)
from akashchat.model.events import Failure, TextDelta
from akashchat.policies.breaker import BreakerOptions, Breaking, CircuitState
from tests.policies.asking import ANSWER, EVENTS, answered, asked, outcome, settled, under_way
from tests.support.clock import FakeClock
from tests.support.upstream import Script, Scripted

DOWN = UpstreamError("down")
CUT = Failure(AnswerCut("cut"))


def breaking(clock: FakeClock, *scripts: Script) -> tuple[Breaking, Scripted]:
    """The policy before an upstream that follows these scripts: three failures open it, for ten seconds."""
    scripted = Scripted(*scripts)
    return Breaking(scripted, BreakerOptions(failures=3, cooldown_s=10), clock), scripted


async def opened(clock: FakeClock, *later: Script) -> tuple[Breaking, Scripted]:
    """One whose circuit has just opened."""
    upstream, scripted = breaking(clock, DOWN, DOWN, DOWN, *later)
    for _ in range(3):
        assert await outcome(upstream) == DOWN
    return upstream, scripted


def state(upstream: Breaking) -> CircuitState:
    """Of the only circuit."""
    (report,) = upstream.circuits.report()
    return report.state


async def test_who_keeps_failing_is_left_alone(clock: FakeClock) -> None:
    """After three failures nobody is asked; the caller learns when to come back, and what went wrong."""
    upstream, scripted = await opened(clock, ANSWER)
    await clock.advance(4)
    error = await outcome(upstream)
    assert isinstance(error, CircuitOpen)
    assert error.retry_after_s == 6
    assert error.message == (
        "'m' failed 3 times in a row at scripted and is left alone for now; the last time: down"
    )
    assert len(scripted.requests) == 3


async def test_after_a_cool_down_it_is_asked_again(clock: FakeClock) -> None:
    """And when it answers, everything is as before."""
    upstream, _ = await opened(clock, ANSWER)
    assert state(upstream) is CircuitState.OPEN
    await clock.advance(10)
    assert state(upstream) is CircuitState.HALF_OPEN
    assert await answered(upstream) == EVENTS
    assert upstream.circuits.report() == []


async def test_one_probe_goes_ahead_and_others_follow_when_it_begins(clock: FakeClock) -> None:
    """While it is not known whether the upstream is back, one request finds out for all."""
    gate = asyncio.Event()
    upstream, scripted = await opened(clock, [gate, *ANSWER], ANSWER)
    await clock.advance(10)
    probe = await under_way(answered(upstream))
    refused = await outcome(upstream)
    assert isinstance(refused, CircuitOpen)
    assert refused.retry_after_s == 1
    assert len(scripted.requests) == 4
    gate.set()
    assert await probe == EVENTS
    assert await answered(upstream) == EVENTS


async def test_a_probe_s_answer_need_not_be_over_for_others_to_follow(clock: FakeClock) -> None:
    """A long answer keeps nobody waiting."""
    gate = asyncio.Event()
    upstream, _ = await opened(clock, [[TextDelta("a")], gate, EVENTS], ANSWER)
    await clock.advance(10)
    probe = await under_way(answered(upstream))
    assert await answered(upstream) == EVENTS
    gate.set()
    await probe


async def test_cool_downs_double_up_to_four_times(clock: FakeClock) -> None:
    """Each probe that fails opens the circuit again, for longer."""
    upstream, scripted = await opened(clock, DOWN)
    for cooldown, requests in [(10, 4), (20, 5), (40, 6), (40, 7)]:
        await clock.advance(cooldown - 1)
        assert isinstance(await outcome(upstream), CircuitOpen)
        await clock.advance(1)
        assert await outcome(upstream) == DOWN
        assert len(scripted.requests) == requests


async def test_a_probe_that_is_cut_opens_the_circuit_again(clock: FakeClock) -> None:
    """Having begun is not having answered."""
    upstream, _ = await opened(clock, [[TextDelta("a")], [CUT]])
    await clock.advance(10)
    assert await answered(upstream) == [TextDelta("a"), CUT]
    await clock.advance(19)
    assert isinstance(await outcome(upstream), CircuitOpen)


async def test_a_probe_whose_caller_leaves_makes_room_for_another(clock: FakeClock) -> None:
    """Nothing was learnt from it."""
    upstream, _ = await opened(clock, [asyncio.Event(), *ANSWER], ANSWER)
    await clock.advance(10)
    probe = await under_way(answered(upstream))
    probe.cancel()
    with pytest.raises(asyncio.CancelledError):
        await probe
    assert await answered(upstream) == EVENTS


async def test_cut_answers_are_failures(clock: FakeClock) -> None:
    """Also those that began well."""
    upstream, _ = breaking(clock, [[TextDelta("a")], [CUT]])
    for _ in range(3):
        await answered(upstream)
    assert isinstance(await outcome(upstream), CircuitOpen)


async def test_an_answer_forgives_what_came_before(clock: FakeClock) -> None:
    """Only failures in a row open a circuit."""
    upstream, _ = breaking(clock, DOWN, DOWN, ANSWER, DOWN, DOWN, ANSWER)
    for _ in range(2):
        assert [await outcome(upstream) for _ in range(3)] == [DOWN, DOWN, EVENTS]


async def test_an_answer_that_was_left_early_is_an_answer(clock: FakeClock) -> None:
    """A caller who has enough, or a limit that ends it, says nothing against the upstream."""
    upstream, _ = breaking(clock, DOWN, DOWN, ANSWER, DOWN, DOWN, ANSWER)
    for _ in range(2):
        assert [await outcome(upstream) for _ in range(2)] == [DOWN, DOWN]
        async with upstream.open(asked()):
            pass


@pytest.mark.parametrize("kind", [BadRequest, ModelNotFound, RateLimited, QueueFull])
async def test_what_the_upstream_is_not_to_blame_for_is_not_counted(
    clock: FakeClock, kind: type[GatewayError]
) -> None:
    """A bad request, and an upstream that says it has enough to do."""
    upstream, _ = breaking(clock, kind("no"))
    for _ in range(10):
        assert await outcome(upstream) == kind("no")
    assert upstream.circuits.report() == []


async def test_models_do_not_suffer_for_one_another(clock: FakeClock) -> None:
    """Behind one address one model may be down and another up."""
    upstream, _ = await opened(clock, ANSWER)
    assert await answered(upstream, asked(model="other")) == EVENTS
    assert isinstance(await outcome(upstream), CircuitOpen)


@pytest.mark.parametrize("error", [KeyRejected("the key is refused"), OutOfCredit("no credit")])
async def test_what_only_the_operator_can_mend_is_told_as_it_is(
    clock: FakeClock, error: GatewayError
) -> None:
    """Nobody is told to come back in a while for what no while will heal; nor is the upstream asked."""
    upstream, scripted = breaking(clock, error)
    for _ in range(5):
        assert await outcome(upstream) == error
    assert len(scripted.requests) == 3


async def test_failures_of_many_at_once_open_it_once(clock: FakeClock) -> None:
    """Those that were under way when it opened say nothing new, and an old answer's end does not close it."""
    gate, late = asyncio.Event(), asyncio.Event()
    upstream, _ = breaking(clock, [[TextDelta("a")], late, EVENTS], *([[gate, [Failure(DOWN)]]] * 50), ANSWER)
    old = await under_way(answered(upstream))
    answers = [asyncio.create_task(outcome(upstream)) for _ in range(50)]
    await settled()
    gate.set()
    assert await asyncio.gather(*answers) == [DOWN] * 50
    late.set()
    await old
    assert state(upstream) is CircuitState.OPEN
    await clock.advance(10)
    assert await answered(upstream) == EVENTS


async def test_a_model_s_trouble_is_reported(clock: FakeClock) -> None:
    """For those who look after the gateway."""
    upstream, _ = breaking(clock, DOWN, UpstreamTimeout("silent"), DOWN)
    await outcome(upstream)
    await outcome(upstream)
    (report,) = upstream.circuits.report()
    assert (report.model, report.state, report.failures) == ("m", CircuitState.CLOSED, 2)
    assert report.error == UpstreamTimeout("silent")
    assert report.retry_after_s == 0
    await outcome(upstream)
    (report,) = upstream.circuits.report()
    assert (report.state, report.failures, report.retry_after_s) == (CircuitState.OPEN, 3, 10)


async def test_any_number_of_names_needs_no_more_memory(clock: FakeClock) -> None:
    """Names of models are chosen by callers."""
    upstream, _ = breaking(clock, DOWN)
    for number in range(1000):
        await outcome(upstream, asked(model=f"m{number}"))
    assert len(upstream.circuits.report()) == 256


async def test_a_circuit_keeps_the_reason_and_nothing_of_the_request(clock: FakeClock) -> None:
    """An error's trace leads to all that was asked, and a circuit may keep its error for long."""
    upstream, _ = breaking(clock, DOWN)
    await outcome(upstream)
    (report,) = upstream.circuits.report()
    assert report.error == DOWN
    assert report.error.__traceback__ is None
