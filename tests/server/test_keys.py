"""Issued keys as callers meet them: the official clients read what is refused and what is not."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import openai
import pytest
from anthropic import AsyncAnthropic
from anthropic import AuthenticationError as AnthropicUnauthenticated
from anthropic import PermissionDeniedError as AnthropicDenied
from ollama import AsyncClient as Ollama
from ollama import ResponseError as OllamaError
from openai import AsyncOpenAI

from akashchat.app.ground import opened
from akashchat.clock import Clock
from akashchat.policies.keyring import Keyring, Wish
from akashchat.settings import Settings
from akashchat.simulator import Simulator
from tests.server.test_session import PAGE
from tests.support.clock import HastyClock
from tests.support.gateway import running
from tests.support.http import Reply, call
from tests.support.keyed import CHAT, Stand, Told, finish, standing, stream, text
from tests.support.keys import ring

SESAME = "sesame"
HELLO: list[Any] = [{"role": "user", "content": "Hello"}]


@pytest.fixture
async def akash() -> AsyncIterator[Simulator]:
    """Akash Chat in its newer version: keys know nothing of it."""
    async with Simulator() as simulator:
        yield simulator


@pytest.fixture
def clock() -> HastyClock:
    """The gateway's."""
    return HastyClock()


@pytest.fixture
async def gateway(akash: Simulator, clock: HastyClock) -> AsyncIterator[str]:
    """One with an operator's key."""
    async with running(akash.url, clock, BEARER_TOKEN=SESAME) as url:
        yield url


async def admin(url: str, method: str, path: str, body: Any = None, key: str = SESAME) -> Reply:
    """The operator asks."""
    return await call(method, f"{url}/admin/{path}", body, {"authorization": f"Bearer {key}"})


async def issued(url: str, **wish: Any) -> dict[str, Any]:
    """A new key, with its text."""
    reply = await admin(url, "POST", "keys", {"name": "ci", **wish})
    assert reply.status == 200, reply.body
    key: dict[str, Any] = reply.json()
    return key


@asynccontextmanager
async def client(url: str, key: str) -> AsyncIterator[AsyncOpenAI]:
    """OpenAI's own."""
    async with AsyncOpenAI(base_url=f"{url}/v1", api_key=key, max_retries=0) as client:
        yield client


@asynccontextmanager
async def ollama(url: str, key: str) -> AsyncIterator[Ollama]:
    """Ollama's own."""
    client = Ollama(host=url, headers={"authorization": f"Bearer {key}"})
    try:
        yield client
    finally:
        await client.close()


async def said(client: AsyncOpenAI, model: str = "DeepSeek-V3.2") -> str:
    """What a model answers."""
    reply = await client.chat.completions.create(model=model, messages=HELLO)
    return reply.choices[0].message.content or ""


async def test_an_issued_key_opens_the_gateway(gateway: str) -> None:
    """As the operator's own does, and no other text does."""
    key = (await issued(gateway))["key"]
    async with client(gateway, key) as good, client(gateway, SESAME) as own:
        assert await said(good)
        assert await said(own)
    for wrong in (key[:-1], f"{key}x", "ak-" + "x" * 40, "sk-1"):
        async with client(gateway, wrong) as bad:
            with pytest.raises(openai.AuthenticationError) as told:
                await said(bad)
            assert told.value.code == "invalid_api_key"
            assert wrong[9:] not in str(told.value) or len(wrong) < 9


async def test_the_key_is_told_once(gateway: str) -> None:
    """Neither the list nor the key's own page has it."""
    made = await issued(gateway, note="for the build")
    listed = await admin(gateway, "GET", "keys")
    shown = await admin(gateway, "GET", f"keys/{made['id']}")
    assert listed.json()["data"] == [shown.json()] == [{k: v for k, v in made.items() if k != "key"}]
    for reply in (listed, shown):
        assert made["key"].encode() not in reply.body
        assert reply.headers["cache-control"] == "no-store"


