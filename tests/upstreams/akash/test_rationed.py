"""Waiting for the quota as a screenplay: who goes first, who leaves, and that nobody is forgotten."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akashchat.errors import QuotaExhausted, QuotaRefused, UpstreamError
from akashchat.model.events import Finish, FinishReason, TextDelta, Usage
from akashchat.model.journey import Journey
from akashchat.model.request import Message, Request, TextPart
from akashchat.simulator import Simulator
from akashchat.upstreams.akash.quota import Quota, QuotaOptions
from akashchat.upstreams.akash.rationed import Rationed
from akashchat.upstreams.akash.site import Site, SiteOptions
from akashchat.upstreams.http.client import Http, HttpOptions
from tests.support.clock import FakeClock
from tests.support.upstream import Line, Scripted

WINDOW_S = 14_400
ANSWER: list[Line] = [[TextDelta("Hi")], [Finish(FinishReason.STOP, Usage(10, 5))]]


class Stage:
    """An upstream that answers all, the quota before it, and Akash's word on that."""

    def __init__(self, akash: Simulator, quota: Quota, clock: FakeClock) -> None:
        self.akash = akash
        self.quota = quota
        self.clock = clock
        self.upstream = Scripted(ANSWER)
        self.rationed = Rationed(self.upstream, quota, clock)
        self.heard: dict[str, list[str]] = {}

    def ask(self, user: str, caller: str = "") -> asyncio.Task[None]:
        """Somebody asks, and takes the whole answer."""
        heard = self.heard.setdefault(user, [])
        journey = Journey(caller=caller, attempts=[], hear=heard.append)
        said = (Message("user", (TextPart("Hello"),)),)
        request = Request(model="m", messages=said, user=user, journey=journey)

        async def taken() -> None:
            async with self.rationed.open(request) as stream:
                async for _ in stream:
                    pass

        return asyncio.create_task(taken())

    @property
    def served(self) -> list[str]:
        """Whose requests reached the upstream, in their order."""
        return [request.user for request in self.upstream.requests]

    async def settled(self) -> None:
        """Let everybody take their place, and Akash say its word."""
        await self.clock.advance(0)
        if self.quota._looking.busy:
            await self.quota._looking.get()
        await self.clock.advance(0)

    async def pass_time(self, seconds: float) -> None:
        """Move time, and let Akash be asked and answer."""
        await self.clock.advance(seconds)
        await self.settled()


@asynccontextmanager
async def staged(clock: FakeClock, **options: object) -> AsyncIterator[Stage]:
    """A spent quota, that returns in a hundred seconds."""
    told = {"mode": "wait", "wait_s": 600.0, **options}
    async with Simulator(dialect="new", quota_tokens=1_000, now=clock.now) as akash:
        akash.spend(1_000)
        await clock.advance(WINDOW_S - 100)
        async with Http(HttpOptions(base_url=akash.url), clock) as http:
            site = Site(http, SiteOptions(base_url=akash.url, user_agent="test"))
            quota = Quota(site, clock, QuotaOptions(**told))  # type: ignore[arg-type]
            quota.spent(QuotaExhausted("spent", retry_after_s=100))
            yield Stage(akash, quota, clock)
            await quota.close()
    assert clock.sleeping == 0


async def gathered(tasks: list[asyncio.Task[None]]) -> None:
    """All are answered."""
    await asyncio.gather(*tasks)


async def test_turns_go_round(clock: FakeClock) -> None:
    """One of each caller, then the second of each, whoever came with how many."""
    async with staged(clock) as stage:
        tasks = [stage.ask(user) for user in "aaaaabc"]
        await stage.settled()
        tasks += [stage.ask(user) for user in "cd"]
        await stage.pass_time(90)
        assert stage.served == []
        await stage.pass_time(11)
        await gathered(tasks)
        assert "".join(stage.served) == "abcdacaaa"


