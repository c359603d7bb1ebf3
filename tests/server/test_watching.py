"""What operators watch: events, the overview, metrics aside, the access log, timing."""

import asyncio
import json
from contextlib import AsyncExitStack
from typing import Any

import pytest

from akashchat.app import create_app
from akashchat.clock import SystemChance
from akashchat.server.listening import CannotListen, listen
from akashchat.server.serve import serving
from akashchat.server.watching import Watched
from akashchat.settings import Settings
from akashchat.simulator import Simulator
from akashchat.telemetry.base import Visit
from akashchat.telemetry.tracing import Tracing
from tests.support.clock import FakeClock, HastyClock
from tests.support.gateway import ONCE, running
from tests.support.http import Caller, Reply, call, calling

KEY = {"authorization": "Bearer k3y"}
CHAT = "/v1/chat/completions"


def chat(model: str = "DeepSeek-V3.2", **fields: Any) -> dict[str, Any]:
    """A question."""
    return {"model": model, "messages": [{"role": "user", "content": "Hi"}], **fields}


async def listening(caller: Caller) -> dict[str, str]:
    """Wait until it hears what happens from now on; gives the headers."""
    status, headers = await caller.head()
    assert status == 200
    await caller.until(b": listening\n\n")
    return headers


async def event(caller: Caller) -> Any:
    """The next outcome it hears of."""
    await caller.until(b"event: outcome\ndata: ")
    return json.loads(await caller.until(b"\n"))


async def test_answers_are_told_as_they_end(akash: Simulator) -> None:
    """In the words of the log, to whoever has an admin's key."""
    async with running(akash.url, HastyClock(), bearer_token="k3y") as gateway:
        async with calling("GET", f"{gateway}/admin/events", headers=KEY) as operator:
            headers = await listening(operator)
            assert headers["content-type"].startswith("text/event-stream")
            reply = await call("POST", f"{gateway}{CHAT}", chat(), {**KEY, "x-request-id": "mine"})
            told = await event(operator)
    assert (told["object"], told["event"], told["request_id"]) == ("event", "answered", "mine")
    assert told["output_tokens"] == reply.json()["usage"]["completion_tokens"]


async def test_nobody_else_hears_of_them(akash: Simulator) -> None:
    """Without the key, as little as anybody is told."""
    async with running(akash.url, bearer_token="k3y") as gateway:
        for path in ("/admin/events", "/admin/overview"):
            assert (await call("GET", f"{gateway}{path}")).status == 401


@pytest.mark.parametrize(
    "query",
    ["errors=true", "model=no-such-*", "caller=any*&errors=1", "model=no-such-model&errors=false"],
)
async def test_who_listens_chooses_what(akash: Simulator, query: str) -> None:
    """By model, caller, upstream, or failures alone."""
    async with running(akash.url, HastyClock(), **ONCE, bearer_token="k3y") as gateway:
        query = query.replace("caller=any*", "caller=bear*")
        async with calling("GET", f"{gateway}/admin/events?{query}", headers=KEY) as operator:
            await listening(operator)
            assert (await call("POST", f"{gateway}{CHAT}", chat(), KEY)).status == 200
            assert (await call("POST", f"{gateway}{CHAT}", chat("no-such-model"), KEY)).status == 404
            told = await event(operator)
    assert (told["event"], told["model"], told["error"]) == ("failed", "no-such-model", "model_not_found")


async def test_a_filter_that_is_none_is_refused(akash: Simulator) -> None:
    """And says why."""
    async with running(akash.url, bearer_token="k3y") as gateway:
        reply = await call("GET", f"{gateway}/admin/events?errors=maybe", headers=KEY)
        assert (reply.status, reply.json()["error"]["param"]) == (400, "errors")


