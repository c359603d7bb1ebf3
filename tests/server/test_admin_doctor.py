"""The doctor, asked over HTTP."""

import asyncio
import json
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from msgspec import Struct

from akashchat.app import create_app
from akashchat.server.admin.doctor import Line
from akashchat.settings import Settings
from akashchat.simulator import Simulator
from tests.support.clock import FakeClock
from tests.support.gateway import running, served
from tests.support.http import call, calling

KEY = {"authorization": "Bearer k3y"}


def events(text: str) -> list[tuple[str, Any]]:
    """The events of a stream, without its signs of life."""
    frames = [frame.split("\n") for frame in text.split("\n\n") if frame.startswith("event: ")]
    return [(name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in frames]


async def test_each_check_is_told_and_then_all_of_them(akash: Simulator) -> None:
    """What the command line tells; a picture is drawn only where it is asked for."""
    async with running(akash.url, bearer_token="k3y") as gateway:
        reply = await call("GET", f"{gateway}/admin/doctor", headers=KEY)
        drawn = await call("GET", f"{gateway}/admin/doctor?image=true", headers=KEY)
    *checks, (last, report) = events(reply.text)
    assert (last, report["ok"]) == ("doctor", True)
    assert report["checks"] == [check for _, check in checks]
    verdicts = {f"{check['subject']} {check['check']}": check["verdict"] for _, check in checks}
    assert (verdicts["akash chat"], verdicts["akash image"]) == ("ok", "skipped")
    assert [check["verdict"] for _, check in events(drawn.text) if check.get("check") == "image"] == ["ok"]


async def test_what_is_not_well_comes_with_what_to_do(akash: Simulator) -> None:
    """The report is not well either, and the status is: the look itself went well."""
    async with running(akash.url, bearer_token="k3y") as gateway:
        akash.play("session_500", times=9)
        reply = await call("GET", f"{gateway}/admin/doctor", headers=KEY)
    assert reply.status == 200
    *checks, (_, report) = events(reply.text)
    assert not report["ok"]
    assert [check["remedy"] for _, check in checks if check["verdict"] == "failed"] != []


async def test_nobody_else_may_ask_for_it(akash: Simulator) -> None:
    """It asks upstreams, so it is for admins; and what it does not know is refused."""
    async with running(akash.url, bearer_token="k3y") as gateway:
        assert (await call("GET", f"{gateway}/admin/doctor")).status == 401
        reply = await call("GET", f"{gateway}/admin/doctor?image=maybe", headers=KEY)
    assert (reply.status, reply.json()["error"]["param"]) == (400, "image")


class Found(Struct):
    """What came of a check."""

    verdict: str = "ok"


class Looks:
    """Looks that take as long as a test likes."""

    def __init__(self) -> None:
        self.going = self.most = self.left = 0
        self.go_on = asyncio.Event()

    async def __call__(self, _: Settings, image: bool) -> AsyncGenerator[Line]:
        """One check."""
        self.going += 1
        self.most = max(self.most, self.going)
        try:
            yield Found()
            await self.go_on.wait()
            yield Found()
        finally:
            self.going -= 1
            self.left += 1


@pytest.fixture
def looks() -> Looks:
    """The looks of a gateway."""
    return Looks()


async def test_looks_are_made_one_after_the_other(looks: Looks) -> None:
    """Who comes second waits, and is told that the gateway lives; who leaves lets the next one in at once."""
    clock = FakeClock()
    settings = Settings(_env_file=None, bearer_token="k3y", storage={"path": ":memory:"})  # type: ignore[arg-type, call-arg]
    async with served(create_app(settings, clock=clock, examine=looks)) as url:
        address = f"{url}/admin/doctor"
        async with calling("GET", address, headers=KEY) as second:
            async with calling("GET", address, headers=KEY) as first:
                await first.until(b"event: check\n")
                await second.head()
                while clock.waiting < 2:
                    await clock.advance(0)
                await clock.advance(15)
                await second.until(b": ping\n\n")
            await second.until(b"event: check\n")
            looks.go_on.set()
            await second.until(b"event: doctor\n")
    assert (looks.most, looks.left) == (1, 2)
