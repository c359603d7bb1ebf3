"""Many processes that are one gateway, as its callers and its operator see it."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from akashchat.server.listening import listen
from akashchat.simulator import Simulator
from tests.support.http import Reply, call, calling
from tests.support.processes import Served, deaf, ended, serve

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looked at as Linux shows them")

ASK = {"model": "DeepSeek-V3.2", "stream": True, "messages": [{"role": "user", "content": "Hello"}]}
BOSS = {"Authorization": "Bearer boss"}


@pytest.fixture
async def akash() -> AsyncIterator[Simulator]:
    """Akash Chat, in the version of now."""
    async with Simulator() as simulator:
        yield simulator


@pytest.fixture
async def served(akash: Simulator, tmp_path: Path) -> AsyncIterator[Served]:
    """A gateway of two workers, with a key."""
    async with serve(akash.url, tmp_path, "--workers", "2", BEARER_TOKEN="boss") as served:
        yield served


async def ask(served: Served, method: str, path: str, body: Any = None) -> Reply:
    """Ask with the key, on a connection of its own: whoever is free takes it."""
    return await call(method, served.url.removesuffix("/v1") + path, body, BOSS)


async def answers(served: Served) -> float:
    """How many answers the metrics tell of."""
    return counted(await ask(served, "GET", "/metrics"))


def counted(page: Reply) -> float:
    """How many answers this page of metrics tells of."""
    rows = [row for row in page.body.decode().splitlines() if row.startswith("akashchat_answers_total")]
    return sum(float(row.rpartition(" ")[2]) for row in rows)


class Load:
    """Callers who ask without a pause, and what came of it."""

    def __init__(self, served: Served) -> None:
        self._served = served
        self._over = asyncio.Event()
        self._asked = asyncio.Condition()
        self.whole = 0
        self.cut = 0
        self.other: list[object] = []

    async def ask(self) -> None:
        """Ask until it is over."""
        while not self._over.is_set():
            try:
                reply = await ask(self._served, "POST", "/v1/chat/completions", ASK)
            except (asyncio.IncompleteReadError, ConnectionResetError):
                self.cut += 1
            except OSError as error:
                self.other.append(error)
            else:
                if reply.status != 200:
                    self.other.append(reply.body)
                elif reply.events()[-1:] == ["[DONE]"]:
                    self.whole += 1
                else:
                    self.cut += 1
            async with self._asked:
                self._asked.notify_all()

    async def more(self, count: int) -> None:
        """Wait until so many more have been answered well."""
        enough = self.whole + count
        async with self._asked:
            await self._asked.wait_for(lambda: self.whole >= enough)

    def end(self) -> None:
        """Who has an answer asks no more."""
        self._over.set()


@asynccontextmanager
async def load(served: Served, callers: int) -> AsyncIterator[Load]:
    """So many callers beside the body."""
    load = Load(served)
    async with asyncio.TaskGroup() as group:
        for _ in range(callers):
            group.create_task(load.ask())
        await load.more(2 * callers)
        yield load
        load.end()


async def test_metrics_are_those_of_all_together(served: Served) -> None:
    """Whichever worker is asked, before and behind the fall of one."""
    async with load(served, 4) as asking:
        await asking.more(20)
    whole = asking.whole
    assert [await answers(served) for _ in range(6)] == [whole] * 6
    fallen = served.workers()[0]
    os.kill(fallen, signal.SIGKILL)
    await served.logged("a worker is back")
    assert fallen not in served.workers()
    assert [await answers(served) for _ in range(6)] == [whole] * 6


async def test_metrics_have_an_address_of_their_own_that_all_share(akash: Simulator, tmp_path: Path) -> None:
    """Any worker tells there what all have counted, behind a fall too; and it is free when the gateway has ended."""
    (bound,) = listen("127.0.0.1", 0)
    address = f"127.0.0.1:{bound.getsockname()[1]}"
    bound.close()
    aside = {"BEARER_TOKEN": "boss", "AKASHCHAT_TELEMETRY_METRICS_ADDRESS": address}
    async with serve(akash.url, tmp_path, "--workers", "2", **aside) as served:
        for _ in range(4):
            assert (await ask(served, "POST", "/v1/chat/completions", ASK)).status == 200
        pages = [await call("GET", f"http://{address}/metrics") for _ in range(4)]
        assert [counted(page) for page in pages] == [4] * 4
        os.kill(served.workers()[0], signal.SIGKILL)
        await served.logged("a worker is back")
        assert counted(await call("GET", f"http://{address}/metrics")) == 4
        served.process.terminate()
        await served.process.wait()
        await deaf(f"http://{address}")


async def test_an_address_for_metrics_that_is_taken_is_told(akash: Simulator, tmp_path: Path) -> None:
    """In a line, before anything starts, by one process and by the parent of several."""
    (bound,) = listen("127.0.0.1", 0)
    taken = f"127.0.0.1:{bound.getsockname()[1]}"
    with bound:
        for workers in ("1", "2"):
            words = ("--workers", workers)
            with pytest.raises(AssertionError) as told:
                async with serve(akash.url, tmp_path, *words, AKASHCHAT_TELEMETRY_METRICS_ADDRESS=taken):
                    pass
            assert f"cannot listen on {taken}" in str(told.value)
            assert "Traceback" not in str(told.value)


async def test_who_listens_hears_of_the_answers_of_all(served: Served) -> None:
    """Whichever worker gives them, from the first on."""
    asked = [f"request-{number}" for number in range(12)]
    url = served.url.removesuffix("/v1")
    async with calling("GET", f"{url}/admin/events", headers=BOSS) as operator:
        await operator.head()
        await operator.until(b": listening\n\n")
        for name in asked:
            await call("POST", f"{url}/v1/chat/completions", ASK, {**BOSS, "x-request-id": name})
        told = set()
        for _ in asked:
            await operator.until(b"event: outcome\ndata: ")
            told.add(json.loads(await operator.until(b"\n"))["request_id"])
    assert told == set(asked)


async def test_a_worker_that_is_killed_costs_its_own_answers_alone(served: Served) -> None:
    """The others take new callers at once, nobody is refused, and it is soon back."""
    callers = 6
    async with load(served, callers) as asking:
        for times in (1, 2):
            os.kill(served.workers()[0], signal.SIGKILL)
            fell = await served.logged("a worker fell", times)
            await served.logged("a worker is back", times)
            assert fell["code"] == -signal.SIGKILL
            await asking.more(callers)
    assert asking.other == []
    assert asking.cut <= 2 * callers


async def test_settings_change_under_load_without_a_failed_answer(served: Served, tmp_path: Path) -> None:
    """By an admin's request or by a signal; from the reply on every worker has them."""
    file = tmp_path / "akashchat.toml"
    async with load(served, 6) as asking:
        for number in range(1, 4):
            file.write_text(f'[models]\naliases = {{ "name-{number}" = "DeepSeek-V3.2" }}\n', "utf-8")
            reply = await ask(served, "POST", "/admin/settings/reload")
            assert reply.json()["changed"] == ["AKASHCHAT_MODELS_ALIASES"]
            for _ in range(8):
                assert (await ask(served, "GET", f"/v1/models/name-{number}")).status == 200
            await asking.more(6)
        file.write_text("strict = true\n", "utf-8")
        served.process.send_signal(signal.SIGHUP)
        assert (await served.logged("settings read again", 4))["changed"] == [
            "AKASHCHAT_STRICT",
            "AKASHCHAT_MODELS_ALIASES",
        ]
        await asking.more(6)
    assert (asking.cut, asking.other) == (0, [])