async def test_who_listens_knows_that_the_gateway_lives(akash: Simulator, clock: FakeClock) -> None:
    """Also when nothing happens for long."""
    async with running(akash.url, clock, bearer_token="k3y") as gateway:
        async with calling("GET", f"{gateway}/admin/events", headers=KEY) as operator:
            await listening(operator)
            sign = asyncio.create_task(operator.until(b": ping\n\n"))
            while not sign.done():
                await clock.advance(5)


async def test_who_listens_does_not_hold_up_a_stop(akash: Simulator) -> None:
    """The stream ends when the gateway begins to stop, and ends well."""
    settings = Settings(
        _env_file=None, AKASH_BASE_URL=akash.url, BEARER_TOKEN="k3y", storage={"path": ":memory:"}
    )  # type: ignore[call-arg]
    sockets = listen("127.0.0.1", 0)
    url = f"http://127.0.0.1:{sockets[0].getsockname()[1]}"
    async with AsyncExitStack() as kept:
        async with serving(create_app(settings), sockets, shutdown_s=3600):
            operator = await kept.enter_async_context(calling("GET", f"{url}/admin/events", headers=KEY))
            await listening(operator)
        assert (await operator.rest()).endswith(b"0\r\n\r\n")


async def test_the_overview_says_how_all_is(akash: Simulator, clock: FakeClock) -> None:
    """Version, age, upstreams with session and quota, and what was counted since."""
    async with running(akash.url, clock, **ONCE, bearer_token="k3y") as gateway:
        before = (await call("GET", f"{gateway}/admin/overview", headers=KEY)).json()
        await call("POST", f"{gateway}{CHAT}", chat(), KEY)
        await call("POST", f"{gateway}{CHAT}", chat("no-such-model"), KEY)
        await clock.advance(90)
        told = (await call("GET", f"{gateway}/admin/overview", headers=KEY)).json()
    assert told["uptime_s"] - before["uptime_s"] == 90
    assert told["ready"]["status"] == "ready"
    session = told["upstreams"]["akash"]["session"]
    assert (session["state"], session["age_s"]) == ("held", 90)
    assert session["ends_in_s"] > 0
    assert told["upstreams"]["akash"]["quota"]["spent"] is False
    assert {name: told["totals"][name] for name in ("answered", "failed", "left")} == {
        "answered": 1, "failed": 1, "left": 0,
    }  # fmt: skip
    assert told["totals"]["output_tokens"] > 0


async def test_metrics_have_an_address_of_their_own(akash: Simulator) -> None:
    """Where no key is needed and nothing else is; the gateway's own page goes on to want one."""
    (bound,) = listen("127.0.0.1", 0)
    address = f"127.0.0.1:{bound.getsockname()[1]}"
    bound.close()
    telemetry = {"metrics_address": address}
    async with running(akash.url, HastyClock(), bearer_token="k3y", telemetry=telemetry) as gateway:
        await call("POST", f"{gateway}{CHAT}", chat(), KEY)
        told = await call("GET", f"http://{address}/metrics")
        assert (told.status, b"akashchat_answers_total{" in told.body) == (200, True)
        assert (await call("GET", f"http://{address}/v1/models")).status == 404
        assert (await call("POST", f"http://{address}/metrics")).status == 405
        assert (await call("GET", f"{gateway}/metrics")).status == 401
    with pytest.raises(OSError, match=r"refused|failed"):
        await call("GET", f"http://{address}/metrics")


async def test_an_address_that_is_taken_is_told() -> None:
    """At the start, as it is of the gateway's own."""
    (bound,) = listen("127.0.0.1", 0)
    with bound, pytest.raises(CannotListen, match="in use"):
        listen("127.0.0.1", bound.getsockname()[1])


def access(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """The lines of the access log."""
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines() if line.startswith("{")]
    return [line for line in lines if line["event"] == "access"]


