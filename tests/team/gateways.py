"""Gateways as processes of their own."""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process, create_subprocess_exec
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from msgspec import Struct

from tests.support.http import Reply, call


class Started(Struct):
    """One of them."""

    process: Process
    url: str

    async def ask(
        self, body: object, path: str = "/v1/chat/completions", headers: Mapping[str, str] | None = None
    ) -> Reply:
        """What it answers."""
        return await call("POST", self.url + path, body, headers)

    async def look(self, path: str) -> Reply:
        """What is there."""
        return await call("GET", self.url + path)

    async def die(self) -> None:
        """As ``kill -9`` has it."""
        self.process.kill()
        await self.process.wait()


@asynccontextmanager
async def started(akash_url: str, folder: Path, **environment: str) -> AsyncIterator[Started]:
    """``akashchat serve`` on a port of its own, before ``akash_url``."""
    words = (sys.executable, "-m", "akashchat", "serve")
    here = {"PATH": os.defpath, "AKASH_BASE_URL": akash_url, "SERVER_ADDRESS": "127.0.0.1:0", **environment}
    process = await create_subprocess_exec(*words, cwd=folder, env=here, stdout=PIPE, stderr=DEVNULL)
    assert process.stdout is not None
    try:
        async with asyncio.timeout(30):
            while b"http://127.0.0.1" not in (line := await process.stdout.readline()):
                assert line, "it ended before it listened"
        yield Started(process, line.split()[-1].decode().removesuffix("/v1"))
    finally:
        if process.returncode is None:
            process.terminate()
        await process.communicate()


@asynccontextmanager
async def several(
    count: int, akash_url: str, folder: Path, **environment: str
) -> AsyncIterator[Sequence[Started]]:
    """As many."""
    async with AsyncExitStack() as stack:
        each = (stack.enter_async_context(started(akash_url, folder, **environment)) for _ in range(count))
        yield await asyncio.gather(*each)
