"""One budget, many callers, three processes: real ones, with a real PostgreSQL."""

import asyncio
import itertools
from pathlib import Path
from typing import Any

from akashchat.clock import SystemClock
from akashchat.simulator import Simulator
from akashchat.storage.base import Row, Statement
from akashchat.storage.postgres import PostgresDatabase
from tests.support.http import Reply
from tests.team.gateways import Started, several

BUDGET = 20_000


def question(number: int) -> dict[str, Any]:
    """Some short, some long, some with a limit of their own; every third is streamed."""
    asked: dict[str, Any] = {
        "model": "DeepSeek-V3.2",
        "messages": [{"role": "user", "content": f"Question {number}: " + "why? " * (number % 40)}],
    }
    if number % 2:
        asked["max_tokens"] = 20 + number % 100
    if number % 3 == 0:
        asked |= {"stream": True, "stream_options": {"include_usage": True}}
    return asked


def tokens_of(reply: Reply) -> int:
    """What a reply says that it cost."""
    if reply.headers["content-type"].startswith("text/event-stream"):
        assert reply.events()[-1] == "[DONE]"
        return int(reply.events()[-2]["usage"]["total_tokens"])
    return int(reply.json()["usage"]["total_tokens"])


async def counted(url: str) -> list[Row]:
    """What the database has of the month."""
    database = PostgresDatabase(url, SystemClock())
    try:
        (rows,) = await database.run(
            Statement("SELECT used, reserved FROM counters WHERE kind = 'tokens_per_month'")
        )
    finally:
        await database.close()
    return rows


async def test_a_hundred_who_race_never_get_a_token_more_than_the_budget(
    tmp_path: Path, empty_postgres: str
) -> None:
    """Each goes on until it is told that all is spent; what the replies say they cost is what was counted."""
    told: list[int] = []
    numbers = itertools.count()

    async def spend(gateway: Started) -> None:
        code = ""
        while code != "insufficient_quota":
            reply = await gateway.ask(question(next(numbers)))
            if reply.status == 200:
                told.append(tokens_of(reply))
                left = int(reply.headers["x-ratelimit-remaining-tokens"])
                assert 0 <= left < BUDGET
            else:
                code = reply.json()["error"]["code"]
                # What is left may be set aside for others, who may give some of it back.
                assert (reply.status, code) in {(429, "insufficient_quota"), (429, "rate_limit_exceeded")}
        assert reply.headers["x-should-retry"] == "false"

    limits = {
        "AKASHCHAT_DATABASE_URL": empty_postgres,
        "AKASHCHAT_LIMITS_TOKENS_PER_MONTH": str(BUDGET),
        "AKASHCHAT_LIMITS_OUTPUT_TOKENS": "400",
    }
    async with Simulator() as akash, several(3, akash.url, tmp_path, **limits) as gateways:
        await asyncio.gather(*(spend(gateways[number % 3]) for number in range(100)))
        ((used, reserved),) = await counted(empty_postgres)
    assert (used, reserved) == (sum(told), 0)
    assert BUDGET * 0.9 < sum(told) <= BUDGET


async def test_a_process_that_is_killed_leaves_no_token_uncounted(
    tmp_path: Path, empty_postgres: str
) -> None:
    """What its answers had reserved stays counted, so the others get no more than the rest."""
    limits = {
        "AKASHCHAT_DATABASE_URL": empty_postgres,
        "AKASHCHAT_LIMITS_TOKENS_PER_MONTH": "3000",
        "AKASHCHAT_LIMITS_OUTPUT_TOKENS": "400",
    }
    async with Simulator() as akash, several(2, akash.url, tmp_path, **limits) as (killed, other):
        akash.play("stall", times=2)
        lost = [asyncio.create_task(killed.ask(question(number))) for number in (0, 6)]
        await akash.stalled(2)
        ((_, held),) = await counted(empty_postgres)
        await killed.die()
        await asyncio.gather(*lost, return_exceptions=True)
        told = 0
        while (reply := await other.ask(question(2))).status == 200:
            told += tokens_of(reply)
        ((used, reserved),) = await counted(empty_postgres)
    assert held > 800
    assert (used, reserved) == (told, held)
    assert told + held <= 3000
