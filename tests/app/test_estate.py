"""Other settings while the gateway runs: who was there stays, who comes finds the new, and little is lost."""

import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import websockets

from akashchat.app import create_app
from akashchat.app.estate import Estate
from akashchat.app.ground import Ground
from akashchat.clock import Clock
from akashchat.server.siblings import Alone
from akashchat.settings import BadSettings, Settings, options
from akashchat.simulator import Simulator
from tests.support.clock import CountingChance, FakeClock, HastyClock
from tests.support.gateway import served
from tests.support.http import Reply, call, calling

ASK = {"model": "DeepSeek-V3.2", "stream": True, "messages": [{"role": "user", "content": "Hello"}]}
ALIASED = {"models": {"aliases": {"mine": "DeepSeek-V3.2"}}}


@pytest.fixture
async def akash() -> AsyncIterator[Simulator]:
    """Akash Chat, in the version of now."""
    async with Simulator() as simulator:
        yield simulator


class Place:
    """A gateway, and what its settings say when they are read again."""

    def __init__(self, akash: Simulator, clock: Clock) -> None:
        self._akash = akash
        self.wanted: Callable[[], Settings] = self.settings
        self.estate: Estate = create_app(self.settings(), clock=clock, read=self._read)
        self.url = ""

    def _read(self) -> Settings:
        return self.wanted()

    def settings(self, **given: Any) -> Settings:
        """Settings for tests, but for these."""
        calm: dict[str, Any] = {"storage": {"path": ":memory:"}, "bearer_token": "boss"}
        akash = {"retries": 0, **given.pop("akash", {})}
        return Settings(_env_file=None, AKASH_BASE_URL=self._akash.url, akash=akash, **calm, **given)

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Reply:
        """Ask with the key."""
        return await call(method, self.url + path, body, {"Authorization": "Bearer boss", **headers})

    async def change(self, **given: Any) -> Reply:
        """Have these settings from now on."""
        self.wanted = lambda: self.settings(**given)
        return await self.ask("POST", "/admin/settings/reload")


@asynccontextmanager
async def place(akash: Simulator, clock: Clock | None = None) -> AsyncIterator[Place]:
    """A gateway before it."""
    place = Place(akash, clock or HastyClock())
    async with served(place.estate) as place.url:
        yield place


@pytest.fixture
async def gateway(akash: Simulator) -> AsyncIterator[Place]:
    """A gateway whose settings may change."""
    async with place(akash) as gateway:
        yield gateway


BOSS = {"Authorization": "Bearer boss"}


async def test_who_was_there_stays_until_the_answer_is_over(gateway: Place, akash: Simulator) -> None:
    """In the meantime others ask by the new settings."""
    akash.play("stall")
    async with calling("POST", f"{gateway.url}/v1/chat/completions", ASK, BOSS) as caller:
        await akash.stalled()
        await caller.head()
        reply = await gateway.change(**ALIASED)
        assert reply.json() == {
            "object": "settings.reload",
            "changed": ["AKASHCHAT_MODELS_ALIASES"],
            "waiting": [],
        }
        assert (await gateway.ask("POST", "/v1/chat/completions", {**ASK, "model": "mine"})).status == 200
        akash.resume()
        assert b"[DONE]" in await caller.until(b"\r\n0\r\n\r\n")


async def test_nobody_stays_for_longer_than_an_answer_may_take(akash: Simulator) -> None:
    """Then the end is told, as at a stop."""
    clock = FakeClock()
    async with place(akash, clock) as gateway:
        gateway.estate.house._patience_s = 100
        akash.play("stall")
        async with calling("POST", f"{gateway.url}/v1/chat/completions", ASK, BOSS) as caller:
            await akash.stalled()
            await caller.head()
            await gateway.change(**ALIASED)
            await clock.advance(100)
            assert b'"code":"gateway_stopping"' in await caller.until(b"\r\n0\r\n\r\n")


async def test_an_upstream_whose_settings_stay_keeps_what_it_knows(gateway: Place, akash: Simulator) -> None:
    """Its session above all, which is the place's and not the settings': one that is made anew finds it, too."""

    def sessions() -> int:
        return sum(one.path.startswith("/api/auth/session") for one in akash.requests)

    for number, changed in enumerate(({}, ALIASED, {"strict": True})):
        if number:
            assert (await gateway.change(**changed)).status == 200
        assert (await gateway.ask("POST", "/v1/chat/completions", ASK)).status == 200
        assert sessions() == 1
    await gateway.change(akash={"user_agent": "another/1"})
    assert (await gateway.ask("POST", "/v1/chat/completions", ASK)).status == 200
    assert sessions() == 1
    assert akash.chats[-1].headers["user-agent"] == "another/1"


async def test_an_answer_that_was_given_is_given_again(gateway: Place, akash: Simulator) -> None:
    """Also under other settings: nobody pays twice for one key."""
    first = await gateway.ask("POST", "/v1/chat/completions", ASK, **{"Idempotency-Key": "one"})
    await gateway.change(**ALIASED)
    again = await gateway.ask("POST", "/v1/chat/completions", ASK, **{"Idempotency-Key": "one"})
    assert again.body == first.body
    assert len(akash.chats) == 1