async def test_each_hears_how_many_are_before_them(clock: FakeClock) -> None:
    """At once, and again when that has changed."""
    async with staged(clock) as stage:
        first, second, third = stage.ask("a"), stage.ask("b"), stage.ask("c")
        await stage.settled()
        assert [heard[-1].rpartition(": ")[2] for heard in stage.heard.values()] == [
            "0 before you",
            "1 before you",
            "2 before you",
        ]
        first.cancel()
        await stage.pass_time(31)
        assert stage.heard["c"][-1].endswith(": 1 before you")
        assert len(stage.heard["c"]) == 2
        await stage.pass_time(70)
        await gathered([second, third])


async def test_who_leaves_takes_nobody_along(clock: FakeClock) -> None:
    """The last one neither: then nobody asks Akash any more."""
    async with staged(clock) as stage:
        tasks = [stage.ask(user) for user in "abcab"]
        await stage.settled()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await stage.settled()
        assert clock.sleeping == 0
        later = stage.ask("d")
        await stage.pass_time(101)
        await later
        assert stage.served == ["d"]


async def test_patience_ends(clock: FakeClock) -> None:
    """Whoever would wait longer than allowed is told at once, or when it turns out."""
    async with staged(clock, wait_s=50.0) as stage:
        with pytest.raises(QuotaExhausted) as refused:
            await stage.ask("a")
        assert refused.value.retry_after_s == pytest.approx(100, abs=1)
        assert not isinstance(refused.value, QuotaRefused)
    async with staged(clock, wait_s=150.0) as stage:
        waiting = stage.ask("a")
        await stage.settled()
        stage.akash.spend(1)
        stage.quota.spent(QuotaExhausted("spent", retry_after_s=10_000))
        stage.akash.play("server_500", times=None, at="other")
        await stage.pass_time(31)
        with pytest.raises(QuotaExhausted):
            await waiting


@pytest.mark.parametrize(("mode", "kind"), [("failover", QuotaExhausted), ("refuse", QuotaRefused)])
async def test_without_waiting_it_is_told(clock: FakeClock, mode: str, kind: type[QuotaExhausted]) -> None:
    """So that another upstream is asked, or nobody."""
    async with staged(clock, mode=mode) as stage:
        with pytest.raises(QuotaExhausted) as refused:
            await stage.ask("a")
        assert type(refused.value) is kind
        assert refused.value.retry_after_s == pytest.approx(100, abs=2)
        assert stage.served == []


async def test_who_is_refused_by_akash_itself_waits_too(clock: FakeClock) -> None:
    """And keeps the place in the line."""
    async with staged(clock) as stage:
        stage.quota.resets_at = None
        stage.upstream = Scripted(QuotaExhausted("spent", retry_after_s=100), ANSWER)
        stage.rationed = Rationed(stage.upstream, stage.quota, clock)
        first = stage.ask("a")
        await stage.settled()
        second = stage.ask("b")
        await stage.pass_time(101)
        await gathered([first, second])
        assert stage.served == ["a", "a", "b"]


async def test_other_failures_pass(clock: FakeClock) -> None:
    """They are none of the quota's business."""
    async with staged(clock) as stage:
        stage.quota.resets_at = None
        stage.rationed = Rationed(Scripted(UpstreamError("no")), stage.quota, clock)
        with pytest.raises(UpstreamError, match="no"):
            await stage.ask("a")


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.booleans()), max_size=30))
def test_nobody_who_stays_is_forgotten(comers: list[tuple[str, bool]]) -> None:
    """Whoever comes, and whoever of them leaves."""

    async def play() -> None:
        clock = FakeClock()
        async with staged(clock) as stage:
            tasks = [(stage.ask(user), leaves) for user, leaves in comers]
            await stage.settled()
            for task, leaves in tasks:
                if leaves:
                    task.cancel()
            await stage.pass_time(101)
            await _within(asyncio.gather(*[task for task, leaves in tasks if not leaves]))
            assert sorted(stage.served) == sorted(user for user, leaves in comers if not leaves)

    asyncio.run(play())


async def _within(answers: Awaitable[object]) -> None:
    async with asyncio.timeout(10):
        await answers
