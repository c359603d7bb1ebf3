"""The one session: asked for once, renewed ahead, replaced when refused."""

import asyncio
import hashlib

import pytest

from akashchat.simulator import Simulator
from tests.support.clock import FakeClock
from tests.support.gateway import running
from tests.support.http import Reply, call

MODEL = "DeepSeek-V3.2"


async def ask(gateway: str) -> Reply:
    """One chat."""
    body = {"model": MODEL, "messages": [{"role": "user", "content": "Hello"}]}
    return await call("POST", f"{gateway}/v1/chat/completions", body)


def issued(akash: Simulator) -> int:
    """How many sessions were asked for."""
    return sum(one.path == "/api/auth/session/" for one in akash.requests)


def cookies(akash: Simulator) -> list[str]:
    """The cookies of the chats."""
    return [one.headers.get("cookie", "") for one in akash.chats]


async def test_many_callers_share_one_session(akash: Simulator, gateway: str) -> None:
    """Fifty at once, and one request for a session."""
    replies = await asyncio.gather(*[ask(gateway) for _ in range(50)])
    assert {reply.status for reply in replies} == {200}
    assert issued(akash) == 1
    assert len(set(cookies(akash))) == 1


async def test_a_session_is_renewed_at_half_its_life(clock: FakeClock) -> None:
    """Behind the back of the caller, who goes on with the old one."""
    async with Simulator(now=clock.now, session_ttl_s=600) as akash, running(akash.url, clock) as gateway:
        await ask(gateway)
        await clock.advance(299)
        await ask(gateway)
        assert issued(akash) == 1
        await clock.advance(2)
        await ask(gateway)
        await akash.arrived(2, path="/api/auth/session/")
        await akash.idle()
        await clock.advance(0)
        await ask(gateway)
    first, second, third, fourth = cookies(akash)
    assert first == second == third != fourth


async def test_a_session_that_ended_is_not_used(clock: FakeClock) -> None:
    """After its whole life a new one is waited for, and no chat is refused."""
    async with Simulator(now=clock.now, session_ttl_s=600) as akash, running(akash.url, clock) as gateway:
        await ask(gateway)
        await clock.advance(601)
        assert (await ask(gateway)).status == 200
    assert [one.status for one in akash.chats] == [200, 200]


async def test_a_refused_session_is_replaced_once(akash: Simulator, gateway: str) -> None:
    """A session may die early; the caller does not notice."""
    await ask(gateway)
    akash.forget_sessions()
    assert (await ask(gateway)).status == 200
    assert [one.status for one in akash.chats] == [200, 403, 200]
    assert issued(akash) == 2


async def test_a_session_refused_twice_is_akash_s_trouble(akash: Simulator, gateway: str) -> None:
    """No loop: one renewal, one replay, then 503."""
    await ask(gateway)
    akash.play("session_rejected", times=None, at="chat")
    reply = await ask(gateway)
    assert (reply.status, reply.json()["error"]["code"]) == (503, "upstream_session_rejected")
    assert [one.status for one in akash.chats] == [200, 403, 403]


async def test_a_bot_check_is_not_taken_for_an_expired_session(akash: Simulator, gateway: str) -> None:
    """The same status, another meaning: no new session is asked for, and the operator is told what to do."""
    await ask(gateway)
    akash.play("bot_check", times=None, at="chat")
    reply = await ask(gateway)
    assert (reply.status, reply.json()["error"]["code"]) == (503, "upstream_bot_check")
    assert reply.headers["x-should-retry"] == "false"
    assert "AKASHCHAT_AKASH_COOKIE" in reply.json()["error"]["message"]
    assert issued(akash) == 1


async def test_a_new_session_is_asked_for_without_the_old_one(akash: Simulator, gateway: str) -> None:
    """The new app gives none to who shows one."""
    await ask(gateway)
    akash.forget_sessions()
    await ask(gateway)
    asked = [one for one in akash.requests if one.path == "/api/auth/session/"]
    assert all("cookie" not in one.headers for one in asked)


@pytest.mark.parametrize("scenario", ["session_two_cookies", "session_self_hosted"])
async def test_other_forms_of_a_session_will_do(akash: Simulator, gateway: str, scenario: str) -> None:
    """Among other cookies, or the word that self-hosted deployments give."""
    akash.play(scenario, times=None)
    assert (await ask(gateway)).status == 200


async def test_an_operator_s_cookies_go_along(akash: Simulator) -> None:
    """A bot check's clearance belongs to every request, and to the User-Agent it was given to."""
    options = {"cookie": "cf_clearance=abc; theme=dark", "user_agent": "Mozilla/5.0 (X11)"}
    async with running(akash.url, akash=options) as gateway:
        assert (await ask(gateway)).status == 200
    for one in akash.requests:
        assert one.headers["user-agent"] == "Mozilla/5.0 (X11)"
        assert one.headers["cookie"].startswith("cf_clearance=abc; theme=dark")
    assert "session_token=" in akash.chats[0].headers["cookie"]


async def test_an_operator_s_own_session_is_used_and_never_replaced(akash: Simulator) -> None:
    """And when Akash refuses it, the operator is told which setting it is."""
    cookie = f"session_token={akash.issue_session()}"
    async with running(akash.url, akash={"cookie": cookie}) as gateway:
        assert (await ask(gateway)).status == 200
        akash.forget_sessions()
        refused = await ask(gateway)
    assert issued(akash) == 0
    assert refused.status == 503
    assert "AKASHCHAT_AKASH_COOKIE" in refused.json()["error"]["message"]


@pytest.mark.parametrize("dialect", ["old", "new"])
async def test_a_private_deployment_opens_to_its_token(dialect: str) -> None:
    """The new app wants it as it is, the old one its digest; which, is found out."""
    async with Simulator(dialect=dialect, access_token="letmein") as akash:
        async with running(akash.url, akash={"access_token": "letmein"}) as gateway:
            assert (await ask(gateway)).status == 200
        async with running(akash.url) as gateway:
            closed = await ask(gateway)
    assert "AKASHCHAT_AKASH_ACCESS_TOKEN" in closed.json()["error"]["message"]
    shown = {one.headers.get("authorization") for one in akash.requests}
    digest = hashlib.sha256(b"letmein").hexdigest()
    assert f"Bearer {'letmein' if dialect == 'new' else digest}" in shown


async def test_akash_is_not_hammered_for_a_session(akash: Simulator, clock: FakeClock) -> None:
    """Refused again and again, it is asked less and less."""
    akash.play("session_500", times=None)
    async with running(akash.url, clock) as gateway:
        for _ in range(20):
            assert (await ask(gateway)).status == 502
        often = issued(akash)
        await clock.advance(60)
        akash.reset()
        assert (await ask(gateway)).status == 200
    assert often <= 3
