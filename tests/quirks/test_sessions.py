"""Quirks of the way in: sessions, cookies, headers, addresses, refusals."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from akashchat.simulator import Simulator
from tests.quirks.asking import ask, asked_for, code, draw, error
from tests.support.clock import FakeClock
from tests.support.gateway import running

SESSION = "/api/auth/session/"


@pytest.fixture(params=["old", "new"])
async def ageing(request: pytest.FixtureRequest, clock: FakeClock) -> AsyncIterator[Simulator]:
    """Akash with sessions of 100 seconds, by the tests' clock."""
    async with Simulator(dialect=request.param, session_ttl_s=100, now=clock.now) as simulator:
        yield simulator


def cookies(akash: Simulator, path: str) -> list[str]:
    """The cookies sent to a path, in order; empty where there was none."""
    return [one.headers.get("cookie", "") for one in akash.requests if one.path == path]


@pytest.mark.parametrize(
    ("scenario", "told", "sessions"),
    [
        ("session_rejected", (200, None), 2),
        ("model_unavailable", (404, "model_not_found"), 1),
        ("bot_check", (503, "upstream_bot_check"), 1),
    ],
)
async def test_quirk_13_a_refusal_has_three_meanings(
    akash: Simulator, gateway: str, scenario: str, told: tuple[int, str | None], sessions: int
) -> None:
    """A lost session is renewed once; a model that is not there and a bot check are no matter of sessions."""
    assert (await ask(gateway)).status == 200
    akash.play(scenario, at="chat")
    reply = await ask(gateway)
    assert akash.chats[1].status == 403
    assert reply.status == told[0]
    if told[1]:
        assert code(reply) == told
    assert asked_for(akash, SESSION) == sessions


async def test_quirk_13b_a_session_refused_twice_is_not_the_session(akash: Simulator, gateway: str) -> None:
    """The app says the same when its own store is down: one replay, and then the caller is told."""
    akash.play("session_rejected", times=None, at="chat")
    assert code(await ask(gateway)) == (503, "upstream_session_rejected")
    assert len(akash.chats) == 2


async def test_quirk_14_a_session_lives_as_long_as_it_says(ageing: Simulator, clock: FakeClock) -> None:
    """Renewed at half its life behind the caller's back, once for all, and again when it is lost early."""
    async with running(ageing.url, clock) as gateway:
        await asyncio.gather(*[ask(gateway) for _ in range(5)])
        assert asked_for(ageing, SESSION) == 1
        await clock.advance(49)
        assert (await ask(gateway)).status == 200
        assert asked_for(ageing, SESSION) == 1
        await clock.advance(2)
        assert (await ask(gateway)).status == 200
        await ageing.arrived(2, path=SESSION)
        await ageing.idle()
        await clock.advance(48)
        assert (await ask(gateway)).status == 200
        assert asked_for(ageing, SESSION) == 2
        ageing.forget_sessions()
        replies = await asyncio.gather(*[ask(gateway) for _ in range(5)])
        assert [reply.status for reply in replies] == [200] * 5
        assert asked_for(ageing, SESSION) == 3
        await clock.advance(1000)
        assert (await ask(gateway)).status == 200


async def test_quirk_15_a_new_session_is_asked_for_without_the_old_cookie(
    ageing: Simulator, clock: FakeClock
) -> None:
    """Whoever shows a living one gets none; success without a cookie leaves the old one in place."""
    async with running(ageing.url, clock) as gateway:
        await ask(gateway)
        await clock.advance(60)
        ageing.play("session_no_cookie")
        await ask(gateway)
        await ageing.arrived(2, path=SESSION)
        await ageing.idle()
        assert (await ask(gateway)).status == 200
    assert cookies(ageing, SESSION) == ["", ""]
    assert len(set(cookies(ageing, "/api/chat/"))) == 1


async def test_quirk_16_the_cookie_is_read_by_hand(akash: Simulator, gateway: str) -> None:
    """``Partitioned``, a comma in the date, and another cookie before it: the token is found."""
    akash.play("session_two_cookies")
    assert (await ask(gateway)).status == 200
    (cookie,) = set(cookies(akash, "/api/chat/"))
    assert cookie.removeprefix("session_token=").isalnum()


async def test_quirk_17_a_secure_cookie_is_sent_over_plain_http(akash: Simulator, gateway: str) -> None:
    """Cookie jars would keep it to themselves."""
    await ask(gateway)
    assert akash.url.startswith("http://")
    assert cookies(akash, "/api/chat/")[0].startswith("session_token=")


async def test_quirk_18_a_token_need_not_be_hexadecimal(akash: Simulator, gateway: str) -> None:
    """Deployments without a store give the same word to everyone."""
    akash.play("session_self_hosted")
    assert (await ask(gateway)).status == 200
    assert cookies(akash, "/api/chat/") == ["session_token=validated"]


async def test_quirk_19_addresses_are_the_canonical_ones(akash: Simulator, gateway: str) -> None:
    """A slash at the end of all but a picture's: no request is ever redirected."""
    await ask(gateway)
    await draw(gateway, response_format="b64_json")
    assert len({one.path for one in akash.requests}) == 5
    for one in akash.requests:
        assert one.status == 200
        assert one.path.endswith("/") != one.path.startswith("/api/image/")


async def test_quirk_20_headers_are_those_that_pass(akash: Simulator, gateway: str) -> None:
    """A User-Agent always, ``Accept: */*``, no compression, and no ``Sec-Fetch-*`` that could be wrong."""
    await draw(gateway, response_format="b64_json")
    for one in akash.requests:
        assert one.headers["user-agent"]
        assert one.headers["accept"] == "*/*"
        assert one.headers["accept-encoding"] == "identity"
        assert one.headers["referer"] == f"{akash.url}/"
        assert not any(name.startswith("sec-fetch") for name in one.headers)


async def test_quirk_33_a_spent_quota_is_waited_out(clock: FakeClock) -> None:
    """The reset time is told, and Akash is not asked for answers before; the quota is per address."""
    async with (
        Simulator(dialect="new", quota_tokens=1000, now=clock.now) as akash,
        running(akash.url, clock) as gateway,
    ):
        assert (await ask(gateway)).status == 200
        akash.spend(1000)
        spent = await ask(gateway)
        assert code(spent) == (429, "insufficient_quota")
        assert 14_000 < int(spent.headers["retry-after"]) <= 14_400
        assert spent.headers["x-should-retry"] == "false"
        assert "starts anew at" in error(spent)["message"]
        asked = len(akash.chats)
        for _ in range(3):
            await clock.advance(600)
            assert code(await ask(gateway, stream=True)) == (429, "insufficient_quota")
        assert len(akash.chats) == asked
        await clock.advance(14_400)
        assert (await ask(gateway)).status == 200


async def test_the_named_end_of_a_quota_stands_without_akash_s_word(clock: FakeClock) -> None:
    """What tells of the quota may be out of reach; Akash is not asked for answers all the same."""
    async with Simulator(dialect="new", now=clock.now) as akash, running(akash.url, clock) as gateway:
        akash.play("bot_check", times=None, at="other")
        akash.play("quota_spent")
        spent = await ask(gateway)
        assert code(spent) == (429, "insufficient_quota")
        asked = len(akash.chats)
        for _ in range(3):
            await clock.advance(60)
            assert code(await ask(gateway)) == (429, "insufficient_quota")
        assert len(akash.chats) == asked
        await clock.advance(int(spent.headers["retry-after"]))
        assert (await ask(gateway)).status == 200
