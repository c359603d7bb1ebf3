"""Akash's token quota as a screenplay: a gateway, a simulator with a quota, a clock that is moved by hand."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from akashchat.simulator import Simulator
from tests.support.clock import FakeClock
from tests.support.gateway import running
from tests.support.http import Reply, call

MODEL = "Qwen/Qwen3-30B-A3B"
WINDOW_S = 14_400


def body(user: str = "", **fields: Any) -> dict[str, Any]:
    """A chat request."""
    return {"model": MODEL, "messages": [{"role": "user", "content": "Hello"}], "user": user, **fields}


async def ask(gateway: str, user: str = "", **fields: Any) -> Reply:
    """Ask in a chat."""
    return await call("POST", f"{gateway}/v1/chat/completions", body(user, **fields))


def code(reply: Reply) -> tuple[int, str | None]:
    """Status, and code of a failure."""
    return reply.status, reply.json().get("error", {}).get("code")


def looks(akash: Simulator) -> int:
    """How often Akash was asked for its word on the quota."""
    return sum(one.path == "/api/rate-limit/status/" for one in akash.requests)


async def told(gateway: str) -> dict[str, Any]:
    """What ``/health/ready`` tells of it."""
    state: dict[str, Any] = (await call("GET", f"{gateway}/health/ready")).json()["upstreams"]["akash"][
        "quota"
    ]
    return state


async def learnt(gateway: str) -> dict[str, Any]:
    """The same, once Akash has said its word."""
    while (state := await told(gateway))["left"] is None:
        pass
    return state


@asynccontextmanager
async def playing(clock: FakeClock, tokens: int | None, **akash: Any) -> AsyncIterator[tuple[Simulator, str]]:
    """A gateway before an Akash with a quota of so many tokens."""
    async with (
        Simulator(dialect="new", quota_tokens=tokens, now=clock.now) as simulator,
        running(simulator.url, clock, akash=akash) as gateway,
    ):
        yield simulator, gateway


SPENT = (429, "insufficient_quota")


# -- learnt and predicted


async def test_nothing_is_asked_while_little_is_used(clock: FakeClock) -> None:
    """There is nothing to learn yet."""
    async with playing(clock, 25_000) as (akash, gateway):
        for _ in range(5):
            assert (await ask(gateway)).status == 200
        assert looks(akash) == 0
        assert await told(gateway) == {"spent": False, "left": None, "resets_at": None}


async def test_akash_s_word_is_asked_for_beside_the_callers(clock: FakeClock) -> None:
    """The more often the less is left, and never before an answer."""
    async with playing(clock, 10_000) as (akash, gateway):
        akash.say("a", usage=(2_000, 600))
        await ask(gateway)
        state = await learnt(gateway)
        assert state["left"] == pytest.approx(0.74, abs=0.001)
        assert state["resets_at"] == pytest.approx(clock.now() + WINDOW_S, abs=2)
        for _ in range(5):
            await ask(gateway)
        assert looks(akash) == 1
        await clock.advance(601)
        await ask(gateway)
        await akash.arrived(2, path="/api/rate-limit/status/")


async def test_where_the_count_says_that_all_is_used_akash_is_asked_first(clock: FakeClock) -> None:
    """So the first request beyond the quota is not sent in vain."""
    async with playing(clock, 25_000) as (akash, gateway):
        akash.say("a", usage=(20_000, 6_000))
        await ask(gateway)
        await akash.idle()
        await clock.advance(20)
        assert code(await ask(gateway)) == SPENT
        assert len(akash.chats) == 1


async def test_a_count_that_is_wrong_costs_one_question(clock: FakeClock) -> None:
    """Akash's own word goes before it."""
    async with playing(clock, None) as (akash, gateway):
        akash.say("a", usage=(90_000, 6_000), times=3)
        for _ in range(3):
            assert (await ask(gateway)).status == 200
        assert 1 <= looks(akash) <= 3


async def test_nobody_is_refused_by_a_count_that_akash_does_not_confirm(clock: FakeClock) -> None:
    """Where there is no quota at all, callers of many tokens go on asking, whoever else asks."""
    async with playing(clock, None) as (akash, gateway):
        akash.say("a", usage=(9_000, 500), times=None)
        for round_ in range(12):
            for user in ("greedy", "modest"):
                assert (await ask(gateway, user)).status == 200, round_
            await clock.advance(3)


