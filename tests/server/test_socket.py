"""Responses over a WebSocket, through the official client."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import websockets
from openai import AsyncOpenAI
from openai.types.responses import ResponseStreamEvent
from pydantic import TypeAdapter

from akashchat.simulator import Simulator
from tests.support.clock import FakeClock
from tests.support.gateway import running
from tests.support.http import call
from tests.support.responses import ENDS

MODEL = "DeepSeek-V3.2"
EVENT: TypeAdapter[ResponseStreamEvent] = TypeAdapter(ResponseStreamEvent)


@pytest.fixture
async def socket(gateway: str) -> AsyncIterator[websockets.ClientConnection]:
    """A connection."""
    async with websockets.connect(gateway.replace("http", "ws") + "/v1/responses") as socket:
        yield socket


async def ask(socket: websockets.ClientConnection, **fields: Any) -> list[dict[str, Any]]:
    """All events of one response, each valid and numbered."""
    await socket.send(json.dumps({"type": "response.create", "model": MODEL, **fields}))
    events: list[dict[str, Any]] = []
    while not events or events[-1]["type"] not in ENDS | {"error"}:
        text = await socket.recv()
        EVENT.validate_json(text)
        events.append(json.loads(text))
        assert events[-1]["sequence_number"] == len(events) - 1
    return events


async def heard(socket: websockets.ClientConnection) -> None:
    """All that comes, until the connection is closed."""
    while True:
        await socket.recv()


def said(events: list[dict[str, Any]]) -> str:
    """The text of a response."""
    return "".join(event["delta"] for event in events if event["type"] == "response.output_text.delta")


async def test_the_official_client_is_answered(gateway: str, akash: Simulator) -> None:
    """One connection, several responses, each going on from the one before."""
    async with AsyncOpenAI(base_url=f"{gateway}/v1", api_key="none") as client:
        async with client.responses.connect() as connection:
            previous: dict[str, str] = {}
            words = ("One", "Two", "Three")
            for number, word in enumerate(words):
                akash.say(word)
                await connection.send(
                    {
                        "type": "response.create",
                        "model": MODEL,
                        "input": f"Say {word}",
                        "store": False,
                        **previous,
                    }
                )
                async for event in connection:
                    if event.type in ENDS:
                        break
                assert event.type == "response.completed"
                assert event.response.output_text == word
                previous = {"previous_response_id": event.response.id}
                assert all(f"Say {before}" in str(akash.chats[-1]) for before in words[: number + 1])


async def test_events_are_those_of_a_stream(socket: websockets.ClientConnection, akash: Simulator) -> None:
    """A message each, and nothing else."""
    akash.say("Hi", " there")
    events = await ask(socket, input="Hello")
    assert said(events) == "Hi there"
    assert [event["type"] for event in events[:2]] == ["response.created", "response.in_progress"]
    assert events[-1]["response"]["output"][0]["content"][0]["text"] == "Hi there"


async def test_what_is_kept_outlives_the_connection(
    socket: websockets.ClientConnection, gateway: str, akash: Simulator
) -> None:
    """And what is not does not."""
    kept = (await ask(socket, input="Hello"))[-1]["response"]["id"]
    forgotten = (await ask(socket, input="Hello", store=False))[-1]["response"]["id"]
    assert (await call("GET", f"{gateway}/v1/responses/{kept}")).status == 200
    assert (await call("GET", f"{gateway}/v1/responses/{forgotten}")).status == 404
    assert said(await ask(socket, input="On", previous_response_id=forgotten))


async def test_a_response_may_be_prepared(socket: websockets.ClientConnection, akash: Simulator) -> None:
    """``generate: false`` asks nobody; what it said is there for the next."""
    prepared = await ask(socket, input="Remember foxes", store=False, generate=False)
    assert prepared[-1]["type"] == "response.completed"
    assert akash.chats == []
    await ask(socket, input="What?", previous_response_id=prepared[-1]["response"]["id"])
    assert "Remember foxes" in str(akash.chats[-1])


@pytest.mark.parametrize(("message", "param"), [
    ("{", None), ("[]", None), ("{}", "type"), ('{"type": "response.steer"}', "type"),
    (b"\xff\xfe", None), ('{"type": "response.create"}', "model"),
    ('{"type": "response.create", "model": "m", "input": "x", "previous_response_id": "resp_1"}',
     "previous_response_id"),
    ('{"type": "response.create", "model": "m", "input": "x", "background": true}', "background"),
])  # fmt: skip
async def test_a_bad_message_is_an_error_event(
    socket: websockets.ClientConnection, akash: Simulator, message: str | bytes, param: str | None
) -> None:
    """The connection goes on."""
    await socket.send(message)
    event = json.loads(await socket.recv())
    EVENT.validate_python(event)
    assert (event["type"], event["status"], event["param"]) == ("error", 400, param)
    assert event["error"]["message"] == event["message"]
    assert said(await ask(socket, input="Hello"))


async def test_failures_are_told(socket: websockets.ClientConnection, akash: Simulator) -> None:
    """Before the first event by an error, after it by a failed response."""
    akash.play("error_429")
    (event,) = await ask(socket, input="Hello")
    assert (event["type"], event["status"], event["code"]) == ("error", 429, "rate_limit_exceeded")


@pytest.mark.parametrize("scenario", ["error_429", "cut"])
async def test_a_failure_ends_what_is_not_kept(
    socket: websockets.ClientConnection, akash: Simulator, scenario: str
) -> None:
    """Where going on fails, before the first event or behind it, the connection forgets from where."""
    forgotten = (await ask(socket, input="Hello", store=False))[-1]["response"]["id"]
    kept = (await ask(socket, input="Hello"))[-1]["response"]["id"]
    for name in (forgotten, kept):
        akash.play(scenario)
        assert (await ask(socket, input="On", previous_response_id=name))[-1]["type"] != "response.completed"
    assert said(await ask(socket, input="On", previous_response_id=kept))
    (event,) = await ask(socket, input="On", previous_response_id=forgotten)
    assert event["code"] == "previous_response_not_found"


async def test_a_cut_answer_is_a_failed_response(
    socket: websockets.ClientConnection, akash: Simulator
) -> None:
    """With what was said until then."""
    akash.play("cut")
    assert (await ask(socket, input="Hello"))[-1]["type"] == "response.failed"


async def test_what_nobody_does_is_named(socket: websockets.ClientConnection, akash: Simulator) -> None:
    """In the first event, where there are no headers."""
    events = await ask(socket, input="Hello", truncation="auto")
    assert events[0]["x-akashchat-ignored"] == ["truncation"]


@pytest.mark.parametrize("scenario", ["stall_first_byte", "stall_after_start", "stall"])
async def test_leaving_ends_the_answer(akash: Simulator, scenario: str) -> None:
    """The upstream's connection is closed at once."""
    akash.play(scenario, times=None)
    async with running(akash.url) as url:
        async with websockets.connect(url.replace("http", "ws") + "/v1/responses") as socket:
            await socket.send(json.dumps({"type": "response.create", "model": MODEL, "input": "Hello"}))
            await akash.stalled()
        await akash.left()
        await akash.idle()


