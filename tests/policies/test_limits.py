"""What callers with an allowance get, and what it costs them."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import msgspec
import pytest

from akashchat import tokens
from akashchat.errors import (
    BudgetSpent,
    GatewayError,
    LimitExceeded,
    LimitReached,
    LimitsUnknown,
    UpstreamError,
)
from akashchat.model.events import (
    Choice,
    Event,
    Failure,
    Finish,
    FinishReason,
    Progress,
    ReasoningDelta,
    TextDelta,
    ToolCallDelta,
    ToolCallStart,
    Usage,
)
from akashchat.model.journey import Attempt, Journey
from akashchat.model.limits import Kind
from akashchat.model.request import FilePart, ImagePart, Message, Picture, Request, TextPart, Tool
from akashchat.policies.admission import Allowance, Caller
from akashchat.policies.counters.base import Counters, CountersDown
from akashchat.policies.limits import limits_of
from akashchat.policies.needs import LimitOptions, Need, need_of
from akashchat.policies.reserved import Reserved
from tests.policies.asking import settled, under_way
from tests.support.clock import FakeClock
from tests.support.limits import Told, limits
from tests.support.upstream import Script, Scripted

END = Finish(FinishReason.STOP, Usage(10, 20))
ANSWER: Sequence[Sequence[Event]] = [[TextDelta("It "), TextDelta("rains.")], [END]]


class Stage:
    """A caller with an allowance, before an upstream that follows scripts."""

    def __init__(self, clock: FakeClock, *scripts: Script, options: Any = None, **allowance: int) -> None:
        self.upstream = Scripted(*(scripts or (ANSWER,)))
        self.told = Told()
        self.limits = limits(clock, None, self.told, **(options or {}))
        self.caller = Caller(name="somebody", key="key_1", allowance=Allowance(**allowance))

    def open(self, **fields: Any) -> tuple[Request, Reserved]:
        """A question, and its answer, which is yet to be entered."""
        asked: dict[str, Any] = {"messages": (Message("user", (TextPart("How is the weather?"),)),), **fields}
        request = Request(model="m", **asked)
        return request, Reserved(self.upstream, request, self.caller, self.limits)

    async def ask(self, **fields: Any) -> list[Event]:
        """All events of an answer; raises what prevents it."""
        _, answer = self.open(**fields)
        async with answer as stream:
            return [event async for batch in stream for event in batch]

    async def refused(self, **fields: Any) -> GatewayError:
        """What prevents it."""
        with pytest.raises(GatewayError) as raised:
            await self.ask(**fields)
        return raised.value

    async def stands(self) -> dict[str, tuple[int, int]]:
        """How much is used and reserved."""
        found = await self.limits.standings(self.caller)
        return {one.limit.kind.value: (one.used, one.reserved) for one in found}


async def test_an_answer_costs_what_its_usage_tells(clock: FakeClock) -> None:
    """Whoever told it; what was set aside beyond is back before the caller has the end."""
    stage = Stage(clock, tokens_per_day=50_000, requests_per_minute=5)
    seen = []
    _, answer = stage.open()
    async with answer as stream:
        assert (await stage.stands())["tokens_per_day"][1] > 8192
        async for batch in stream:
            seen += batch
            if batch[-1] is END:
                assert await stage.stands() == {"requests_per_minute": (1, 0), "tokens_per_day": (30, 0)}
    assert seen == [event for batch in ANSWER for event in batch]
    assert (await stage.stands())["tokens_per_day"] == (30, 0)


async def test_what_fails_before_it_begins_costs_a_request_and_no_token(clock: FakeClock) -> None:
    """Nothing came of it."""
    stage = Stage(clock, UpstreamError("no"), tokens_per_day=50_000, requests_per_minute=5, concurrency=1)
    for _ in range(2):
        assert isinstance(await stage.refused(), UpstreamError)
    assert await stage.stands() == {
        "concurrency": (0, 0),
        "requests_per_minute": (2, 0),
        "tokens_per_day": (0, 0),
    }


SAID: list[Event] = [
    ReasoningDelta("Let me see. "),
    TextDelta("It rains "),
    ToolCallStart("c", "look"),
    ToolCallDelta("c", '{"where": "outside"}'),
]


@pytest.mark.parametrize("choice", [False, True])
async def test_what_breaks_off_costs_what_was_asked_and_what_was_sent(
    clock: FakeClock, *, choice: bool
) -> None:
    """Counted here, as nobody tells; thoughts and calls are sent too."""
    batch: list[Event] = [Choice(0, event) for event in SAID] if choice else list(SAID)  # type: ignore[arg-type]
    stage = Stage(clock, [batch] * 300 + [[Failure(UpstreamError("cut"))]], tokens_per_day=50_000)
    await stage.ask()
    sent = tokens.count('Let me see. It rains look{"where": "outside"}' * 300)
    asked = tokens.count("How is the weather?")
    assert await stage.stands() == {"tokens_per_day": (asked + sent, 0)}


async def test_what_fails_with_nothing_sent_costs_nothing(clock: FakeClock) -> None:
    """A word to whoever waits is no answer."""
    stage = Stage(clock, [[Progress("drawing")], [Failure(UpstreamError("cut"))]], tokens_per_day=50_000)
    await stage.ask()
    assert await stage.stands() == {"tokens_per_day": (0, 0)}


async def test_who_leaves_pays_for_what_came(clock: FakeClock) -> None:
    """Also a caller who would rather not have it whole."""
    stage = Stage(clock, [[TextDelta("It rains.")], asyncio.Event(), [END]], tokens_per_day=50_000)
    _, answer = stage.open()
    async with answer as stream:
        await anext(stream)
    expected = tokens.count("How is the weather?") + tokens.count("It rains.")
    assert await stage.stands() == {"tokens_per_day": (expected, 0)}


@pytest.mark.parametrize("was_asked", [False, True])
async def test_who_leaves_before_anything_came_pays_for_the_question(
    clock: FakeClock, *, was_asked: bool
) -> None:
    """If an upstream has read it."""
    stage = Stage(clock, [asyncio.Event()], tokens_per_day=50_000, concurrency=1)
    request, answer = stage.open()
    if was_asked:
        request.journey.attempts.append(Attempt("scripted", "m"))
    asking = await under_way(answer.__aenter__())
    assert (await stage.stands())["concurrency"] == (0, 1)
    asking.cancel()
    with suppress(asyncio.CancelledError):
        await asking
    await settled()
    used = tokens.count("How is the weather?") if was_asked else 0
    assert await stage.stands() == {"concurrency": (0, 0), "tokens_per_day": (used, 0)}


async def test_an_answer_ends_where_the_budget_does(clock: FakeClock) -> None:
    """Whoever makes answers is told; the caller is told beforehand where that is."""
    stage = Stage(clock, tokens_per_month=200)
    request, answer = stage.open()
    async with answer:
        pass
    (asked,) = stage.upstream.requests
    assert asked.max_tokens is None
    assert asked.allowed_tokens is not None
    assert 100 < asked.allowed_tokens < 180
    assert request.journey.allowed_tokens == asked.allowed_tokens


@pytest.mark.parametrize(("wanted", "given"), [(30, 30), (100_000, None)])
async def test_a_limit_of_the_callers_own_stands_where_it_is_lower(
    clock: FakeClock, wanted: int, given: int | None
) -> None:
    """Otherwise the budget's takes its place."""
    stage = Stage(clock, tokens_per_month=500)
    request, answer = stage.open(max_tokens=wanted)
    async with answer:
        pass
    (asked,) = stage.upstream.requests
    assert (asked.max_tokens == given) if given else (400 < (asked.max_tokens or 0) < 500)
    assert asked.allowed_tokens is None
    assert request.journey.allowed_tokens == (None if given else asked.max_tokens)