async def test_an_old_version_without_a_word_is_not_asked_on_and_on(clock: FakeClock) -> None:
    """It has no such page, and no quota either."""
    async with Simulator(dialect="new", now=clock.now) as akash, running(akash.url, clock) as gateway:
        akash.say("a", usage=(9_000, 0), times=None)
        akash.play("server_500", times=None, at="other")
        for _ in range(8):
            assert (await ask(gateway)).status == 200
            await clock.advance(5)
        assert looks(akash) <= 5


# -- shared


async def test_the_rest_is_kept_for_who_had_less(clock: FakeClock) -> None:
    """When little is left, whoever had a fair share waits for the next window, and others go on."""
    async with playing(clock, 10_000) as (akash, gateway):
        akash.say("a", usage=(7_000, 900))
        assert (await ask(gateway, "greedy")).status == 200
        await learnt(gateway)
        assert (await ask(gateway, "greedy")).status == 200, "alone, anybody may have all"
        assert (await ask(gateway, "modest")).status == 200
        kept = await ask(gateway, "greedy")
        assert code(kept) == SPENT
        assert "kept for callers who had less" in kept.json()["error"]["message"]
        assert 14_000 < int(kept.headers["retry-after"]) <= WINDOW_S
        assert (await ask(gateway, "modest")).status == 200
        await clock.advance(WINDOW_S)
        assert (await ask(gateway, "greedy")).status == 200


# -- waited for


async def test_who_may_wait_waits(clock: FakeClock) -> None:
    """Until the quota returns, hears about it, and then is answered."""
    async with playing(clock, 1_000, quota="wait", quota_wait_s=600) as (akash, gateway):
        await ask(gateway)
        akash.spend(1_000)
        await clock.advance(WINDOW_S - 300)
        waiting = asyncio.create_task(ask(gateway, stream=True))
        await akash.arrived(2)
        await akash.idle()
        await clock.advance(100)
        assert not waiting.done()
        await clock.advance(201)
        await akash.arrived(3)
        reply = await waiting
        assert reply.status == 200
        assert reply.events()[-1] == "[DONE]"
        comments = [comment for comment in reply.comments() if "quota" in comment]
        assert comments[0].startswith("waiting for Akash's token quota, which starts anew at ")
        assert comments[0].endswith(": 0 before you")


async def test_who_would_wait_too_long_is_told_at_once(clock: FakeClock) -> None:
    """With the true time of the quota's return."""
    async with playing(clock, 1_000, quota="wait", quota_wait_s=600) as (akash, gateway):
        await ask(gateway)
        akash.spend(1_000)
        refused = await ask(gateway)
        assert code(refused) == SPENT
        assert 14_000 < int(refused.headers["retry-after"]) <= WINDOW_S


async def test_fifty_who_wait_are_answered(clock: FakeClock) -> None:
    """With few questions to Akash for all of them, and no request beyond the quota once it is known to be spent."""
    async with playing(clock, 1_000, quota="wait", quota_wait_s=600) as (akash, gateway):
        await ask(gateway)
        akash.spend(1_000)
        await clock.advance(WINDOW_S - 100)
        first = asyncio.create_task(ask(gateway))
        await akash.arrived(2)
        await akash.idle()
        await clock.advance(0)
        asking = [first, *[asyncio.create_task(ask(gateway, f"user-{count % 5}")) for count in range(49)]]
        await clock.advance(60)
        assert len(akash.chats) == 2
        await clock.advance(41)
        assert {reply.status for reply in await asyncio.gather(*asking)} == {200}
        assert len(akash.chats) == 52
        assert looks(akash) <= 8


async def test_the_quota_may_be_back_sooner(clock: FakeClock) -> None:
    """After a change of address, or a login, nobody waits for the time that was named."""
    async with playing(clock, None, quota="wait", quota_wait_s=20_000) as (akash, gateway):
        akash.play("quota_spent")
        waiting = asyncio.create_task(ask(gateway))
        await akash.arrived(1)
        await akash.idle()
        await clock.advance(31)
        await akash.arrived(2)
        assert (await waiting).status == 200


# -- refused


async def test_who_refuses_tells_when(clock: FakeClock) -> None:
    """The status, the code and the time are the same; only nobody else is asked."""
    async with playing(clock, 1_000, quota="refuse") as (akash, gateway):
        await ask(gateway)
        akash.spend(1_000)
        refused = await ask(gateway)
        assert code(refused) == SPENT
        assert refused.headers["x-should-retry"] == "false"
        assert 14_000 < int(refused.headers["retry-after"]) <= WINDOW_S
        assert await told(gateway) == {
            "spent": True,
            "left": 0.0,
            "resets_at": pytest.approx(clock.now() + WINDOW_S, abs=2),
        }