@pytest.mark.parametrize("waiting", [1, 8])
async def test_leaving_is_seen_behind_what_waits(akash: Simulator, waiting: int) -> None:
    """Also where more was sent before."""
    akash.play("stall", times=None)
    wish = json.dumps({"type": "response.create", "model": MODEL, "input": "Hello"})
    async with running(akash.url) as url:
        async with websockets.connect(url.replace("http", "ws") + "/v1/responses") as socket:
            await socket.send(wish)
            await akash.stalled()
            for _ in range(waiting):
                await socket.send(wish)
        await akash.left()
        await akash.idle()
    assert len(akash.chats) == 1


@pytest.mark.parametrize(("waiting", "size"), [(9, 1), (2, 600)])
async def test_not_too_much_waits(akash: Simulator, waiting: int, size: int) -> None:
    """Neither in number nor in bytes: who sends more is told, and what was under way ends."""
    akash.play("stall", times=None)
    wish = json.dumps({"type": "response.create", "model": MODEL, "input": "x" * size})
    async with running(akash.url, server={"max_body_bytes": 1000}) as url:
        async with websockets.connect(url.replace("http", "ws") + "/v1/responses") as socket:
            await socket.send(wish)
            await akash.stalled()
            for _ in range(waiting):
                await socket.send(wish)
            with pytest.raises(websockets.ConnectionClosedError) as caught:
                await heard(socket)
            assert caught.value.rcvd.code == 1008
        await akash.left()
        await akash.idle()


async def test_a_message_is_as_long_as_a_body_may_be(akash: Simulator) -> None:
    """And not longer."""
    async with running(akash.url, server={"max_body_bytes": 1000}) as url:
        async with websockets.connect(url.replace("http", "ws") + "/v1/responses") as socket:
            assert said(await ask(socket, input="x" * 900))
            with pytest.raises(websockets.ConnectionClosedError) as caught:
                await ask(socket, input="x" * 1000)
            assert caught.value.rcvd.code == 1009


async def test_messages_wait_their_turn(socket: websockets.ClientConnection, akash: Simulator) -> None:
    """Two wishes at once are two responses, one after the other."""
    for _ in range(3):
        await socket.send(json.dumps({"type": "response.create", "model": MODEL, "input": "Hello"}))
    ended: list[str] = []
    numbers: list[int] = []
    while len(ended) < 3:
        event = json.loads(await socket.recv())
        numbers.append(event["sequence_number"])
        if event["type"] in ENDS:
            assert numbers == list(range(len(numbers)))
            ended.append(event["response"]["id"])
            numbers.clear()
    assert len(set(ended)) == 3


async def test_a_stranger_is_refused(akash: Simulator, clock: FakeClock) -> None:
    """Without the key, from a foreign page, or where no WebSocket is."""
    async with running(akash.url, clock) as url:
        address = url.replace("http", "ws")
        for path, origin, status in (("/v1/responses", "https://evil.test", 403), ("/v1/models", None, 404)):
            with pytest.raises(websockets.InvalidStatus) as caught:
                await websockets.connect(address + path, origin=origin)
            assert caught.value.response.status_code == status
            assert b'"error"' in caught.value.response.body
    async with running(akash.url, clock, BEARER_TOKEN="secret") as url:
        address = url.replace("http", "ws") + "/v1/responses"
        with pytest.raises(websockets.InvalidStatus) as caught:
            await websockets.connect(address)
        assert caught.value.response.status_code == 401
        async with websockets.connect(
            address, additional_headers={"authorization": "Bearer secret"}
        ) as socket:
            assert said(await ask(socket, input="Hello"))
