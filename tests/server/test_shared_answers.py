"""``Idempotency-Key`` over several gateways with one Redis: who asks twice, and elsewhere, gets one answer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from akashchat.simulator import Simulator
from tests.support.gateway import running
from tests.support.http import call, calling
from tests.support.redis import RedisServer, redis_server

KEY = {"Idempotency-Key": "order-66"}
CHAT = "/v1/chat/completions"
BODY = {"model": "DeepSeek-V3.2", "messages": [{"role": "user", "content": "Hello"}]}


@pytest.fixture
async def redis() -> AsyncIterator[RedisServer]:
    """A Redis."""
    async with redis_server() as server:
        yield server


@pytest.fixture
async def gateways(akash: Simulator, redis: RedisServer) -> AsyncIterator[list[str]]:
    """The addresses of two gateways that share it, and give it time: the machine may be busy with other tests."""
    async with two(akash, {"url": redis.url, "timeout_s": 10}) as urls:
        yield urls


@pytest.fixture
async def impatient(akash: Simulator, redis: RedisServer) -> AsyncIterator[list[str]]:
    """The same, as impatient as gateways are."""
    async with two(akash, {"url": redis.url}) as urls:
        yield urls


@asynccontextmanager
async def two(akash: Simulator, redis: dict[str, object]) -> AsyncIterator[list[str]]:
    """Two gateways with the same settings."""
    async with running(akash.url, redis=redis) as one, running(akash.url, redis=redis) as other:
        yield [one, other]


def chats(akash: Simulator) -> int:
    """How many answers Akash was asked for."""
    return sum(one.path == "/api/chat/" for one in akash.requests)


def sessions(akash: Simulator) -> int:
    """How many sessions Akash was asked for."""
    return sum(one.path == "/api/auth/session/" for one in akash.requests)


@pytest.mark.parametrize("stream", [False, True])
async def test_an_answer_is_given_again_by_another_gateway(
    akash: Simulator, gateways: list[str], *, stream: bool
) -> None:
    """Byte for byte, and told to be a repetition; both have one session with Akash."""
    body = {**BODY, "stream": stream}
    first = await call("POST", gateways[0] + CHAT, body, KEY)
    again = await call("POST", gateways[1] + CHAT, body, KEY)
    assert (first.status, again.status) == (200, 200)
    assert again.body == first.body
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    await call("POST", gateways[1] + CHAT, BODY)
    assert (chats(akash), sessions(akash)) == (2, 1)


@pytest.mark.parametrize("stream", [False, True])
async def test_an_answer_under_way_is_joined_elsewhere(
    akash: Simulator, gateways: list[str], redis: RedisServer, *, stream: bool
) -> None:
    """From its first byte on, while it is being given."""
    akash.play("stall")
    body = {**BODY, "stream": stream}
    async with calling("POST", gateways[0] + CHAT, body, KEY) as first:
        await akash.stalled()
        async with calling("POST", gateways[1] + CHAT, body, KEY) as second:
            if stream:
                assert b"assistant" in await second.until(b"\n\n")
            else:
                await followed(redis)
            akash.resume()
            rest = await asyncio.gather(first.rest(), second.rest())
    assert b"idempotent-replayed" in rest[1] or stream
    assert rest[0][-20:] == rest[1][-20:]
    assert chats(akash) == 1


async def test_who_leaves_takes_nothing_from_who_follows_elsewhere(
    akash: Simulator, gateways: list[str], redis: RedisServer
) -> None:
    """The answer goes on in a gateway that has no caller of its own any more."""
    akash.play("stall")
    body = {**BODY, "stream": True}
    async with calling("POST", gateways[0] + CHAT, body, KEY) as first:
        await akash.stalled()
        async with calling("POST", gateways[1] + CHAT, body, KEY) as second:
            await second.until(b"\n\n")
            await noticed(redis)
            await first.leave()
            akash.resume()
            assert b"[DONE]" in await second.rest()
    assert chats(akash) == 1


async def test_the_last_to_leave_ends_it_and_nothing_is_kept(akash: Simulator, gateways: list[str]) -> None:
    """Who asks elsewhere later gets an answer of their own."""
    akash.play("stall")
    body = {**BODY, "stream": True}
    async with calling("POST", gateways[0] + CHAT, body, KEY) as first:
        await akash.stalled()
        await first.leave()
        await akash.left()
    while (await call("POST", gateways[1] + CHAT, body, KEY)).events()[-1] != "[DONE]":
        pass  # the first is about to take away what it told of it
    assert chats(akash) == 2


async def test_a_failure_is_not_kept_for_others(akash: Simulator, gateways: list[str]) -> None:
    """Asking again is what the key is for."""
    akash.play("server_500")
    failed = await call("POST", gateways[0] + CHAT, BODY, KEY)
    again = await call("POST", gateways[1] + CHAT, BODY, KEY)
    assert failed.status >= 500
    assert again.status == 200
    assert "idempotent-replayed" not in again.headers


async def test_another_body_under_the_same_key_is_refused_elsewhere(
    akash: Simulator, gateways: list[str]
) -> None:
    """As it is at the first one."""
    await call("POST", gateways[0] + CHAT, BODY, KEY)
    other = await call("POST", gateways[1] + CHAT, {**BODY, "temperature": 0.1}, KEY)
    assert (other.status, other.json()["error"]["code"]) == (422, "idempotency_key_reused")


async def test_without_redis_each_answers_by_itself(
    akash: Simulator, gateways: list[str], redis: RedisServer
) -> None:
    """Nobody waits for it, and nobody fails."""
    await redis.stop()
    replies = await asyncio.gather(*[call("POST", url + CHAT, BODY, KEY) for url in gateways])
    assert [reply.status for reply in replies] == [200, 200]
    assert chats(akash) == 2


async def test_a_redis_that_was_away_does_not_tear_what_is_followed(
    akash: Simulator, impatient: list[str], redis: RedisServer
) -> None:
    """What came meanwhile it is told later."""
    akash.play("stall")
    body = {**BODY, "stream": True}
    async with calling("POST", impatient[0] + CHAT, body, KEY) as first:
        await akash.stalled()
        async with calling("POST", impatient[1] + CHAT, body, KEY) as second:
            await second.until(b"\n\n")
            redis.pause()
            for url in impatient:
                assert await says_of_redis(url) == "down"
            akash.resume()
            assert b"[DONE]" in await first.rest()
            redis.resume()
            assert b"[DONE]" in await second.rest()
    assert chats(akash) == 1


async def followed(redis: RedisServer) -> None:
    """Until somebody follows an answer elsewhere."""
    while not await redis.names("*/followed"):
        pass


async def noticed(redis: RedisServer) -> None:
    """Until the gateway that answers has surely seen that."""
    await followed(redis)
    (claim,) = await redis.names("*/claim")
    for _ in range(2):
        left = await redis.ask("PTTL", claim)
        while await redis.ask("PTTL", claim) <= left:
            left = await redis.ask("PTTL", claim)


async def says_of_redis(url: str) -> str:
    """What a gateway says of it, in a word."""
    return str((await call("GET", f"{url}/health/ready")).json()["redis"]).partition(":")[0]
