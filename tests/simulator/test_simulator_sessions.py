"""Sessions, access tokens and the gates before them."""

import hashlib
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import pytest
from raw_client import BODY, call

from akashchat.simulator import Simulator

COOKIE = re.compile(
    r"session_token=([0-9a-f]{64}); Path=/; "
    r"Expires=([A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT); "
    r"Max-Age=(\d+); Secure; HttpOnly; SameSite=strict; Partitioned"
)
SESSION = "/api/auth/session/"
REFRESH = "/api/auth/session/refresh/"


class Clock:
    """Time that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        """The time now."""
        return self.now


@pytest.mark.parametrize(("dialect", "life"), [("new", 600), ("old", 3600)])
async def test_a_session_comes_as_a_cookie_with_its_life(dialect: str, life: int) -> None:
    """The token, when it ends, and attributes that break some cookie parsers."""
    clock = Clock()
    async with Simulator(dialect=dialect, now=clock) as simulator:
        reply = await call(simulator, "GET", SESSION)
    cookie = COOKIE.fullmatch(reply.header("set-cookie"))
    assert reply.body == b'{"success":true}'
    assert cookie is not None
    assert str(life) == cookie[3]
    assert datetime.fromtimestamp(clock.now + life, UTC) == parsedate_to_datetime(cookie[2])


async def test_a_living_session_is_replaced_by_the_old_dialect_only(simulator: Simulator) -> None:
    """The new dialect sends no cookie to whoever still has one."""
    reply = await call(simulator, "GET", SESSION, token=simulator.issue_session())
    is_old = await _speaks_old(simulator)
    assert is_old == (reply.header("set-cookie") is not None)
    assert (await call(simulator, "GET", SESSION, token="0" * 64)).header("set-cookie") is not None


@pytest.mark.parametrize(
    ("headers", "fault"),
    [
        ({}, "no user agent"),
        ({"user-agent": ""}, "no user agent"),
        ({"user-agent": "x", "sec-fetch-site": "cross-site"}, "invalid fetch site"),
        ({"user-agent": "x", "sec-fetch-mode": "websocket"}, "invalid fetch mode"),
    ],
)
async def test_refuses_what_looks_unlike_a_browser(
    simulator: Simulator, headers: dict[str, str], fault: str
) -> None:
    """Session and refresh look at three headers; the refresh does not say which was wrong."""
    reply = await call(simulator, "GET", SESSION, headers=headers)
    assert (403, {"error": f"Invalid request - {fault}"}) == (reply.status, reply.json())
    reply = await call(simulator, "POST", REFRESH, headers=headers)
    assert (reply.status, reply.json()) == (403, {"error": "Invalid request"})


async def test_can_do_without_a_user_agent() -> None:
    """Clients that cannot send one may be let in."""
    async with Simulator(require_user_agent=False) as simulator:
        assert (await call(simulator, "GET", SESSION, headers={})).status == 200


async def test_a_session_ends_when_its_time_is_over() -> None:
    """Use does not prolong it, and it can end early for all."""
    clock = Clock()
    async with Simulator(now=clock, session_ttl_s=60) as simulator:
        token = simulator.issue_session()
        clock.now += 59
        assert (await call(simulator, "POST", "/api/chat/", body=BODY, token=token)).status == 200
        clock.now += 1
        assert (await call(simulator, "POST", "/api/chat/", body=BODY, token=token)).status == 403
        token = simulator.issue_session()
        simulator.forget_sessions()
        assert (await call(simulator, "POST", "/api/chat/", body=BODY, token=token)).status == 403


async def test_refreshing_renews_only_what_is_old_or_unknown() -> None:
    """A fresh session is left alone; a fourth refresh within a twentieth of the life is too many."""
    clock = Clock()
    async with Simulator(now=clock) as simulator:
        token = simulator.issue_session()
        for _ in range(3):
            clock.now += 1
            reply = await call(simulator, "POST", REFRESH, token=token)
            assert (reply.status, reply.header("set-cookie")) == (200, None)
        clock.now += 1
        assert (await call(simulator, "POST", REFRESH, token=token)).status == 429
        clock.now += 480
        reply = await call(simulator, "POST", REFRESH, token=token)
        assert COOKIE.fullmatch(reply.header("set-cookie"))
        assert (await call(simulator, "POST", "/api/chat/", body=BODY, token=token)).status == 200
        assert (await call(simulator, "POST", REFRESH, token="unknown")).header("set-cookie") is not None
        assert (await call(simulator, "POST", REFRESH)).status == 401


@pytest.mark.parametrize("dialect", ["new", "old"])
async def test_a_private_application_wants_its_access_token(dialect: str) -> None:
    """The new dialect wants the token itself, the old one its hash."""
    plain, hashed = "let me in", hashlib.sha256(b"let me in").hexdigest()
    async with Simulator(dialect=dialect, access_token=plain) as simulator:
        statuses = {
            given: (
                await call(simulator, "GET", SESSION, headers={"user-agent": "x", "authorization": given})
            ).status
            for given in ("", f"Bearer {plain}", f"Bearer {hashed}")
        }
        status = await call(simulator, "GET", "/api/auth/status/")
    assert (200 if dialect == "new" else 403) == statuses[f"Bearer {plain}"]
    assert (403 if dialect == "new" else 200) == statuses[f"Bearer {hashed}"]
    assert (statuses[""], status.json()["requiresAccessToken"]) == (403, True)


async def test_session_scenarios_give_usable_sessions(new: Simulator) -> None:
    """A proxy's cookie in front, and the token of an app without a store."""
    new.play("session_two_cookies")
    reply = await call(new, "GET", SESSION)
    first, second = [value for name, value in reply.headers if name == "set-cookie"]
    assert first.startswith("__cf_bm=")
    token = COOKIE.fullmatch(second)[1]
    assert (await call(new, "POST", "/api/chat/", body=BODY, token=token)).status == 200
    new.play("session_self_hosted")
    assert (await call(new, "GET", SESSION)).header("set-cookie").startswith("session_token=validated; ")
    assert (await call(new, "POST", "/api/chat/", body=BODY, token="validated")).status == 200


async def test_shows_whether_it_is_open(simulator: Simulator) -> None:
    """The status page needs no session."""
    status = (await call(simulator, "GET", "/api/auth/status/")).json()
    assert status["message"] == "No access token required for this application"
    assert ("authEnabled" in status) != await _speaks_old(simulator)


async def _speaks_old(simulator: Simulator) -> bool:
    return (await call(simulator, "GET", "/api/health/")).status == 500