async def test_no_secret_gets_into_the_log(gateway: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Who issued which key does."""
    made = await issued(gateway, name="build")
    other = (await admin(gateway, "POST", f"keys/{made['id']}/rotate")).json()["key"]
    async with client(gateway, other) as good, client(gateway, made["key"]) as bad:
        await said(good)
        with pytest.raises(openai.AuthenticationError):
            await said(bad)
    out, err = capsys.readouterr()
    log = out + err
    assert f"key={made['id']}" in log
    assert "by=bearer" in log
    for secret in (made["key"], other, SESAME):
        assert secret not in log
        assert secret[9:] not in log or secret == SESAME


async def test_a_revoked_key_opens_nothing(gateway: str) -> None:
    """From the next request on; its holder is told why."""
    made = await issued(gateway)
    async with client(gateway, made["key"]) as holder:
        assert await said(holder)
        revoked = (await admin(gateway, "DELETE", f"keys/{made['id']}")).json()
        assert revoked["revoked_at"] is not None
        with pytest.raises(openai.AuthenticationError, match="was revoked"):
            await said(holder)
    assert (await admin(gateway, "GET", f"keys/{made['id']}")).json()["revoked_at"] is not None
    assert (await admin(gateway, "POST", f"keys/{made['id']}/rotate")).status == 400


async def test_a_rotated_key_has_a_new_text(gateway: str) -> None:
    """The old one opens nothing; what was kept for the key is there still."""
    made = await issued(gateway)
    async with client(gateway, made["key"]) as old:
        kept = await old.responses.create(model="DeepSeek-V3.2", input="Hello")
        again = (await admin(gateway, "POST", f"keys/{made['id']}/rotate")).json()
        assert again["id"] == made["id"]
        assert again["key"] != made["key"]
        with pytest.raises(openai.AuthenticationError):
            await old.responses.retrieve(kept.id)
    async with client(gateway, again["key"]) as new:
        assert (await new.responses.retrieve(kept.id)).id == kept.id


async def test_an_expired_key_opens_nothing(gateway: str, clock: HastyClock) -> None:
    """It ends by itself; the operator may put that off."""
    made = await issued(gateway, expires_at=clock.now() + 60)
    async with client(gateway, made["key"]) as holder:
        assert await said(holder)
        await clock.advance(60)
        with pytest.raises(openai.AuthenticationError, match="has expired"):
            await said(holder)
        await admin(gateway, "PATCH", f"keys/{made['id']}", {"expires_at": None})
        assert await said(holder)


async def test_what_one_key_keeps_no_other_finds(gateway: str) -> None:
    """Though they have the same name."""
    one, other = await issued(gateway), await issued(gateway)
    async with client(gateway, one["key"]) as mine, client(gateway, other["key"]) as theirs:
        kept = await mine.responses.create(model="DeepSeek-V3.2", input="Hello")
        assert (await mine.responses.retrieve(kept.id)).id == kept.id
        with pytest.raises(openai.NotFoundError):
            await theirs.responses.retrieve(kept.id)


class TestScope:
    """What a key opens."""

    async def test_models_that_are_not_open_are_neither_listed_nor_asked(self, gateway: str) -> None:
        """One that is not there is refused alike, so nothing is told of what there is."""
        key = (await issued(gateway, scope={"models": ["DeepSeek-*"]}))["key"]
        async with client(gateway, key) as holder, client(gateway, SESAME) as own:
            listed = [model.id async for model in holder.models.list()]
            every = [model.id async for model in own.models.list()]
            assert listed == [name for name in every if name.startswith("DeepSeek-")] != every
            assert await said(holder, listed[0])
            closed = next(name for name in every if name not in listed)
            for model in (closed, "no-such-model"):
                with pytest.raises(openai.PermissionDeniedError) as told:
                    await said(holder, model)
                assert told.value.code == "model_not_allowed"
                with pytest.raises(openai.NotFoundError):
                    await holder.models.retrieve(model)
            assert (await holder.models.retrieve(listed[0])).id == listed[0]
        tags = await call("GET", f"{gateway}/api/tags", headers={"authorization": f"Bearer {key}"})
        assert {model["name"] for model in tags.json()["models"]} == set(listed)
        told_of = await call("GET", f"{gateway}/v1/capabilities", headers={"authorization": f"Bearer {key}"})
        assert set(told_of.json()["models"]) == set(listed)

    async def test_every_dialect_tells_it_in_its_own_form(self, gateway: str) -> None:
        """A stream's status is not spent on it."""
        key = (await issued(gateway, scope={"models": ["none-*"]}))["key"]
        async with AsyncAnthropic(base_url=gateway, api_key=key, max_retries=0) as claude:
            with pytest.raises(AnthropicDenied):
                await claude.messages.create(model="DeepSeek-V3.2", max_tokens=9, messages=HELLO)
            with pytest.raises(AnthropicDenied):
                async with claude.messages.stream(model="DeepSeek-V3.2", max_tokens=9, messages=HELLO):
                    pass
        async with AsyncAnthropic(base_url=gateway, api_key=f"{key}x", max_retries=0) as claude:
            with pytest.raises(AnthropicUnauthenticated):
                await claude.messages.create(model="DeepSeek-V3.2", max_tokens=9, messages=HELLO)
        async with ollama(gateway, key) as llama:
            with pytest.raises(OllamaError) as told:
                await llama.chat("DeepSeek-V3.2", HELLO)
            assert told.value.status_code == 403
        async with client(gateway, key) as holder:
            with pytest.raises(openai.PermissionDeniedError):
                await holder.responses.create(model="DeepSeek-V3.2", input="Hello", stream=True)
            with pytest.raises(openai.PermissionDeniedError):
                await holder.images.generate(model="AkashGen", prompt="A cat")

    async def test_a_dialect_that_is_not_open_is_refused(self, gateway: str) -> None:
        """Whatever the body says."""
        key = (await issued(gateway, scope={"dialects": ["chat", "ollama_*"]}))["key"]
        async with client(gateway, key) as holder:
            assert await said(holder)
            assert [model async for model in holder.models.list()]
            for refused in (
                holder.responses.create(model="DeepSeek-V3.2", input="Hello"),
                holder.images.generate(model="AkashGen", prompt="A cat"),
                holder.completions.create(model="DeepSeek-V3.2", prompt="Hello"),
            ):
                with pytest.raises(openai.PermissionDeniedError) as told:
                    await refused
                assert told.value.code == "dialect_not_allowed"
        async with ollama(gateway, key) as llama:
            assert (await llama.chat("DeepSeek-V3.2", HELLO)).message.content
        async with AsyncAnthropic(base_url=gateway, api_key=key, max_retries=0) as claude:
            with pytest.raises(AnthropicDenied):
                await claude.messages.count_tokens(model="DeepSeek-V3.2", messages=HELLO)

    async def test_an_alias_is_opened_by_its_name_and_by_what_it_stands_for(self, akash: Simulator) -> None:
        """Either is enough, and the true name is not opened by an alias."""
        names = {"gpt-4o": "DeepSeek-V3.2", "claude-*": "DeepSeek-V3.2"}
        async with running(akash.url, HastyClock(), BEARER_TOKEN=SESAME, models={"aliases": names}) as url:
            by_name = (await issued(url, scope={"models": ["gpt-*", "claude-*"]}))["key"]
            by_model = (await issued(url, scope={"models": ["DeepSeek-V3.2"]}))["key"]
            async with client(url, by_name) as named, client(url, by_model) as true:
                assert [model.id async for model in named.models.list()] == ["gpt-4o"]
                assert (await named.models.retrieve("claude-9")).id == "claude-9"
                assert [model.id async for model in true.models.list()] == ["DeepSeek-V3.2", "gpt-4o"]
                for model in ("gpt-4o", "claude-9"):
                    assert await said(named, model)
                    assert await said(true, model)
                with pytest.raises(openai.PermissionDeniedError):
                    await said(named, "DeepSeek-V3.2")

    async def test_only_upstreams_that_are_open_are_asked(self, akash: Simulator) -> None:
        """Nor does another one stand in; what only they have is not listed."""
        async with standing() as stand, _two(akash, stand) as url:
            mine = (await issued(url, scope={"upstreams": ["mine"]}))["key"]
            akashs = (await issued(url, scope={"upstreams": ["akash"]}))["key"]
            async with client(url, mine) as holder:
                assert [model.id async for model in holder.models.list()] == ["m"]
                assert await said(holder, "m") == "Hello there"
                with pytest.raises(openai.NotFoundError) as told:
                    await said(holder, "DeepSeek-V3.2")
                assert "available are m" in str(told.value)
            async with client(url, akashs) as holder:
                reply = await holder.chat.completions.with_raw_response.create(
                    model="DeepSeek-V3.2", messages=HELLO
                )
                assert reply.headers["x-akashchat-upstream"] == "akash"
                for model in ("m", "mine/m"):
                    with pytest.raises(openai.NotFoundError):
                        await said(holder, model)

    async def test_a_model_stands_in_only_where_it_is_open_too(self, akash: Simulator) -> None:
        """The operator's fallbacks are no way around a key's scope."""
        async with standing() as stand, _two(akash, stand, {"gone": ["m"]}) as url:
            both = (await issued(url, scope={"models": ["gone", "m"]}))["key"]
            one = (await issued(url, scope={"models": ["gone"]}))["key"]
            async with client(url, both) as holder:
                assert await said(holder, "gone") == "Hello there"
            async with client(url, one) as holder:
                with pytest.raises(openai.NotFoundError):
                    await said(holder, "gone")

    async def test_what_is_passed_on_keeps_to_it_too(self, akash: Simulator) -> None:
        """Models, upstreams, and the endpoint as a dialect."""
        async with standing() as stand:
            body = b'{"object": "list", "data": [], "model": "m"}'
            stand.tell("/v1/embeddings", Told(body, media_type="application/json"))
            forwards = {"base_url": stand.url, "forwards": ["embeddings"]}
            async with running(
                akash.url, HastyClock(), BEARER_TOKEN=SESAME, upstreams={"mine": forwards}
            ) as url:
                for scope, status in (
                    ({}, 200),
                    ({"models": ["m"], "dialects": ["emb*"], "upstreams": ["mine"]}, 200),
                    ({"models": ["x"]}, 403),
                    ({"dialects": ["chat"]}, 403),
                    ({"upstreams": ["akash"]}, 404),
                ):
                    key = (await issued(url, scope=scope))["key"]
                    asked = {"model": "m", "input": "Hello"}
                    headers = {"authorization": f"Bearer {key}"}
                    assert (await call("POST", f"{url}/v1/embeddings", asked, headers)).status == status


async def test_a_revoked_key_is_refused_on_a_connection_it_opened(gateway: str) -> None:
    """A WebSocket asks for the key with every message."""
    made = await issued(gateway)
    headers = {"authorization": f"Bearer {made['key']}"}
    message = {"type": "response.create", "model": "DeepSeek-V3.2", "input": "Hello"}
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{gateway}/v1/responses", headers=headers) as socket,
    ):
        await socket.send_json(message)
        while (told := await socket.receive_json(timeout=10))["type"] != "response.completed":
            assert told["type"] != "error"
        await admin(gateway, "DELETE", f"keys/{made['id']}")
        await socket.send_json(message)
        told = await socket.receive_json(timeout=10)
        assert (told["type"], told["error"]["code"]) == ("error", "invalid_api_key")


