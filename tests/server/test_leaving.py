"""A caller that leaves: nothing of its answer stays behind, in every phase and every dialect."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
import websockets

from akashchat.simulator import Place, Simulator
from akashchat.simulator.keyed import KeyedModel, KeyedSimulator
from tests.support.clock import FakeClock
from tests.support.gateway import running
from tests.support.http import call, calling
from tests.support.phases import (
    ASKS,
    MODEL,
    PHASES,
    TURNS,
    Phase,
    Rig,
    asked,
    held,
    outcomes,
    own_tasks,
)
from tests.upstreams.http.lines import Line, serving

CHAT = "/v1/chat/completions"


@pytest.fixture
async def akash() -> AsyncIterator[Simulator]:
    """Akash Chat, in its last version: leaving is the same in all."""
    async with Simulator() as simulator:
        yield simulator


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("path", ASKS)
@pytest.mark.parametrize("phase", PHASES, ids=lambda phase: phase.name)
async def test_leaving_lets_go_of_everything(
    akash: Simulator, clock: FakeClock, phase: Phase, path: str, *, stream: bool
) -> None:
    """The connection to Akash, the slot, the tasks; and what happened is told once."""
    async with held(phase, akash, clock, path) as rig:
        async with rig.let_go():
            async with calling("POST", rig.url + path, asked(path, stream=stream)) as caller:
                await phase.held(rig)
                await caller.leave()
        akash.resume()
        await clock.advance(60)
        assert (await call("POST", rig.url + path, asked(path, stream=stream))).status == 200


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("phase", PHASES, ids=lambda phase: phase.name)
async def test_the_last_of_several_listeners_lets_go(
    akash: Simulator, clock: FakeClock, phase: Phase, *, stream: bool
) -> None:
    """With one ``Idempotency-Key`` they wait for one answer; it goes on until none of them does."""
    key = {"Idempotency-Key": "order-66"}
    body = asked(CHAT, stream=stream)
    async with held(phase, akash, clock, CHAT) as rig:
        async with rig.let_go():
            async with calling("POST", rig.url + CHAT, body, key) as first:
                await phase.held(rig)
                async with calling("POST", rig.url + CHAT, body, key) as second:
                    await rig.read()
                    open_requests = akash.open_requests
                    await first.leave()
                    await rig.read()
                    assert (akash.open_requests, akash.departures) == (open_requests, 0)
                    await second.leave()


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("phase", PHASES, ids=lambda phase: phase.name)
async def test_a_request_behind_the_first_does_not_hide_the_leaving(
    akash: Simulator, clock: FakeClock, phase: Phase, *, stream: bool
) -> None:
    """On a connection with several requests at once all of them are given up."""
    async with held(phase, akash, clock, CHAT) as rig:
        async with rig.let_go():
            headers = {"Connection": "keep-alive"}
            async with calling("POST", rig.url + CHAT, asked(CHAT, stream=stream), headers) as caller:
                await caller.further("POST", CHAT, asked(CHAT, stream=stream))
                await phase.held(rig)
                await rig.read()
                await caller.leave()


@pytest.mark.parametrize("phase", PHASES, ids=lambda phase: phase.name)
async def test_a_socket_that_closes_lets_go_of_everything(
    akash: Simulator, clock: FakeClock, phase: Phase
) -> None:
    """As a request does."""
    async with held(phase, akash, clock, "/v1/responses") as rig, rig.let_go():
        async with websockets.connect(rig.url.replace("http", "ws") + "/v1/responses") as socket:
            await socket.send(json.dumps({"type": "response.create", **asked("/v1/responses", stream=True)}))
            await phase.held(rig)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("path", ASKS)
async def test_leaving_while_the_gateway_connects(clock: FakeClock, path: str, *, stream: bool) -> None:
    """The half-open connection is closed; here the other side accepts and never shakes hands."""

    async def silent(line: Line) -> None:
        await line.reader.read(1)
        begun.set()
        await line.left()
        gone.set()

    begun, gone = asyncio.Event(), asyncio.Event()
    async with serving(silent) as server, running(server.url.replace("http:", "https:"), clock) as url:
        tasks = own_tasks()
        async with calling("POST", url + path, asked(path, stream=stream)) as caller:
            await begun.wait()
            await caller.leave()
            async with asyncio.timeout(1):
                await gone.wait()
        assert own_tasks() <= tasks
        assert await outcomes(url) == {"left": 1}


@pytest.mark.parametrize("path", ASKS)
async def test_leaving_though_nothing_was_read(akash: Simulator, clock: FakeClock, path: str) -> None:
    """Who is slow to read and then leaves is let go of too."""
    akash.say(*["x" * 65_536] * 500)  # more than fits into everything between Akash and a caller
    async with running(akash.url, clock) as url:
        rig = Rig(akash, clock, url)
        async with rig.let_go():
            async with calling("POST", url + path, asked(path, stream=True)) as caller:
                caller.look_away()
                await akash.arrived()
                for _ in range(20):
                    await rig.read()
                await caller.leave()


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("path", ASKS)
@pytest.mark.parametrize("fault", ["stall_first_byte", "slow_first_token", "stall"])
async def test_leaving_an_upstream_by_key(
    akash: Simulator, clock: FakeClock, fault: str, path: str, *, stream: bool
) -> None:
    """Here the one that is asked when Akash fails: it is let go of as Akash is."""
    async with KeyedSimulator(models=[KeyedModel(id=MODEL)]) as keyed:
        second = {"second": {"base_url": keyed.base_url, "order": 2}}
        async with running(akash.url, clock, akash={"retries": 0}, upstreams=second) as url:
            assert (await call("POST", url + path, asked(path, stream=False))).status == 200
            async with Rig(keyed, clock, url).let_go():
                akash.play("server_500")
                keyed.play(fault)
                async with calling("POST", url + path, asked(path, stream=stream)) as caller:
                    await keyed.stalled()
                    await caller.leave()
        await akash.idle()


@pytest.mark.parametrize("at", ["models", "other"])
async def test_leaving_what_is_passed_on(clock: FakeClock, at: Place) -> None:
    """Embeddings: while it is asked who has the model, and while they are made.  They are told as answers are."""
    async with KeyedSimulator(models=[KeyedModel(id=MODEL)]) as keyed:
        akash, mine = {"enabled": False}, {"mine": {"base_url": keyed.base_url}}
        async with running("http://127.0.0.1:9", clock, akash=akash, upstreams=mine) as url:
            async with Rig(keyed, clock, url).let_go():
                keyed.play("stall_first_byte", at=at)
                body = {"model": MODEL, "input": "Hello"}
                async with calling("POST", f"{url}/v1/embeddings", body) as caller:
                    await keyed.stalled()
                    await caller.leave()


async def test_leaving_before_all_is_asked(akash: Simulator, clock: FakeClock) -> None:
    """Half a body is no request: Akash is not asked, and there is no outcome."""
    async with running(akash.url, clock) as url:
        rig = Rig(akash, clock, url)
        async with rig.let_go(told=0):
            async with calling(
                "POST", url + CHAT, raw=b'{"model": ', headers={"Content-Length": "99"}
            ) as caller:
                await rig.read()
                await caller.leave()
    assert not akash.chats


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("at", ["chat", "image_status", "image_file"])
async def test_leaving_ends_the_making_of_a_picture(
    akash: Simulator, clock: FakeClock, at: Place, *, stream: bool
) -> None:
    """While it is asked for, looked after and fetched."""
    body = {"prompt": "a fox", "stream": stream, "response_format": "b64_json"}
    async with running(akash.url, clock) as url:
        rig = Rig(akash, clock, url)
        async with rig.let_go():
            akash.play("stall_first_byte", at=at)
            async with calling("POST", f"{url}/v1/images/generations", body) as caller:
                stalled = asyncio.create_task(akash.stalled())
                while not stalled.done():
                    await clock.advance(1 if clock.sleeping else 0)
                await caller.leave()


@pytest.mark.parametrize("size", [70_000, 1_000_000])
async def test_leaving_with_a_long_conversation_closes_the_upstream(akash: Simulator, size: int) -> None:
    """A long body must not keep the gateway from seeing it."""
    akash.play("stall_first_byte", times=None)
    messages = [{"role": "user", "content": "word " * (size // 5)}]
    async with running(akash.url) as gateway:
        body = {"model": MODEL, "messages": messages}
        async with calling("POST", f"{gateway}/v1/chat/completions", body) as caller:
            if size > 500_000:  # more than the model can read: refused before Akash is asked
                assert (await caller.head())[0] == 400
            else:
                await akash.stalled()
                await caller.leave()
                await akash.left()
        await akash.idle()


async def test_leaving_ends_the_wait_for_a_picture(akash: Simulator, clock: FakeClock) -> None:
    """Nobody asks for a picture's state any more once nobody waits for it."""
    akash.play("image_never", times=None)
    async with running(akash.url, clock) as gateway:
        async with calling("POST", f"{gateway}/v1/images/generations", {"prompt": "a fox"}) as caller:
            await akash.arrived(1, path="/api/image-status/")
            while not clock.sleeping:  # the pause before the next question
                await clock.advance(0)
            await caller.leave()
            while clock.sleeping:  # goes with the caller
                await clock.advance(0)
        await clock.advance(60)
        assert sum(one.path == "/api/image-status/" for one in akash.requests) == 1


async def test_one_of_several_waiting_for_a_session_may_leave(akash: Simulator) -> None:
    """The others still get theirs."""
    akash.play("stall_session")
    body = {"model": MODEL, "messages": TURNS}
    async with running(akash.url) as gateway:
        url = f"{gateway}/v1/chat/completions"
        async with calling("POST", url, body) as first, calling("POST", url, body) as second:
            await akash.stalled()
            await first.leave()
            akash.resume()
            status, _ = await second.head()
    assert status == 200


async def test_several_answers_all_end_with_their_caller(akash: Simulator, clock: FakeClock) -> None:
    """With ``n`` as many connections close."""
    akash.play("stall", times=3)
    body = {**asked(CHAT, stream=True), "n": 3}
    async with running(akash.url, clock) as url, Rig(akash, clock, url).let_go():
        async with calling("POST", url + CHAT, body) as caller:
            await akash.stalled(3)
            await caller.leave()
            await akash.left(3)