async def test_bad_settings_change_nothing(served: Served, tmp_path: Path) -> None:
    """They are refused as a whole, with all that is wrong; a worker that starts then has the old ones, too."""
    file = tmp_path / "akashchat.toml"
    file.write_text('compat = "akashchat-api-go"\nstrict = "perhaps"\n[server]\npace = 1\n', "utf-8")
    reply = await ask(served, "POST", "/admin/settings/reload")
    assert (reply.status, reply.json()["error"]["code"]) == (400, "settings_refused")
    assert "AKASHCHAT_STRICT" in reply.json()["error"]["message"]
    assert "AKASHCHAT_SERVER_PACE" in reply.json()["error"]["message"]
    served.process.send_signal(signal.SIGHUP)
    await served.logged("settings refused", 2)
    os.kill(served.workers()[0], signal.SIGKILL)
    await served.logged("a worker is back")
    for _ in range(6):
        told = {one["variable"]: one for one in (await ask(served, "GET", "/admin/settings")).json()["data"]}
        assert (told["AKASHCHAT_COMPAT"]["value"], told["AKASHCHAT_COMPAT"]["origin"]) == ("", "default")


async def test_a_worker_that_starts_later_has_the_settings_of_the_others(
    served: Served, tmp_path: Path
) -> None:
    """Those that were read, and not what the file has come to say since."""
    file = tmp_path / "akashchat.toml"
    file.write_text('[models]\naliases = { "mine" = "DeepSeek-V3.2" }\n[server]\nworkers = 3\n', "utf-8")
    await ask(served, "POST", "/admin/settings/reload")
    file.write_text("strict = 7\n", "utf-8")
    for number in (1, 2):
        os.kill(served.workers()[0], signal.SIGKILL)
        await served.logged("a worker is back", number)
    for _ in range(6):
        assert (await ask(served, "GET", "/v1/models/mine")).status == 200


