"""A person signs in with a key, and the page goes on with a cookie."""

from collections.abc import AsyncIterator
from http.cookies import SimpleCookie

import aiohttp
import pytest

from akashchat.policies.passes import LIFETIME_S, Passes
from akashchat.policies.signing import Secret
from akashchat.simulator import Simulator
from tests.support.clock import FakeClock
from tests.support.gateway import running
from tests.support.keys import door

KEY = "my-key"
PAGE = {"x-akashchat-page": "1", "sec-fetch-site": "same-origin"}


@pytest.fixture
async def session(akash: Simulator) -> AsyncIterator[aiohttp.ClientSession]:
    """A browser, more or less, before a gateway that needs a key."""
    async with running(akash.url, bearer_token=KEY) as url:
        jar = aiohttp.DummyCookieJar()  # what is sent is said in each test
        async with aiohttp.ClientSession(url, cookie_jar=jar) as session:
            yield session


async def sign_in(session: aiohttp.ClientSession) -> str:
    """The cookie for the key."""
    async with session.post("/session", json={"key": KEY}, headers=PAGE) as reply:
        assert reply.status == 200, await reply.text()
        return reply.headers["set-cookie"].partition(";")[0]


async def status(session: aiohttp.ClientSession, cookie: str, **headers: str) -> int:
    """What the list of models says to a cookie and these headers."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    async with session.get("/v1/models", headers={"cookie": cookie, **given}) as reply:
        return reply.status


async def test_the_cookie_stands_for_the_key(session: aiohttp.ClientSession) -> None:
    """Whoever has signed in may ask what the key may ask."""
    cookie = await sign_in(session)
    async with session.get("/session", headers={"cookie": cookie, **PAGE}) as reply:
        told = await reply.json()
    assert (told["key_needed"], told["caller"]) == (True, "bearer")
    asked = {"model": "DeepSeek-V3.2", "messages": [{"role": "user", "content": "Hello"}]}
    async with session.post(
        "/v1/chat/completions", json=asked, headers={"cookie": f"odd; =; {cookie}", **PAGE}
    ) as reply:
        assert reply.status == 200


async def test_no_script_and_no_other_site_gets_the_cookie(session: aiohttp.ClientSession) -> None:
    """It is HttpOnly and SameSite, ends by itself, and says nothing of the key."""
    async with session.post("/session", json={"key": KEY}, headers=PAGE) as reply:
        text = reply.headers["set-cookie"]
        assert reply.headers["cache-control"] == "no-store"
    (cookie,) = SimpleCookie(text).values()
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Strict", "/")
    assert int(cookie["max-age"]) == LIFETIME_S
    assert KEY not in text
    assert not cookie["secure"]


async def test_behind_tls_the_cookie_stays_there(session: aiohttp.ClientSession) -> None:
    """A proxy on this machine says that the caller came by TLS."""
    async with session.post(
        "/session", json={"key": KEY}, headers={**PAGE, "x-forwarded-proto": "https"}
    ) as reply:
        assert "; Secure" in reply.headers["set-cookie"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"sec-fetch-site": "same-origin"},
        {"x-akashchat-page": "1", "sec-fetch-site": "same-site"},
        {"x-akashchat-page": "1", "sec-fetch-site": "cross-site"},
        {"x-akashchat-page": "1", "origin": "https://elsewhere.example"},
        {"x-akashchat-page": "1", "origin": "null"},
    ],
)
async def test_another_page_cannot_use_it(session: aiohttp.ClientSession, headers: dict[str, str]) -> None:
    """The header of the page's own is needed, and the page's own origin; nor can others sign in or out."""
    cookie = await sign_in(session)
    async with session.get("/v1/models", headers={"cookie": cookie, **headers}) as reply:
        assert reply.status == 401
    async with session.post("/session", json={"key": KEY}, headers=headers) as reply:
        assert (reply.status, "set-cookie" in reply.headers) == (403, False)
    async with session.delete("/session", headers=headers) as reply:
        assert (reply.status, "set-cookie" in reply.headers) == (403, False)


async def test_older_browsers_are_known_by_their_origin(session: aiohttp.ClientSession) -> None:
    """Who sends no ``Sec-Fetch-Site`` must come from the address that is called; a post without origin does not."""
    cookie = await sign_in(session)
    own = str(session._base_url).rstrip("/")
    assert await status(session, cookie, x_akashchat_page="1", origin=own) == 200
    assert await status(session, cookie, x_akashchat_page="1") == 200
    async with session.post("/session", json={"key": KEY}, headers={"x-akashchat-page": "1"}) as reply:
        assert reply.status == 403


async def test_a_wrong_key_gets_no_cookie(session: aiohttp.ClientSession) -> None:
    """And no pass is taken for a key."""
    cookie = await sign_in(session)
    for key in ("wrong", "", cookie.partition("=")[2]):
        async with session.post("/session", json={"key": key}, headers=PAGE) as reply:
            assert (reply.status, "set-cookie" in reply.headers) == (401, False)
    async with session.post("/session", data=b"{", headers=PAGE) as reply:
        assert reply.status == 400


async def test_signing_out_takes_the_cookie_away(session: aiohttp.ClientSession) -> None:
    """The browser is told to forget it at once."""
    async with session.delete("/session", headers=PAGE) as reply:
        (cookie,) = SimpleCookie(reply.headers["set-cookie"]).values()
        assert (cookie.value, cookie["max-age"]) == ("", "0")
        assert (await reply.json())["caller"] is None


async def test_a_key_that_is_shown_goes_first(session: aiohttp.ClientSession) -> None:
    """A wrong key is refused, signed in or not."""
    cookie = await sign_in(session)
    assert await status(session, cookie, authorization="Bearer wrong", **{"x-akashchat-page": "1"}) == 401


async def test_without_a_key_there_is_nothing_to_sign_in_to(gateway: str) -> None:
    """An open gateway says so, and gives no cookie."""
    async with aiohttp.ClientSession(gateway) as session:
        async with session.get("/session") as reply:
            assert (await reply.json())["key_needed"] is False
        async with session.post("/session", json={"key": "any"}, headers=PAGE) as reply:
            assert (reply.status, "set-cookie" in reply.headers) == (200, False)


class TestPasses:
    """What the cookie holds."""

    clock = FakeClock()

    def passes(self, key: str = KEY) -> Passes:
        """Those of a gateway with this key."""
        return Passes(door(self.clock, key), Secret(key, "drawn"), self.clock.now)

    async def test_a_pass_ends(self) -> None:
        """To the second."""
        clock = FakeClock()
        passes = Passes(door(clock, KEY), Secret(KEY, "drawn"), clock.now)
        text = (await passes.issue(KEY)).text
        assert (await passes.admit(text)).name == "bearer"
        clock._now += LIFETIME_S
        assert await passes.find(text) is None

    async def test_every_changed_letter_is_noticed(self) -> None:
        """Neither its end nor its caller can be written anew."""
        passes = self.passes()
        text = (await passes.issue(KEY)).text
        for i, letter in enumerate(text):
            changed = text[:i] + ("0" if letter != "0" else "1") + text[i + 1 :]
            assert await passes.find(changed) is None

    @pytest.mark.parametrize("text", ["", ".", "a.b", "pass..", "pass.1.YQ==.é", "\ud800.\ud800", None])
    async def test_nonsense_is_no_pass(self, text: str | None) -> None:
        """Whatever a browser sends."""
        assert await self.passes().find(text) is None

    async def test_another_key_ends_all_passes(self) -> None:
        """An operator who changes the key has signed everybody out."""
        assert await self.passes("other").find((await self.passes().issue(KEY)).text) is None

    async def test_an_open_gateway_knows_no_pass(self) -> None:
        """There is no key for which it could stand."""
        assert await self.passes("").find((await self.passes().issue(KEY)).text) is None


@pytest.mark.parametrize(("headers", "admin"), [({}, True), ({"x-forwarded-for": "10.0.0.9"}, False)])
async def test_an_open_gateways_page_is_an_admins_at_this_machine(
    akash: Simulator, headers: dict[str, str], admin: bool
) -> None:
    """Where no key is needed, who sits here may see what is for admins, and who comes through a proxy may not."""
    async with running(akash.url) as url, aiohttp.ClientSession(url) as session:
        async with session.get("/session", headers=headers) as reply:
            told = await reply.json()
        async with session.get("/admin/settings", headers=headers) as reply:
            assert (told["key_needed"], told["admin"], reply.status == 200) == (False, admin, admin)