async def test_every_request_is_a_line_where_that_is_wanted(
    akash: Simulator, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever was asked, and whoever refused it; with no key in it, and no query."""
    logs = {"access": True, "format": "json"}
    async with running(akash.url, HastyClock(), bearer_token="k3y", logs=logs) as gateway:
        await call("POST", f"{gateway}{CHAT}", chat(stream=True), {**KEY, "x-request-id": "one"})
        await call("GET", f"{gateway}/v1/models/DeepSeek-V3.2?key=s3cret", headers={"user-agent": "me/1"})
        await call("GET", f"{gateway}/nothing")
    lines = access(capsys)
    assert [(line["method"], line["route"], line["status"]) for line in lines] == [
        ("POST", "/v1/chat/completions", 200),
        ("GET", "/v1/models/{model_id}", 401),
        ("GET", "", 404),
    ]
    assert (lines[0]["request_id"], lines[0]["caller"]) == ("one", "bearer")
    assert (lines[1]["user_agent"], lines[1]["client"]) == ("me/1", "127.0.0.1")
    assert lines[2]["path"] == "/nothing"
    assert "s3cret" not in json.dumps(lines)
    assert "k3y" not in json.dumps(lines)


async def test_who_leaves_before_there_is_a_status_is_a_line(
    akash: Simulator, capsys: pytest.CaptureFixture[str]
) -> None:
    """Which says that there was none."""
    akash.play("stall_first_byte", times=1)
    async with running(akash.url, HastyClock(), logs={"access": True, "format": "json"}) as gateway:
        async with calling("POST", f"{gateway}{CHAT}", chat()) as caller:
            await akash.stalled()
            await caller.leave()
    (line,) = access(capsys)
    assert line["status"] is None


async def test_a_web_socket_is_one_visit() -> None:
    """From its handshake to its end, and part of the caller's trace."""
    seen: list[Visit] = []
    traces = Tracing(SystemChance(), 1.0).begin

    async def socket(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.close", "code": 1000})

    async def nothing(*_: Any) -> None:
        """Takes what is sent."""

    watched = Watched(socket, lambda scope: scope["path"], [seen.append], traces, FakeClock())
    parent = (b"traceparent", b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
    await watched(
        {"type": "websocket", "path": "/v1/responses", "scheme": "ws", "headers": [parent]}, nothing, nothing
    )
    (visit,) = seen
    assert (visit.method, visit.status, visit.scheme) == ("GET", 101, "ws")
    assert visit.trace is not None
    assert visit.trace.parent == "00f067aa0ba902b7"


def timing(reply: Reply) -> dict[str, float]:
    """``Server-Timing``, read."""
    parts = [part.strip().partition(";dur=") for part in reply.headers["server-timing"].split(",")]
    return {name: float(ms) for name, _, ms in parts}


@pytest.mark.parametrize("stream", [False, True])
async def test_an_answer_s_head_says_where_the_time_went(akash: Simulator, *, stream: bool) -> None:
    """To know what is asked, at the upstream, and in all; a queue is named where there was one."""
    async with running(akash.url) as gateway:
        told = timing(await call("POST", f"{gateway}{CHAT}", chat(stream=stream)))
    assert [*told] == ["admit", "upstream", "total"]
    assert 0 <= told["admit"] + told["upstream"] <= told["total"] + 0.2  # each is rounded


async def test_who_waited_is_told_how_long(akash: Simulator, clock: FakeClock) -> None:
    """In a queue, apart from what the upstream took."""
    akash.play("stall", times=1)
    async with running(akash.url, clock, akash={"concurrency": 1}, server={"grace_s": 3600}) as gateway:
        async with calling("POST", f"{gateway}{CHAT}", chat(stream=True)) as first:
            await akash.stalled()
            async with calling("POST", f"{gateway}{CHAT}", chat()) as second:
                while (
                    b'akashchat_waiting{upstream="akash"} 1.0'
                    not in (await call("GET", f"{gateway}/metrics")).body
                ):
                    await clock.advance(0)
                await clock.advance(2)
                await first.leave()
                _, headers = await second.head()
    assert "queue;dur=2000.0" in headers["server-timing"]
