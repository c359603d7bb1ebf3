"""``akashchat serve`` as processes of its own, watched from outside: what they write, and when they end."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE, Process, create_subprocess_exec
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit


class Served:
    """A gateway, and the lines of its log so far."""

    def __init__(self, process: Process, url: str) -> None:
        self.process = process
        self.url = url
        self._lines: list[dict[str, Any]] = []
        self._news = asyncio.Condition()

    async def read_log(self) -> None:
        """Read what it logs, until it ends."""
        async for line in self.process.stderr:  # type: ignore[union-attr]
            async with self._news:
                with suppress(ValueError):
                    self._lines.append(json.loads(line))
                self._news.notify_all()

    async def logged(self, event: str, count: int = 1) -> dict[str, Any]:
        """The ``count``th line of the log about this, as soon as it is there."""

        def found() -> list[dict[str, Any]]:
            return [line for line in self._lines if line["event"] == event]

        async with self._news:
            await self._news.wait_for(lambda: len(found()) >= count)
            return found()[count - 1]

    def workers(self) -> list[int]:
        """The processes it has started, by their ids."""
        pid = self.process.pid
        return [int(number) for number in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@asynccontextmanager
async def serve(akash_url: str, folder: Path, *words: str, **environment: str) -> AsyncIterator[Served]:
    """``akashchat serve``, once it has told its address; killed at the end, if it is still there."""
    command = (sys.executable, "-m", "akashchat", "serve", *words)
    here = {
        "PATH": os.defpath,
        "AKASH_BASE_URL": akash_url,
        "SERVER_ADDRESS": "127.0.0.1:0",
        "AKASHCHAT_STORAGE_PATH": str(folder / "akashchat.db"),
        **environment,
    }
    process = await create_subprocess_exec(*command, cwd=folder, env=here, stdout=PIPE, stderr=PIPE)
    try:
        async with asyncio.timeout(60):
            while b"http://127.0.0.1" not in (line := await process.stdout.readline()):  # type: ignore[union-attr]
                assert line, (await process.stderr.read()).decode()  # type: ignore[union-attr]
            served = Served(process, line.split()[-1].decode())
            reading = asyncio.create_task(served.read_log())
            yield served
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
    await reading


async def deaf(url: str) -> None:
    """Wait until nobody listens there any more."""
    parts = urlsplit(url)
    with suppress(ConnectionRefusedError, ConnectionResetError):
        while True:
            _, writer = await asyncio.open_connection(parts.hostname, parts.port)
            writer.close()


async def ended(pid: int) -> None:
    """Wait until a process is no more, whoever's it is."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    loop, over = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(descriptor, over.set)
    try:
        await over.wait()
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)