async def test_several_answers_share_what_there_is(clock: FakeClock) -> None:
    """Each of them, to each conversation, and each asks anew."""
    stage = Stage(clock, tokens_per_month=1000)
    conversation = (Message("user", (TextPart("And tomorrow?"),)),)
    _, answer = stage.open(n=2, further=(conversation,))
    async with answer:
        pass
    allowed = stage.upstream.requests[0].allowed_tokens or 0
    assert 4 * allowed < 1000 < 6 * allowed


async def test_a_picture_has_no_length(clock: FakeClock) -> None:
    """It is asked for as it was, and reserved all the same."""
    stage = Stage(clock, tokens_per_month=1000)
    _, answer = stage.open(picture=Picture())
    async with answer:
        assert (await stage.stands())["tokens_per_month"][1] > 500
    assert (stage.upstream.requests[0].max_tokens, stage.upstream.requests[0].allowed_tokens) == (None, None)


async def test_a_budget_is_spent_to_the_last(clock: FakeClock) -> None:
    """Then the caller is told until when, and that there is no use in asking before."""
    stage = Stage(clock, tokens_per_day=100)
    for _ in range(2):
        await stage.ask()
    error = await stage.refused()
    assert isinstance(error, BudgetSpent)
    assert (error.status, error.code, error.retryable) == (429, "insufficient_quota", False)
    assert "100 tokens a day: 40 are left" in error.message
    assert "2027-01-16 00:00 UTC" in error.message
    assert error.retry_after_s == pytest.approx(86_400 - clock.now() % 86_400)
    assert stage.told.limits == ["tokens_per_day"]
    assert len(stage.upstream.requests) == 2
    await clock.advance(error.retry_after_s or 0)
    await stage.ask()


