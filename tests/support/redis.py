"""A Redis of one's own, real, and stopped at will."""

import asyncio
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from akashchat.clock import SystemClock
from akashchat.storage.redis import RedisLink


class RedisServer:
    """A server on a port of its own, in a folder of its own; it forgets everything when it is stopped."""

    def __init__(self, folder: Path, master: "RedisServer | None") -> None:
        self._folder = folder
        self._master = master
        self._process: subprocess.Popen[bytes] | None = None
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}/0"

    async def start(self) -> None:
        """Begin, and wait until it answers."""
        assert self._process is None
        words = ["port", str(self.port), "bind", "127.0.0.1", "dir", str(self._folder), "loglevel", "warning"]
        if self._master is None:
            words += ["save", "", "appendonly", "no"]
        lines = [
            f"{name} {value or chr(34) * 2}" for name, value in zip(words[::2], words[1::2], strict=True)
        ]
        if self._master is not None:
            lines.append(f"sentinel monitor mymaster 127.0.0.1 {self._master.port} 1")
        file = self._folder / "redis.conf"
        file.write_text("\n".join([*lines, ""]))
        further = ["--sentinel"] if self._master else []
        self._process = subprocess.Popen(  # noqa: ASYNC220  it takes a millisecond
            ["redis-server", str(file), *further], stdout=subprocess.DEVNULL
        )
        while not await self._answers():
            assert self._process.poll() is None, "redis-server did not start"
            await asyncio.sleep(0.01)

    async def stop(self) -> None:
        """End it, as if the machine were gone."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            await asyncio.to_thread(process.wait)

    def pause(self) -> None:
        """Let it answer nothing: connections stay open, and nobody is there."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    async def ask(self, *words: str) -> Any:
        """What it answers to one command."""
        async with Redis.from_url(self.url, decode_responses=True) as redis:
            return await redis.execute_command(*words)

    async def names(self, pattern: str) -> list[str]:
        """The names of what is there."""
        return list(await self.ask("KEYS", pattern))

    async def _answers(self) -> bool:
        with suppress(RedisError):
            return bool(await self.ask("PING"))
        return False


@asynccontextmanager
async def redis_server(*, sentinel_of: RedisServer | None = None) -> AsyncIterator[RedisServer]:
    """A server that runs, or a sentinel that knows one as ``mymaster``."""
    assert shutil.which("redis-server"), "these tests need redis-server: apt-get install redis-server"
    with tempfile.TemporaryDirectory(prefix="redis-") as folder:
        server = RedisServer(Path(folder), sentinel_of)
        await server.start()
        try:
            yield server
        finally:
            await server.stop()


@asynccontextmanager
async def linked() -> AsyncIterator[RedisLink]:
    """The way to a Redis that knows nothing."""
    async with redis_server() as server:
        link = RedisLink(server.url, SystemClock(), timeout_s=10)  # the machine may be busy with other tests
        yield link
        await link.close()
