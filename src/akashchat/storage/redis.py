"""Redis, for what many gateways share; loaded only where the settings name one.

Nobody waits for a Redis that is gone.  What does not answer at once counts as down, and from then on everything asked
of it fails without a wait, until a look behind everybody's back finds that it takes writing again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

import structlog
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel
from redis.backoff import NoBackoff
from redis.commands.core import AsyncScript
from redis.exceptions import RedisError

from akashchat.clock import Clock
from akashchat.storage.base import DatabaseDown, Unanswered

T = TypeVar("T")

_LATE_S = 0.05
"""A wait longer by so much was this process's own doing, and says nothing of Redis."""
_PAUSES_S = (0.25, 0.5, 1.0, 2.0)
"""Between the looks for one that is down; the last one again and again."""
_CONNECTIONS = 32
_PREFIX = "akashchat:"
_SENTINEL = ("redis+sentinel", "rediss+sentinel")
_SENTINEL_PORT = 26379
_SENTINEL_S = 0.05
"""They are asked one after the other, and one that is gone must leave the others time."""


class RedisLink:
    """The connections to one Redis, and whether it is there."""

    def __init__(self, url: str, clock: Clock, timeout_s: float = 0.25) -> None:
        self._clock = clock
        self._timeout_s = timeout_s
        self._log = structlog.get_logger("akashchat")
        self._client, self._sentinels = _clients(url)
        self._looking: asyncio.Task[None] | None = None
        self.down = False
        self.reason = ""
        """Why it is down, in the library's words, which hold no password."""

    async def run(self, command: Callable[["Redis"], Awaitable[T]]) -> T:
        """What Redis answers; raises ``DatabaseDown`` at once where that is known, else ``Unanswered``."""
        if self.down:
            raise DatabaseDown(self.reason)
        try:
            return await self._asked(command)
        except (RedisError, OSError, TimeoutError) as error:
            self._fell(error)
            raise Unanswered(self.reason) from error

    async def look(self) -> bool:
        """Whether it is there now."""
        with suppress(DatabaseDown):
            await self.run(_written)
        return not self.down

    async def close(self) -> None:
        """Look no more, and hang up."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.wait((self._looking,))
        for client in (self._client, *self._sentinels):
            await client.aclose()

    async def _asked(self, command: Callable[["Redis"], Awaitable[T]]) -> T:
        """The answer in time; where this process itself was late, Redis gets another chance."""
        asking = asyncio.ensure_future(command(self._client))
        try:
            for _ in range(2):
                began = self._clock.monotonic()
                await asyncio.wait((asking,), timeout=self._timeout_s)
                if asking.done() or self._clock.monotonic() - began < self._timeout_s + _LATE_S:
                    break
            if not asking.done():
                raise TimeoutError(f"no answer within {self._timeout_s:g} seconds")
            return asking.result()
        finally:
            asking.cancel()

    def _fell(self, error: Exception) -> None:
        if not self.down:
            self.down = True
            self.reason = str(error) or type(error).__name__
            self._log.warning("redis down", reason=self.reason)
            self._looking = asyncio.create_task(self._look())

    async def _look(self) -> None:
        """Come again until it can be written to: a Redis that is full or a replica answers, and is no use."""
        attempt = 0
        while self.down:
            await self._clock.sleep(_PAUSES_S[min(attempt, len(_PAUSES_S) - 1)])
            attempt += 1
            try:
                await self._asked(_written)
            except (RedisError, OSError, TimeoutError) as error:
                self.reason = str(error) or type(error).__name__
            else:
                self.down = False
                self._log.info("redis back")


class RedisScripts:
    """See ``Scripts``."""

    def __init__(self, link: RedisLink) -> None:
        self._link = link
        self._known: dict[str, AsyncScript] = {}

    async def call(self, script: str, keys: Sequence[str], words: Sequence[str | float]) -> list[int]:
        """See ``Scripts``."""
        names = [_PREFIX + key for key in keys]

        async def called(redis: Redis) -> Any:
            if script not in self._known:
                self._known[script] = redis.register_script(script)
            return await self._known[script](names, words)

        told: list[int] = await self._link.run(called)
        return told


class RedisShelf:
    """See ``Shelf``."""

    def __init__(self, link: RedisLink) -> None:
        self._link = link

    @property
    def down(self) -> bool:
        """See ``Shelf``."""
        return self._link.down

    async def get(self, name: str) -> bytes | None:
        """See ``Shelf``."""
        lying: bytes | None = await self._run(lambda redis: redis.get(_PREFIX + name), None)
        return lying

    async def put(self, name: str, value: bytes, seconds: float) -> None:
        """See ``Shelf``."""
        await self._run(lambda redis: redis.set(_PREFIX + name, value, px=_ms(seconds)), None)

    async def remove(self, name: str) -> None:
        """See ``Shelf``."""
        await self._run(lambda redis: redis.delete(_PREFIX + name), None)

    async def claim(self, name: str, seconds: float) -> bool:
        """See ``Shelf``; while Redis is down each has what it claims."""
        done = await self._run(lambda redis: redis.set(_PREFIX + name, b"", px=_ms(seconds), nx=True), True)
        return done is not None

    async def _run(self, command: Callable[["Redis"], Any], otherwise: Any) -> Any:
        try:
            return await self._link.run(command)
        except DatabaseDown:
            return otherwise


async def _written(redis: Redis) -> None:
    """A Redis that cannot be written to is of no use."""
    await redis.set(f"{_PREFIX}look", b"", px=1000)


def _ms(seconds: float) -> int:
    return max(1, int(seconds * 1000))


def _clients(url: str) -> tuple[Redis, list[Redis]]:
    """A client that connects when it is first asked, and tries nothing twice; and those of the sentinels it asks."""
    parts = urlsplit(url)
    options: dict[str, Any] = {
        "socket_timeout": None,  # ``RedisLink`` looks after the time, also of connecting
        "socket_connect_timeout": None,
        "retry": Retry(NoBackoff(), 0),
        "protocol": 2,
    }
    if parts.scheme not in _SENTINEL:
        pool = BlockingConnectionPool.from_url(url, max_connections=_CONNECTIONS, timeout=None, **options)
        return Redis.from_pool(pool), []
    credentials = {
        "username": unquote(parts.username or "") or None,
        "password": unquote(parts.password or "") or None,
    }
    master, _, database = parts.path.strip("/").partition("/")
    own = {"db": int(database or 0), "ssl": parts.scheme == "rediss+sentinel", **credentials, **options}
    untyped: Any = Sentinel
    asked = {**options, "socket_timeout": _SENTINEL_S, "socket_connect_timeout": _SENTINEL_S}
    sentinel = untyped(_hosts(parts.netloc), sentinel_kwargs=asked)
    return sentinel.master_for(master, **own), sentinel.sentinels


def _hosts(netloc: str) -> list[tuple[str, int]]:
    """``user:password@one:26379,two`` without the user: Sentinels mostly have none."""
    hosts = netloc.rpartition("@")[2].split(",")
    pairs = (host.partition(":") for host in hosts)
    return [(host, int(port or _SENTINEL_PORT)) for host, _, port in pairs]
