"""Asking again: what for, when, how often."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akashchat.errors import (
    BadRequest,
    ContentRefused,
    GatewayError,
    OutOfCredit,
    QueueFull,
    QuotaExhausted,
    RateLimited,
    UpstreamError,
    UpstreamSlow,
    UpstreamTimeout,
    UpstreamUnavailable,
)
from akashchat.model.events import Failure, TextDelta
from akashchat.policies.retrying import Budget, Retrying, RetryOptions
from tests.policies.asking import ANSWER, EVENTS, answered, asked, outcome, settled, under_way
from tests.support.clock import CountingChance, FakeClock
from tests.support.upstream import Script, Scripted


def retrying(
    clock: FakeClock, *scripts: Script, retries: int = 3, share: float = 0.2
) -> tuple[Retrying, Scripted]:
    """The policy before an upstream that follows these scripts; its jitter is always the middle."""
    scripted = Scripted(*scripts)
    return Retrying(scripted, RetryOptions(retries=retries, share=share), clock, CountingChance()), scripted


async def test_an_answer_at_once_is_passed_on(clock: FakeClock) -> None:
    """Nothing is asked twice that was answered once."""
    upstream, scripted = retrying(clock, ANSWER)
    request = asked()
    assert await answered(upstream, request) == EVENTS
    assert scripted.requests == [request]
    assert request.journey.attempts[0].tries == 1


@pytest.mark.parametrize("kind", [UpstreamError, UpstreamUnavailable, UpstreamSlow, RateLimited])
async def test_a_failure_that_may_pass_is_survived(clock: FakeClock, kind: type[GatewayError]) -> None:
    """The upstream is asked again after a pause, and the attempt tells how often it was asked."""
    upstream, scripted = retrying(clock, kind("no"), ANSWER)
    request = asked()
    answer = await under_way(answered(upstream, request))
    assert len(scripted.requests) == 1
    await clock.advance(0.125)
    assert await answer == EVENTS
    assert request.journey.attempts[0].tries == 2


@pytest.mark.parametrize(
    "error",
    [
        BadRequest("no"),
        ContentRefused("no"),
        OutOfCredit("no"),
        QuotaExhausted("no", retry_after_s=5),
        QueueFull("no"),
        UpstreamTimeout("no"),
        RateLimited("no", retry_after_s=10.5),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_what_will_not_pass_soon_is_told_at_once(clock: FakeClock, error: GatewayError) -> None:
    """Bad requests, empty accounts, refusals of content, and an upstream that asks for much time."""
    upstream, scripted = retrying(clock, error, ANSWER)
    assert await outcome(upstream) == error
    assert len(scripted.requests) == 1


async def test_pauses_double_and_end(clock: FakeClock) -> None:
    """A quarter of a second at most, then half a second, then one, and then the failure is told."""
    upstream, scripted = retrying(clock, UpstreamError("no"))
    request = asked()
    answer = await under_way(outcome(upstream, request))
    for pause, tries in [(0.125, 2), (0.25, 3), (0.5, 4)]:
        await clock.advance(pause - 0.01)
        assert len(scripted.requests) == tries - 1
        await clock.advance(0.01)
        assert len(scripted.requests) == tries
    assert await answer == UpstreamError("no")
    assert request.journey.attempts[0].tries == 4


async def test_an_upstream_that_names_a_time_is_not_asked_before(clock: FakeClock) -> None:
    """``Retry-After`` is the least, jitter comes on top, and whoever waits is told."""
    upstream, scripted = retrying(clock, RateLimited("no", retry_after_s=7), ANSWER)
    words: list[str] = []
    answer = await under_way(answered(upstream, asked(hear=words)))
    await clock.advance(7)
    assert len(scripted.requests) == 1
    await clock.advance(0.125)
    assert await answer == EVENTS
    assert words == ["the upstream is busy; it is asked again in 7 s"]


async def test_an_answer_that_has_begun_is_not_asked_for_again(clock: FakeClock) -> None:
    """Its failure is part of it."""
    failure = Failure(UpstreamError("no"))
    upstream, scripted = retrying(clock, [[TextDelta("a")], [failure]])
    assert await answered(upstream) == [TextDelta("a"), failure]
    assert len(scripted.requests) == 1


async def test_a_caller_who_leaves_in_a_pause_ends_it(clock: FakeClock) -> None:
    """Nobody is asked on behalf of somebody who is gone."""
    upstream, scripted = retrying(clock, UpstreamError("no"), ANSWER)
    answer = await under_way(answered(upstream))
    answer.cancel()
    with pytest.raises(asyncio.CancelledError):
        await answer
    assert clock.sleeping == 0
    assert clock.waiting == 0
    await clock.advance(10)
    assert len(scripted.requests) == 1


async def test_many_failures_do_not_make_many_more_requests(clock: FakeClock) -> None:
    """When an upstream is down for all, a fifth more is asked of it, not the double."""
    upstream, scripted = retrying(clock, UpstreamError("no"), retries=1)
    answers = [asyncio.create_task(outcome(upstream)) for _ in range(500)]
    await settled()
    await clock.advance(1)
    assert await asyncio.gather(*answers) == [UpstreamError("no")] * 500
    assert len(scripted.requests) == 600


async def test_no_share_is_no_further_try(clock: FakeClock) -> None:
    """An operator who sets it to nothing means it."""
    upstream, scripted = retrying(clock, UpstreamError("no"), share=0)
    assert await outcome(upstream) == UpstreamError("no")
    assert len(scripted.requests) == 1


def test_who_asks_rarely_may_ask_again() -> None:
    """A share of little would be nothing."""
    budget = Budget(0.1, FakeClock())
    budget.asked()
    assert [budget.spend() for _ in range(Budget.ALWAYS + 1)] == [True] * Budget.ALWAYS + [False]


@given(st.lists(st.tuples(st.floats(0, 100), st.integers(0, 200), st.integers(0, 60)), max_size=30))
async def test_tries_are_a_share_of_the_last_two_minutes(steps: list[tuple[float, int, int]]) -> None:
    """Whatever comes when: never more than the share of what was asked in two minutes, or the few."""
    clock = FakeClock()
    budget = Budget(0.2, clock)
    asked_at: list[float] = []
    tried_at: list[float] = []
    for pause, requests, failures in steps:
        await clock.advance(pause)
        now = clock.monotonic()
        for _ in range(requests):
            budget.asked()
            asked_at.append(now)
        for _ in range(failures):
            recent = sum(at > now - 120 for at in asked_at)
            if budget.spend():
                tried_at.append(now)
                assert sum(at > now - 30 for at in tried_at) <= max(2 * Budget.ALWAYS, 0.2 * recent + 1) * 2
            else:
                assert sum(at > now - 120 for at in tried_at) >= Budget.ALWAYS


async def test_the_budget_recovers(clock: FakeClock) -> None:
    """Two minutes after it was spent it is as new."""
    budget = Budget(0.2, clock)
    for _ in range(Budget.ALWAYS):
        assert budget.spend()
    assert not budget.spend()
    await clock.advance(59)
    assert not budget.spend()
    await clock.advance(31)  # half of what was spent has passed
    assert [budget.spend() for _ in range(Budget.ALWAYS // 2 + 1)] == [True] * (Budget.ALWAYS // 2) + [False]
    await clock.advance(120)
    assert budget.spend()