async def test_a_budget_that_is_only_set_aside_is_not_called_spent(clock: FakeClock) -> None:
    """It comes back with the answers under way, so clients are to try again, and not to wait for tomorrow."""
    stage = Stage(clock, tokens_per_day=100)
    _, first = stage.open()
    async with first as stream:
        error = await stage.refused()
        assert [batch async for batch in stream]
    assert type(error) is LimitReached
    assert (error.code, error.retryable, error.retry_after_s) == ("rate_limit_exceeded", True, 1)
    assert "ask again when answers under way have ended" in error.message
    await stage.ask()


async def test_a_spent_minute_is_told_before_a_budget_that_is_set_aside(clock: FakeClock) -> None:
    """The budget may be back sooner."""
    stage = Stage(clock, tokens_per_day=100, requests_per_minute=1)
    _, first = stage.open()
    async with first:
        error = await stage.refused()
    assert "may make 1 requests a minute" in error.message


async def test_what_is_back_in_a_minute_is_waited_for(clock: FakeClock) -> None:
    """No answer is cut to a few words for it; what never fits into a minute has a minute's tokens."""
    stage = Stage(
        clock, [[TextDelta("a")], [Finish(FinishReason.STOP, Usage(1000, 500))]], tokens_per_minute=2000
    )
    await stage.ask()
    error = await stage.refused()
    assert type(error) is LimitReached
    assert (error.code, error.retryable) == ("rate_limit_exceeded", True)
    assert error.retry_after_s == pytest.approx(60 - clock.now() % 60)
    assert "2000 tokens a minute: 500 are left" in error.message
    small = Stage(clock, tokens_per_minute=300)
    await small.ask()
    assert 200 < (small.upstream.requests[0].allowed_tokens or 0) < 300


async def test_requests_are_counted_by_the_minute(clock: FakeClock) -> None:
    """Without a look at what they say."""
    stage = Stage(clock, requests_per_minute=2)
    for _ in range(2):
        await stage.ask(max_tokens=10**12)
    error = await stage.refused()
    assert "may make 2 requests a minute" in error.message
    assert error.retry_after_s
    await clock.advance(error.retry_after_s)
    await stage.ask()
    assert stage.told.limits == ["requests_per_minute"]


async def test_so_many_at_a_time(clock: FakeClock) -> None:
    """Whoever comes while they are under way comes again soon."""
    stage = Stage(clock, concurrency=1)
    _, first = stage.open()
    async with first:
        error = await stage.refused()
    assert (error.retry_after_s, error.retryable) == (1, True)
    assert "1 answers under way" in error.message
    await stage.ask()


async def test_of_several_reasons_the_longest_is_told(clock: FakeClock) -> None:
    """Or the caller would come back in vain."""
    stage = Stage(clock, requests_per_minute=1, tokens_per_month=60, concurrency=1)
    await stage.ask(max_tokens=10)
    assert isinstance(await stage.refused(max_tokens=10), BudgetSpent)


async def test_what_can_never_be_had_is_told_so(clock: FakeClock) -> None:
    """And is no matter of waiting."""
    stage = Stage(clock, tokens_per_minute=100)
    error = await stage.refused(messages=(Message("user", (TextPart("why? " * 100),)),))
    assert isinstance(error, LimitExceeded)
    assert (error.retryable, error.retry_after_s) == (False, None)
    assert "the key may use 100 a minute" in error.message
    assert await stage.stands() == {"tokens_per_minute": (0, 0)}


async def test_what_cost_more_than_was_set_aside_is_counted_and_told(clock: FakeClock) -> None:
    """An upstream's count is the one that is paid."""
    script = [[TextDelta("a")], [Finish(FinishReason.STOP, Usage(500, 600))]]
    stage = Stage(clock, script, tokens_per_month=10_000)
    await stage.ask(max_tokens=10)
    assert await stage.stands() == {"tokens_per_month": (1100, 0)}
    assert 1000 < stage.told.tokens < 1100


async def test_more_is_set_aside_for_an_answer_that_is_asked_for_again(clock: FakeClock) -> None:
    """As long as there is more; nobody may ask for more behind the end."""
    stage = Stage(clock, tokens_per_month=1000)
    request, answer = stage.open(max_tokens=100)
    async with answer as stream:
        more = request.journey.more
        assert more is not None
        assert await more(500)
        assert not await more(500)
        async for _ in stream:
            pass
        assert not await more(1)
    assert request.journey.more is None
    assert await stage.stands() == {"tokens_per_month": (30, 0)}


async def test_the_journey_knows_how_limits_stand(clock: FakeClock) -> None:
    """For the headers of replies, also of those that refuse."""
    stage = Stage(clock, requests_per_minute=1, concurrency=5)
    request, answer = stage.open()
    async with answer:
        assert [one.left for one in request.journey.standings] == [4, 0]
    request, answer = stage.open()
    with pytest.raises(LimitReached):
        await answer.__aenter__()
    assert [one.left for one in request.journey.standings] == [5, 0]