@pytest.mark.parametrize("killed", [False, True])
async def test_the_workers_end_with_their_parent(served: Served, akash: Simulator, *, killed: bool) -> None:
    """Told to stop or killed: nobody listens any more, and answers that run come to their end."""
    workers = served.workers()
    akash.play("stall")
    async with calling("POST", f"{served.url}/chat/completions", ASK, BOSS) as caller:
        await akash.stalled()
        await caller.head()
        served.process.send_signal(signal.SIGKILL if killed else signal.SIGTERM)
        await deaf(served.url)
        akash.resume()
        assert b"[DONE]" in await caller.rest()
    for pid in workers:
        await ended(pid)
    assert await served.process.wait() == -(signal.SIGKILL if killed else signal.SIGTERM)


async def test_one_worker_is_one_process(akash: Simulator, tmp_path: Path) -> None:
    """Nothing is started beside it; it takes new settings by the same signal."""
    async with serve(akash.url, tmp_path) as served:
        assert served.workers() == []
        (tmp_path / "akashchat.toml").write_text("strict = true\n[server]\nworkers = 2\n", "utf-8")
        served.process.send_signal(signal.SIGHUP)
        line = await served.logged("settings read again")
        assert (line["changed"], line["waiting"]) == (["AKASHCHAT_STRICT"], ["AKASHCHAT_SERVER_WORKERS"])


@pytest.mark.parametrize("workers", [1, 2])
async def test_the_log_follows_the_settings(akash: Simulator, tmp_path: Path, workers: int) -> None:
    """What is told of answers, and what is told beside them, also by who has told something before."""
    settings = tmp_path / "akashchat.toml"
    settings.write_text("logs.level = 'error'\n", "utf-8")
    async with serve(akash.url, tmp_path, "--workers", str(workers)) as served:
        settings.write_text("logs.level = 'loud'\n", "utf-8")
        served.process.send_signal(signal.SIGHUP)
        await served.logged("settings refused")
        settings.write_text("logs.level = 'info'\n", "utf-8")
        served.process.send_signal(signal.SIGHUP)
        assert (await served.logged("settings read again"))["changed"] == ["AKASHCHAT_LOGS_LEVEL"]
        assert (await ask(served, "POST", "/v1/chat/completions", ASK)).status == 200
        assert (await served.logged("answered"))["model"] == ASK["model"]