async def test_a_websocket_gets_its_answer_and_comes_anew(gateway: Place, akash: Simulator) -> None:
    """It would else stay with the old settings for good; one that asks nothing is closed at once."""
    address = gateway.url.replace("http", "ws") + "/v1/responses"
    akash.play("stall")
    async with (
        websockets.connect(address, additional_headers=BOSS) as busy,
        websockets.connect(address, additional_headers=BOSS) as idle,
    ):
        await busy.send(json.dumps({"type": "response.create", "model": "DeepSeek-V3.2", "input": "Hello"}))
        await akash.stalled()
        await gateway.change(**ALIASED)
        await idle.wait_closed()
        akash.resume()
        told = [json.loads(text)["type"] async for text in _until_closed(busy)]
    assert told[-1] == "response.completed"
    assert (idle.close_code, busy.close_code) == (1012, 1012)


async def _until_closed(socket: websockets.ClientConnection) -> AsyncIterator[str | bytes]:
    try:
        while True:
            yield await socket.recv()
    except websockets.ConnectionClosed:
        return


def _unreadable() -> Settings:
    raise BadSettings("AKASHCHAT_STRICT: must be a boolean\nAKASHCHAT_COMPAT: there is no such word")


async def test_settings_that_cannot_be_used_change_nothing(gateway: Place) -> None:
    """Neither those that cannot be read, which say why, nor those that no gateway can be made of."""
    await gateway.change(**ALIASED)
    gateway.wanted = _unreadable
    refused = await gateway.ask("POST", "/admin/settings/reload")
    assert (refused.status, refused.json()["error"]["code"]) == (400, "settings_refused")
    assert "AKASHCHAT_STRICT: must be a boolean; AKASHCHAT_COMPAT" in refused.json()["error"]["message"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("akashchat.app.house.front", None)
        assert (await gateway.change(strict=True, ledger={"retention_days": 1})).status == 400
    assert gateway.estate._ground.ledger.options.retention_days == 90
    assert (await gateway.ask("GET", "/v1/models/mine")).status == 200
    assert (await gateway.ask("POST", "/v1/chat/completions", ASK)).status == 200


async def test_what_only_a_start_heeds_waits_for_it(gateway: Place) -> None:
    """It is named, here and in the list, until it is as it was."""
    reply = await gateway.change(server={"workers": 3, "ping_s": 2})
    assert reply.json()["changed"] == ["AKASHCHAT_SERVER_PING_S"]
    assert reply.json()["waiting"] == ["AKASHCHAT_SERVER_WORKERS"]
    listed = (await gateway.ask("GET", "/admin/settings")).json()
    told = {one["variable"]: one["value"] for one in listed["data"]}
    assert listed["waiting"] == ["AKASHCHAT_SERVER_WORKERS"]
    assert (told["AKASHCHAT_SERVER_WORKERS"], told["AKASHCHAT_SERVER_PING_S"]) == (1, 2)
    assert told["BEARER_TOKEN"] == "********"
    assert (await gateway.change()).json()["waiting"] == []


async def test_both_are_for_admins(gateway: Place) -> None:
    """Not for whoever has no key."""
    for method, path in (("GET", "/admin/settings"), ("POST", "/admin/settings/reload")):
        assert (await call(method, gateway.url + path)).status == 401


class Watched:
    """Settings that remember what was read of them."""

    def __init__(self, values: Any, read: set[tuple[str, ...]], path: tuple[str, ...] = ()) -> None:
        self._values, self._read, self._path = values, read, path

    def __getattr__(self, name: str) -> Any:
        path = (*self._path, name)
        values = self._values
        if name not in type(values).model_fields:  # one of its methods, which reads in turn
            return getattr(type(values), name).__get__(self)
        value = getattr(values, name)
        if hasattr(type(value), "model_fields"):
            return Watched(value, self._read, path)
        self._read.add(path)
        return value


ALONE: dict[str, Any] = {"storage": {"path": ":memory:"}}
SHARED: dict[str, Any] = {"database": {"url": "postgresql://localhost:1/nobody"}}


def _read_by_the_ground(given: dict[str, Any]) -> Iterator[str]:
    read: set[tuple[str, ...]] = set()
    watched: Any = Watched(Settings(_env_file=None, **given), read)  # type: ignore[call-arg]
    Ground(watched, FakeClock(), CountingChance(), Alone())
    yield from (option.variable for option in options() if option.path in read and not option.at_start)


@pytest.mark.parametrize("given", [ALONE, SHARED], ids=["alone", "shared"])
def test_what_the_ground_is_made_of_is_marked(given: dict[str, Any]) -> None:
    """Else a change of it would be told as done, and nothing would have happened; of the log it does happen."""
    assert set(_read_by_the_ground(given)) == {"AKASHCHAT_LOGS_LEVEL", "AKASHCHAT_LOGS_FORMAT"}