class Nobody:
    """Counters that do not answer."""

    def __getattr__(self, name: str) -> Any:
        async def ask(*_: object) -> None:
            raise CountersDown(name)

        return ask


async def test_where_nobody_counts_nobody_is_answered(clock: FakeClock) -> None:
    """Unless the operator has it otherwise, which is another's business."""
    nobody: Counters = Nobody()
    without = limits(clock, nobody)
    caller = Caller(name="somebody", allowance=Allowance(concurrency=1))
    with pytest.raises(LimitsUnknown):
        await without.hold(caller, Need(), Journey())
    with pytest.raises(LimitsUnknown):
        await without.standings(caller)


async def test_an_empty_allowance_limits_nothing(clock: FakeClock) -> None:
    """And asks nobody."""
    nobody: Counters = Nobody()
    without = limits(clock, nobody)
    assert await without.hold(Caller(name="somebody"), Need(), Journey()) is None
    assert await without.standings(Caller(name="somebody")) == ()


class TestSpending:
    """What is asked beside answers."""

    async def test_it_costs_what_is_told_or_what_was_counted(self, clock: FakeClock) -> None:
        """Nothing, if it fails."""
        stage = Stage(clock, tokens_per_day=1000)
        for used in (None, 7):
            async with stage.limits.spending(stage.caller, lambda: 100, Journey()) as spending:
                assert (await stage.stands())["tokens_per_day"][1] >= 110
                spending.used = used
        with pytest.raises(UpstreamError):
            async with stage.limits.spending(stage.caller, lambda: 100, Journey()):
                raise UpstreamError("no")
        assert await stage.stands() == {"tokens_per_day": (107, 0)}

    async def test_nothing_is_counted_for_whom_nothing_is_limited(self, clock: FakeClock) -> None:
        """Nor of what is limited otherwise."""

        def count() -> int:
            raise AssertionError

        async with limits(clock).spending(Caller(name="x"), count, Journey()) as spending:
            assert not spending.is_limited
        stage = Stage(clock, concurrency=1)
        async with stage.limits.spending(stage.caller, count, Journey()) as spending:
            assert spending.is_limited


class TestNeed:
    """What is set aside."""

    async def need(self, **fields: Any) -> Need:
        """Of a question."""
        asked = {"messages": (Message("user", (TextPart("why? " * 100),)),), **fields}
        return await need_of(Request(model="m", **asked), LimitOptions())

    async def test_more_than_is_counted(self) -> None:
        """By the margin, and by what a template writes around it."""
        need = await self.need()
        assert need.asked == tokens.count("why? " * 100)
        assert need.asked * 1.1 < need.aside < need.asked * 1.1 + 20
        assert need.tokens(100) > need.aside + 110
        assert need.room(need.tokens(100)) == 100

    async def test_what_is_not_text(self) -> None:
        """Pictures and documents come to something too."""
        plain = await self.need()
        seen = await self.need(messages=(Message("user", (ImagePart("data:,", "image/png"),)),))
        assert seen.aside > 1600
        read = await self.need(messages=(Message("user", (FilePart("data:" + "x" * 4000, "a/b", "n"),)),))
        assert read.aside > 1000
        assert (await self.need(tools=(Tool(name="look"),))).aside > plain.aside + 500

    @pytest.mark.parametrize("output", [1, 16, 17, 1000, 8192, 10**7])
    async def test_what_is_given_holds_what_may_be_said(self, output: int) -> None:
        """As much room as was wanted, whatever the rounding."""
        need = msgspec.structs.replace(await self.need(), answers=3)
        granted = need.tokens(output)
        assert output <= need.room(granted) <= output + 1
        assert output < 100 or need.tokens(need.room(granted - 100)) <= granted - 100


def test_limits_are_of_utcs_minutes_days_and_months() -> None:
    """By the moment at which they are asked for."""
    every = Allowance(**dict.fromkeys(Kind, 1))
    found = {limit.kind: (limit.window, limit.ends_at) for limit in limits_of(every, 1_798_761_599.9)}
    assert found == {
        Kind.CONCURRENCY: (0, 0),
        Kind.REQUESTS_PER_MINUTE: (1_798_761_540, 1_798_761_600),
        Kind.TOKENS_PER_MINUTE: (1_798_761_540, 1_798_761_600),
        Kind.TOKENS_PER_DAY: (1_798_675_200, 1_798_761_600),
        Kind.TOKENS_PER_MONTH: (1_796_083_200, 1_798_761_600),  # the last second of 2026
    }
    assert limits_of(Allowance(), 0) == ()