class TestPage:
    """A person signs in with an issued key."""

    async def cookie(self, url: str, key: str) -> str:
        """What the browser keeps."""
        reply = await call("POST", f"{url}/session", {"key": key}, PAGE)
        assert reply.status == 200
        cookie = reply.headers["set-cookie"].partition(";")[0]
        assert key not in cookie
        return cookie

    async def status(self, url: str, cookie: str) -> int:
        """Whether it opens anything."""
        return (await call("GET", f"{url}/v1/models", headers={"cookie": cookie, **PAGE})).status

    async def test_it_opens_what_the_key_opens(self, gateway: str) -> None:
        """And the page is told whose it is."""
        made = await issued(gateway, scope={"models": ["DeepSeek-V3.2"]})
        cookie = await self.cookie(gateway, made["key"])
        listed = await call("GET", f"{gateway}/v1/models", headers={"cookie": cookie, **PAGE})
        assert [model["id"] for model in listed.json()["data"]] == ["DeepSeek-V3.2"]
        session = (await call("GET", f"{gateway}/session", headers={"cookie": cookie, **PAGE})).json()
        assert (session["caller"], session["key"], session["admin"]) == ("ci", made["id"], False)
        refused = await call("GET", f"{gateway}/admin/keys", headers={"cookie": cookie, **PAGE})
        assert refused.status == 403

    @pytest.mark.parametrize("end", ["revoked", "rotated", "expired"])
    async def test_it_ends_with_the_key(self, gateway: str, clock: HastyClock, end: str) -> None:
        """However that comes to its end."""
        made = await issued(gateway)
        cookie = await self.cookie(gateway, made["key"])
        assert await self.status(gateway, cookie) == 200
        path = f"keys/{made['id']}"
        if end == "revoked":
            await admin(gateway, "DELETE", path)
        elif end == "rotated":
            await admin(gateway, "POST", f"{path}/rotate")
        else:
            await admin(gateway, "PATCH", path, {"expires_at": clock.now() + 60})
            await clock.advance(60)
        assert await self.status(gateway, cookie) == 401
        session = (await call("GET", f"{gateway}/session", headers={"cookie": cookie, **PAGE})).json()
        assert session["caller"] is None

    async def test_a_key_tells_who_it_is(self, gateway: str) -> None:
        """Without a browser."""
        made = await issued(gateway, admin=True)
        told = await call("GET", f"{gateway}/session", headers={"authorization": f"Bearer {made['key']}"})
        assert (told.json()["key"], told.json()["admin"]) == (made["id"], True)
        wrong = await call("GET", f"{gateway}/session", headers={"authorization": "Bearer ak-no"})
        assert wrong.status == 401


