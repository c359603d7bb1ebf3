"""``Idempotency-Key``: who asks twice gets one answer, also while it is being given."""

import asyncio

import pytest

from akashchat.server.idempotency import Answered, IdempotencyOptions
from akashchat.server.recording import Recording
from akashchat.simulator import Simulator
from tests.support.clock import FakeClock
from tests.support.gateway import running
from tests.support.http import call, calling

MODEL = "DeepSeek-V3.2"
TURNS = [{"role": "user", "content": "Hello"}]
KEY = {"Idempotency-Key": "order-66"}

ASKS = {
    "/v1/chat/completions": {"model": MODEL, "messages": TURNS},
    "/v1/completions": {"model": MODEL, "prompt": "Hello"},
    "/v1/responses": {"model": MODEL, "input": "Hello"},
    "/v1/messages": {"model": MODEL, "messages": TURNS, "max_tokens": 100},
    "/api/chat": {"model": MODEL, "messages": TURNS},
    "/api/generate": {"model": MODEL, "prompt": "Hello"},
}
CHAT = "/v1/chat/completions"


def chats(akash: Simulator) -> int:
    """How many answers Akash was asked for."""
    return sum(one.path == "/api/chat/" for one in akash.requests)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("path", ASKS)
async def test_an_answer_is_given_again_byte_for_byte(akash: Simulator, path: str, *, stream: bool) -> None:
    """In every dialect, whole and streamed; Akash is asked once, and the caller is told."""
    body = {**ASKS[path], "stream": stream}
    async with running(akash.url) as url:
        first = await call("POST", url + path, body, KEY)
        again = await call("POST", url + path, body, KEY)
    assert (first.status, again.status) == (200, 200)
    assert again.body == first.body
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert chats(akash) == 1


@pytest.mark.parametrize("stream", [False, True])
async def test_an_answer_under_way_is_joined_from_its_first_byte(akash: Simulator, *, stream: bool) -> None:
    """Two callers, one answer."""
    akash.play("stall")
    body = {**ASKS[CHAT], "stream": stream}
    async with running(akash.url) as url:
        async with (
            calling("POST", url + CHAT, body, KEY) as first,
            calling("POST", url + CHAT, body, KEY) as second,
        ):
            await akash.stalled()
            if stream:
                assert b"assistant" in await second.until(b"\n\n")
            akash.resume()
            rest = await asyncio.gather(first.rest(), second.rest())
    assert rest[0].endswith(rest[1][-100:])
    assert chats(akash) == 1


async def test_who_leaves_takes_nothing_from_who_stays(akash: Simulator) -> None:
    """The first caller may go; the answer goes on for the second."""
    akash.play("stall")
    body = {**ASKS[CHAT], "stream": True}
    async with running(akash.url) as url:
        async with calling("POST", url + CHAT, body, KEY) as first:
            await akash.stalled()
            async with calling("POST", url + CHAT, body, KEY) as second:
                await second.until(b"\n\n")
                await first.leave()
                akash.resume()
                assert b"[DONE]" in await second.rest()
    assert chats(akash) == 1


async def test_the_last_to_leave_ends_it(akash: Simulator) -> None:
    """The connection to Akash closes at once, and who asks later gets an answer of their own."""
    akash.play("stall")
    body = {**ASKS[CHAT], "stream": True}
    async with running(akash.url) as url:
        async with calling("POST", url + CHAT, body, KEY) as first:
            await akash.stalled()
            await first.leave()
            await akash.left()
        again = await call("POST", url + CHAT, body, KEY)
    assert again.events()[-1] == "[DONE]"
    assert "idempotent-replayed" not in again.headers
    assert chats(akash) == 2


@pytest.mark.parametrize("scenario", ["server_500", "cut"])
@pytest.mark.parametrize("stream", [False, True])
async def test_a_failure_is_not_kept(akash: Simulator, scenario: str, *, stream: bool) -> None:
    """Asking again is what the key is for."""
    akash.play(scenario)
    body = {**ASKS[CHAT], "stream": stream}
    async with running(akash.url, policies={"rescue": False}, akash={"retries": 0}) as url:
        failed = await call("POST", url + CHAT, body, KEY)
        again = await call("POST", url + CHAT, body, KEY)
    assert failed.status >= 500 or b'"error"' in failed.body
    assert again.status == 200
    assert b'"error"' not in again.body


async def test_another_body_under_the_same_key_is_refused(akash: Simulator) -> None:
    """In the dialect's own form; the same key at another address is another key."""
    async with running(akash.url) as url:
        await call("POST", url + CHAT, ASKS[CHAT], KEY)
        other = await call("POST", url + CHAT, {**ASKS[CHAT], "temperature": 0.1}, KEY)
        assert other.status == 422
        assert other.json()["error"]["code"] == "idempotency_key_reused"
        elsewhere = await call("POST", f"{url}/v1/messages", ASKS["/v1/messages"], KEY)
        assert elsewhere.status == 200
        refused = await call("POST", f"{url}/v1/messages", {**ASKS["/v1/messages"], "top_p": 0.5}, KEY)
        assert refused.json()["type"] == "error"


async def test_an_answer_is_kept_for_as_long_as_the_setting_says(akash: Simulator, clock: FakeClock) -> None:
    """And not at all where it is 0."""
    async with running(akash.url, clock, policies={"idempotency_s": 60}) as url:
        for _ in range(2):
            await call("POST", url + CHAT, ASKS[CHAT], KEY)
        await clock.advance(61)
        await call("POST", url + CHAT, ASKS[CHAT], KEY)
    assert chats(akash) == 2
    async with running(akash.url, policies={"idempotency_s": 0}) as url:
        for _ in range(2):
            await call("POST", url + CHAT, ASKS[CHAT], KEY)
    assert chats(akash) == 4


@pytest.mark.parametrize("key", ["", "k" * 256])
async def test_a_key_has_a_length(akash: Simulator, key: str) -> None:
    """Not none, and not any."""
    async with running(akash.url) as url:
        reply = await call("POST", url + CHAT, ASKS[CHAT], {"Idempotency-Key": key})
    assert reply.status == 400
    assert "Idempotency-Key" in reply.json()["error"]["message"]


async def test_callers_do_not_share_keys(akash: Simulator) -> None:
    """A key is its caller's own: without the gateway's key nobody is given anything."""
    async with running(akash.url, BEARER_TOKEN="secret") as url:
        mine = {**KEY, "Authorization": "Bearer secret"}
        await call("POST", url + CHAT, ASKS[CHAT], mine)
        stranger = await call("POST", url + CHAT, ASKS[CHAT], KEY)
    assert stranger.status == 401


async def test_what_is_kept_no_longer_takes_no_room(clock: FakeClock) -> None:
    """Whoever asks next, with whatever key, finds only what is kept still."""
    answered = Answered(IdempotencyOptions(keep_s=60), clock)
    for number in range(3):
        name, recording = ("anyone", CHAT, str(number)), Recording(b"{}")
        answered.begin(name, recording)
        answered.end(name, recording, well=True)
        await clock.advance(25)
    assert answered.find(("anyone", CHAT, "none")) is None
    assert [key for _, _, key in answered._kept] == ["1", "2"]
