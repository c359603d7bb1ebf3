"""What callers notice of the policies before an upstream."""

import asyncio
from typing import Any

import pytest

from akashchat.simulator import Simulator
from tests.support.clock import FakeClock, HastyClock
from tests.support.gateway import running
from tests.support.http import call, calling


def chat(text: str = "Hi", *, stream: bool = False) -> dict[str, Any]:
    """A question."""
    return {"model": "DeepSeek-V3.2", "messages": [{"role": "user", "content": text}], "stream": stream}


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    "scenario",
    [
        "error_server",
        "error_busy",
        "drop_before_headers",
        "cut_first",
        "unavailable_503",
        "bad_gateway_502",
        "server_500",
    ],
)
async def test_a_failure_that_passes_is_not_noticed(akash: Simulator, scenario: str, *, stream: bool) -> None:
    """Akash is asked once more, and the caller has an answer."""
    akash.play(scenario, times=1)
    async with running(akash.url, HastyClock(), akash={"retries": 1}) as gateway:
        reply = await call("POST", f"{gateway}/v1/chat/completions", chat(stream=stream))
        assert reply.status == 200
        assert b'"finish_reason":"stop"' in reply.body
    assert sum(one.path == "/api/chat/" for one in akash.requests) == 2


async def test_a_model_that_keeps_failing_is_left_alone(akash: Simulator) -> None:
    """Its callers are told at once, and when to come back; other models go on."""
    akash.play("error_server", times=2)
    async with running(akash.url, HastyClock(), policies={"breaker_failures": 2}) as gateway:
        for _ in range(2):
            assert (await call("POST", f"{gateway}/v1/chat/completions", chat())).status == 502
        reply = await call("POST", f"{gateway}/v1/chat/completions", chat())
        assert (reply.status, reply.headers["retry-after"]) == (503, "5")
        assert reply.json()["error"]["code"] == "upstream_circuit_open"
        other = {**chat(), "model": "Meta-Llama-3-3-70B-Instruct"}
        assert (await call("POST", f"{gateway}/v1/chat/completions", other)).status == 200
    assert sum(one.path == "/api/chat/" for one in akash.requests) == 3


async def test_who_waits_for_a_turn_is_told_how_many_are_before_him(
    akash: Simulator, clock: FakeClock
) -> None:
    """In comments, from the moment when the stream begins without an answer; and who is too many is refused."""
    akash.play("stall", times=1)
    path = "/v1/chat/completions"
    async with running(akash.url, clock, akash={"concurrency": 1, "waiting": 1}) as gateway:
        async with calling("POST", f"{gateway}{path}", chat("first", stream=True)) as first:
            await akash.stalled()
            async with calling("POST", f"{gateway}{path}", chat("second", stream=True)) as second:
                while not second.answered:
                    await asyncio.sleep(0)
                    await clock.advance(0.5)
                assert (await second.head())[0] == 200
                await second.until(b": waiting: 0 before you\n")
                refused = await call("POST", f"{gateway}{path}", chat("third"))
                assert (refused.status, refused.json()["error"]["code"]) == (429, "queue_full")
                await first.leave()
                assert b'"finish_reason":"stop"' in await second.rest()


async def test_a_first_word_has_its_time(akash: Simulator, clock: FakeClock) -> None:
    """However short the operator makes it."""
    akash.play("stall_first_byte", times=None)
    options = {"first_token_timeout_s": 3.0}
    async with running(akash.url, clock, akash=options) as gateway:
        asking = asyncio.create_task(call("POST", f"{gateway}/v1/chat/completions", chat()))
        await akash.stalled()
        await clock.advance(4)
        reply = await asking
        assert (reply.status, reply.json()["error"]["code"]) == (504, "upstream_timeout")
        await akash.left()


async def test_operators_see_what_is_left_alone_and_who_waits(akash: Simulator) -> None:
    """In ``/health/ready`` by upstream and model, and as gauges."""
    akash.play("server_500", times=None)
    options = {"akash": {"retries": 0, "concurrency": 1}, "policies": {"breaker_failures": 2}}
    async with running(akash.url, **options) as gateway:
        for _ in range(3):
            await call("POST", f"{gateway}/v1/chat/completions", chat())
        ready = (await call("GET", f"{gateway}/health/ready")).json()["upstreams"]["akash"]
        metrics = (await call("GET", f"{gateway}/metrics")).body.decode()
    circuit = ready["circuits"]["DeepSeek-V3.2"]
    assert (circuit["state"], circuit["failures"], circuit["error"]) == ("open", 2, "upstream_error")
    assert circuit["retry_after_s"] > 0
    assert ready["waiting"] == 0
    assert 'akashchat_circuit_open{model="DeepSeek-V3.2",upstream="akash"} 1.0' in metrics
    assert 'akashchat_waiting{upstream="akash"} 0.0' in metrics