class TestDoor:
    """Whether a key is needed."""

    async def test_it_closes_with_the_first_key(self, akash: Simulator) -> None:
        """Without ``BEARER_TOKEN``; whoever sits at this machine issues it."""
        async with running(akash.url, HastyClock()) as url:
            async with client(url, "any") as anyone:
                assert await said(anyone)
            reply = await call("POST", f"{url}/admin/keys", {"name": "boss", "admin": True})
            key = reply.json()["key"]
            async with client(url, "any") as anyone:
                with pytest.raises(openai.AuthenticationError):
                    await said(anyone)
            async with client(url, key) as boss:
                assert await said(boss)
            assert (await admin(url, "GET", "keys", key=key)).status == 200
            assert (await call("GET", f"{url}/admin/keys")).status == 401

    async def test_it_can_be_closed_from_the_start(self, akash: Simulator) -> None:
        """Where the operator wants no open hour."""
        async with running(akash.url, HastyClock(), keys_required=True) as url:
            for path in ("v1/models", "admin/keys", "metrics"):
                assert (await call("GET", f"{url}/{path}")).status == 401

    @pytest.mark.parametrize(
        "headers",
        [
            {"Host": "elsewhere.example"},
            {"Host": "192.0.2.1:16571"},
            {"x-forwarded-for": "192.0.2.1"},
            {"forwarded": "for=192.0.2.1"},
        ],
    )
    async def test_an_open_gateway_has_no_admins_elsewhere(
        self, akash: Simulator, headers: dict[str, str]
    ) -> None:
        """Nor behind a proxy, nor under a name that some page had lead here."""
        async with running(akash.url, HastyClock()) as url:
            reply = await call("GET", f"{url}/admin/keys", None, headers)
            assert (reply.status, reply.json()["error"]["code"]) == (403, "admin_only")
            assert "BEARER_TOKEN" in reply.json()["error"]["message"]

    async def test_nor_has_one_that_listens_for_others(self, akash: Simulator) -> None:
        """Whoever asks."""
        async with running(akash.url, HastyClock(), SERVER_ADDRESS="0.0.0.0:16571") as url:
            assert (await call("GET", f"{url}/v1/models")).status == 200
            assert (await call("GET", f"{url}/admin/keys")).status == 403

    async def test_another_page_changes_nothing(self, akash: Simulator) -> None:
        """A browser would send it, and hide only the reply."""
        async with running(akash.url, HastyClock()) as url:
            for method in ("POST", "PATCH", "DELETE"):
                reply = await call(
                    method, f"{url}/admin/keys", {"name": "x"}, {"origin": "https://elsewhere.example"}
                )
                assert (reply.status, reply.json()["error"]["code"]) == (403, "origin_not_allowed")

    async def test_pictures_shown_while_it_was_open_are_not_for_everybody_later(
        self, akash: Simulator
    ) -> None:
        """Their addresses are signed as soon as a key is needed."""
        async with running(akash.url, HastyClock()) as url:
            asked = {"model": "AkashGen", "prompt": "A cat"}
            address = (await call("POST", f"{url}/v1/images/generations", asked)).json()["data"][0]["url"]
            assert (await call("GET", address)).status == 200
            key = (await call("POST", f"{url}/admin/keys", {"name": "ci"})).json()["key"]
            assert (await call("GET", address)).status == 401
            held = {"authorization": f"Bearer {key}"}
            assert (await call("GET", address, headers=held)).status == 200
            reply = await call("POST", f"{url}/v1/images/generations", asked, held)
            assert (await call("GET", reply.json()["data"][0]["url"])).status == 200


