"""Three gateways, one team: real processes with a real PostgreSQL and a real Redis, which come and go."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from akashchat.simulator import Simulator
from tests.support.http import Reply
from tests.support.postgres import Postgres
from tests.support.redis import RedisServer, redis_server
from tests.team.gateways import Started, several

BUDGET = 15_000


@pytest.fixture
async def redis() -> AsyncIterator[RedisServer]:
    """A Redis of this test's own."""
    async with redis_server() as server:
        yield server


@pytest.fixture
def database() -> Iterator[Postgres]:
    """A PostgreSQL of this test's own, which may be stopped."""
    server = Postgres()
    yield server
    server.close()


def sharing(redis: RedisServer, database: str, **further: str) -> dict[str, str]:
    """The settings of a team."""
    return {"AKASHCHAT_DATABASE_URL": database, "AKASHCHAT_REDIS_URL": redis.url, **further}


def sessions(akash: Simulator) -> int:
    """How many sessions Akash was asked for."""
    return sum(one.path == "/api/auth/session/" for one in akash.requests)


def question(number: int) -> dict[str, Any]:
    """Every third is streamed."""
    asked: dict[str, Any] = {
        "model": "DeepSeek-V3.2",
        "messages": [{"role": "user", "content": f"Question {number}: " + "why? " * (number % 40)}],
        "max_tokens": 20 + number % 100,
    }
    if number % 3 == 0:
        asked |= {"stream": True, "stream_options": {"include_usage": True}}
    return asked


def tokens_of(reply: Reply) -> int:
    """What a reply says that it cost, if it is whole."""
    if reply.headers["content-type"].startswith("text/event-stream"):
        assert reply.events()[-1] == "[DONE]", reply.body
        return int(reply.events()[-2]["usage"]["total_tokens"])
    return int(reply.json()["usage"]["total_tokens"])


async def counted(redis: RedisServer) -> tuple[int, int]:
    """What Redis has of the month: used and reserved."""
    (name,) = await redis.names("akashchat:limits:*tokens_per_month*")
    return int(await redis.ask("HGET", name, "used")), int(await redis.ask("HGET", name, "reserved") or 0)


async def test_one_that_is_killed_takes_nothing_along(
    tmp_path: Path, empty_postgres: str, redis: RedisServer
) -> None:
    """A hundred callers, one budget, one session with Akash; who loses a gateway goes to another one."""
    told: list[int] = []
    lost: list[int] = []
    numbers = itertools.count()

    async def spend(gateways: list[Started], number: int) -> None:
        while True:
            gateway = gateways[number % len(gateways)]
            reply = await attempt(gateway, next(numbers))
            if reply is None:
                lost.append(number)
                gateways = [one for one in gateways if one is not gateway]
                continue
            if reply.status != 200:
                break
            told.append(tokens_of(reply))
            if len(told) == 30:
                await gateways[number % len(gateways)].die()
        assert reply.status == 429, reply.body
        # What the killed one had set aside for its answers stays so for a while: it may have been spent.
        assert reply.json()["error"]["code"] in {"insufficient_quota", "rate_limit_exceeded"}

    # Exact as long as Redis answers, so here it may take its time: the tests' machine is not all its own.
    limits = {"AKASHCHAT_LIMITS_TOKENS_PER_MONTH": str(BUDGET), "AKASHCHAT_REDIS_TIMEOUT_S": "10"}
    async with (
        Simulator() as akash,
        several(3, akash.url, tmp_path, **sharing(redis, empty_postgres, **limits)) as gateways,
    ):
        await asyncio.gather(*(spend(list(gateways), number) for number in range(100)))
        used, reserved = await counted(redis)
        assert sessions(akash) == 1
    assert lost
    assert sum(told) <= used <= used + reserved <= BUDGET
    assert sum(told) > BUDGET / 3


@pytest.mark.parametrize("how", ["stopped", "hanging"])
async def test_nobody_fails_while_both_are_away(
    tmp_path: Path, redis: RedisServer, database: Postgres, how: str
) -> None:
    """Under load, and with keys that are asked for twice; afterwards all is shared again."""
    answered = 0
    over = False
    progress = asyncio.Event()
    numbers = itertools.count()

    async def ask(gateways: list[Started]) -> None:
        nonlocal answered
        while not over:
            number = next(numbers)
            body, key = (
                question(number),
                {"Idempotency-Key": f"order-{number // 2}"} if number % 5 == 0 else {},
            )
            reply = await gateways[number % 3].ask(body, headers=key)
            assert reply.status == 200, reply.body
            assert tokens_of(reply)
            answered += 1
            progress.set()

    async def answered_more(count: int) -> None:
        until = answered + count
        while answered < until:
            await progress.wait()
            progress.clear()

    limits = {"AKASHCHAT_LIMITS_TOKENS_PER_MONTH": "100000000", "AKASHCHAT_LIMITS_CONCURRENCY": "1000"}
    limits |= {"AKASHCHAT_REDIS_TIMEOUT_S": "1"}  # the machine may be busy with other tests
    async with (
        Simulator() as akash,
        several(3, akash.url, tmp_path, **sharing(redis, database.url(), **limits)) as gateways,
        asyncio.TaskGroup() as callers,
    ):
        for _ in range(12):
            callers.create_task(ask(list(gateways)))
        await answered_more(60)
        assert sessions(akash) == 1
        async with away(redis, database, how):
            await answered_more(150)
            assert {await redis_of(gateway) for gateway in gateways} == {"down"}
        while {await redis_of(gateway) for gateway in gateways} != {"up"}:
            await answered_more(1)
        await answered_more(60)
        over = True
        assert (
            len({one.headers["cookie"] for one in akash.chats}) == 1
        )  # still that session, by the last of them


async def attempt(gateway: Started, number: int) -> Reply | None:
    """What it answers; nothing where it dies before it has answered."""
    try:
        reply = await gateway.ask(question(number))
    except (OSError, EOFError):
        return None
    streamed = reply.headers["content-type"].startswith("text/event-stream")
    return None if streamed and not reply.body.endswith(b"[DONE]\n\n") else reply


async def redis_of(gateway: Started) -> str:
    """What a gateway says of Redis, in a word."""
    return str((await gateway.look("/health/ready")).json()["redis"]).partition(":")[0]


@asynccontextmanager
async def away(redis: RedisServer, database: Postgres, how: str) -> AsyncIterator[None]:
    """While neither answers."""
    if how == "stopped":
        await redis.stop()
        await asyncio.to_thread(database.stop)
    else:
        redis.pause()
        database.hang()
    yield
    if how == "stopped":
        await redis.start()
        await asyncio.to_thread(database.start)
    else:
        redis.resume()
        database.go_on()
