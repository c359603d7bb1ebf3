"""A Redis that comes and goes: nobody waits for it, and nobody fails."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from structlog.testing import capture_logs

from akashchat.clock import SystemClock
from akashchat.storage.base import DatabaseDown, Unanswered
from akashchat.storage.redis import RedisLink, RedisScripts, RedisShelf
from tests.support.redis import RedisServer, redis_server


@pytest.fixture
async def server() -> AsyncIterator[RedisServer]:
    """A Redis."""
    async with redis_server() as running:
        yield running


@pytest.fixture
async def link(server: RedisServer) -> AsyncIterator[RedisLink]:
    """The way there."""
    made = RedisLink(server.url, SystemClock())
    yield made
    await made.close()


async def back(link: RedisLink) -> None:
    """Until it is found to be there again."""
    assert link._looking is not None
    await link._looking
    assert not link.down


async def test_what_lies_there_lies_there_for_its_time(server: RedisServer, link: RedisLink) -> None:
    """Bytes, as they were; and it ends by itself."""
    shelf = RedisShelf(link)
    await shelf.put("session", b"\0\xff", 10)
    assert await shelf.get("session") == b"\0\xff"
    assert 9_000 < await server.ask("PTTL", "akashchat:session") <= 10_000
    await shelf.remove("session")
    assert await shelf.get("session") is None


async def test_a_name_is_one_s_alone(server: RedisServer, link: RedisLink) -> None:
    """However many claim it at once; and a claim can be renewed."""
    shelf = RedisShelf(link)
    assert sum(await asyncio.gather(*(shelf.claim("renewal", 10) for _ in range(50)))) == 1
    await shelf.put("renewal", b"", 60)
    assert await server.ask("PTTL", "akashchat:renewal") > 10_000
    await shelf.remove("renewal")
    assert await shelf.claim("renewal", 10)


async def test_a_server_that_is_gone_is_an_empty_shelf(server: RedisServer, link: RedisLink) -> None:
    """It is told in the log once, and found again when it is back."""
    shelf = RedisShelf(link)
    await shelf.put("session", b"cookie", 60)
    with capture_logs() as logs:
        await server.stop()
        for _ in range(3):
            assert await shelf.get("session") is None
            assert await shelf.claim("renewal", 10)
        assert shelf.down
        await server.start()
        await back(link)
        await shelf.put("session", b"another", 60)
        assert await shelf.get("session") == b"another"
    assert [log["event"] for log in logs] == ["redis down", "redis back"]


async def test_only_who_is_there_first_waits_for_a_server_that_hangs(
    server: RedisServer, link: RedisLink
) -> None:
    """And not for long; nobody is asked any more then."""
    server.pause()
    scripts = RedisScripts(link)
    with pytest.raises(Unanswered):
        await scripts.call("return {1}", [], [])
    with pytest.raises(DatabaseDown) as refused:
        await scripts.call("return {1}", [], [])
    assert not isinstance(refused.value, Unanswered)
    server.resume()
    await back(link)
    assert await scripts.call("return {1}", [], []) == [1]


async def test_one_that_takes_no_writing_is_down(server: RedisServer, link: RedisLink) -> None:
    """A replica, or one that is full, answers and is of no use."""
    await server.ask("CONFIG", "SET", "maxmemory", "1")
    assert not await link.look()
    assert "maxmemory" in link.reason
    assert not await link.look()
    await server.ask("CONFIG", "SET", "maxmemory", "0")
    await back(link)
    assert await link.look()


async def test_a_script_is_known_again_after_a_restart(server: RedisServer, link: RedisLink) -> None:
    """Redis keeps scripts as long as it runs."""
    scripts = RedisScripts(link)
    asked = ("return {redis.call('INCRBY', KEYS[1], ARGV[1])}", ["count"], [2])
    assert await scripts.call(*asked) == [2]
    await server.ask("SCRIPT", "FLUSH")
    assert await scripts.call(*asked) == [4]
    assert await server.names("*") == ["akashchat:count"]


async def test_the_password_is_in_no_reason() -> None:
    """Reasons are told in the log and to whoever asks for readiness."""
    link = RedisLink("redis://me:s3cret@127.0.0.1:1/0", SystemClock())
    assert not await link.look()
    assert "s3cret" not in link.reason
    await link.close()


async def test_sentinel_says_who_is_master(server: RedisServer) -> None:
    """Its address names several sentinels; the dead among them are passed over."""
    async with redis_server(sentinel_of=server) as sentinel:
        url = f"redis+sentinel://127.0.0.1:1,127.0.0.1:{sentinel.port}/mymaster/3"
        link = RedisLink(url, SystemClock(), timeout_s=10)
        shelf = RedisShelf(link)
        await shelf.put("session", b"cookie", 60)
        assert await shelf.get("session") == b"cookie"
        await link.close()