class TestUsers:
    """Users behind one key, as Open WebUI names them."""

    NAMED = {"x-openwebui-user-email": "ann@example.org", "x-openwebui-user-id": "1"}  # noqa: RUF012

    async def kept(self, url: str, headers: dict[str, str]) -> str:
        """A response of somebody's."""
        asked = {"model": "DeepSeek-V3.2", "input": "Hello"}
        reply = await call("POST", f"{url}/v1/responses", asked, headers)
        assert reply.status == 200
        return str(reply.json()["id"])

    async def test_they_are_told_apart_where_that_is_trusted(
        self, akash: Simulator, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """In the log, and in what is kept for them."""
        trusting = {"trusted_user_headers": True}
        async with running(akash.url, HastyClock(), server=trusting, logs={"format": "json"}) as url:
            name = await self.kept(url, self.NAMED)
            address = f"{url}/v1/responses/{name}"
            assert (await call("GET", address, headers=self.NAMED)).status == 200
            for other in ({}, {"x-openwebui-user-email": "bob@example.org"}):
                assert (await call("GET", address, headers=other)).status == 404
            await self.kept(url, {"x-openwebui-user-name": "J%C3%BCrgen%0A%1B[31m"})
        lines = capsys.readouterr().err
        assert '"user":"ann@example.org"' in lines
        assert '"user":"Jürgen[31m"' in lines

    async def test_else_they_mean_nothing(self, akash: Simulator, capsys: pytest.CaptureFixture[str]) -> None:
        """Anybody can write a header."""
        async with running(akash.url, HastyClock(), logs={"format": "json"}) as url:
            name = await self.kept(url, self.NAMED)
            assert (await call("GET", f"{url}/v1/responses/{name}")).status == 200
        assert "ann@example.org" not in capsys.readouterr().err


class TestProcesses:
    """Several gateways on one database."""

    @pytest.fixture(params=["file", "postgresql"])
    def options(self, request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, Any]:
        """The settings of all."""
        kept = {"storage": {"path": str(tmp_path / "akashchat.db")}}
        if request.param == "postgresql":
            kept = {"database": {"url": request.getfixturevalue("empty_postgres")}}
        return {"BEARER_TOKEN": SESAME, **kept}

    @asynccontextmanager
    async def two(
        self, akash: Simulator, clock: Clock, options: dict[str, Any]
    ) -> AsyncIterator[tuple[str, str]]:
        """Two of them."""
        async with running(akash.url, clock, **options) as one:
            async with running(akash.url, clock, **options) as other:
                yield one, other

    async def test_what_one_issues_the_others_know(
        self, akash: Simulator, clock: HastyClock, options: dict[str, Any]
    ) -> None:
        """At once; what one ends is over with the others within two seconds."""
        async with self.two(akash, clock, options) as (one, other):
            made = await issued(one)
            async with client(other, made["key"]) as holder:
                assert await said(holder)
                await admin(one, "DELETE", f"keys/{made['id']}")
                await clock.advance(2)
                with pytest.raises(openai.AuthenticationError, match="was revoked"):
                    await self.asked_on(holder)

    async def asked_on(self, holder: AsyncOpenAI) -> None:
        """The look takes no time of the first who comes, but some."""
        for _ in range(20):
            await said(holder)

    async def test_a_key_may_be_issued_beside_the_gateway(
        self, akash: Simulator, clock: HastyClock, options: dict[str, Any]
    ) -> None:
        """As the command line does; a pass of one gateway opens the other."""
        async with self.two(akash, clock, options) as (one, other):
            database = opened(Settings(_env_file=None, **options), clock)
            keys: Keyring = ring(database, clock)
            made = await keys.issue(Wish(name="beside"))
            await database.close()
            for url in (one, other):
                async with client(url, made.text) as holder:
                    assert await said(holder)
            cookie = await TestPage().cookie(one, made.text)
            assert await TestPage().status(other, cookie) == 200


@asynccontextmanager
async def _two(akash: Simulator, stand: Stand, fallbacks: Any = None) -> AsyncIterator[str]:
    """A gateway before Akash and a server of one's own."""
    stand.tell(CHAT, stream(text("Hello there"), finish()))
    async with running(
        akash.url,
        HastyClock(),
        BEARER_TOKEN=SESAME,
        upstreams={"mine": {"base_url": stand.url}},
        models={"fallbacks": fallbacks or {}},
    ) as url:
        yield url
