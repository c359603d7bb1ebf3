"""A gateway that is killed, or stopped, while it answers: what its ledger holds afterwards.

It is a process of its own, so its time is the real one.
"""

import asyncio
import os
import signal
import sqlite3
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from akashchat.server.serve import listen
from akashchat.simulator import Simulator

HELLO = {"model": "DeepSeek-V3.2", "messages": [{"role": "user", "content": "Hello"}]}
CALLERS = 8
LOAD_S = 2.5
"""Long enough for some of the rows to be due."""


class Served:
    """A gateway's process, and which answers it gave when."""

    def __init__(self, process: asyncio.subprocess.Process, url: str) -> None:
        self.process = process
        self.url = url
        self.answered: dict[str, float] = {}

    async def load(self, seconds: float) -> None:
        """Ask from several sides, one question after the other, until the time is up or nobody answers."""
        until = time.monotonic() + seconds
        async with aiohttp.ClientSession() as session:
            await asyncio.gather(*[self._ask(session, until) for _ in range(CALLERS)])

    async def _ask(self, session: aiohttp.ClientSession, until: float) -> None:
        try:
            while time.monotonic() < until:
                async with session.post(f"{self.url}/v1/chat/completions", json=HELLO) as reply:
                    await reply.read()
                    assert reply.status == 200
                    self.answered[reply.headers["x-request-id"]] = time.monotonic()
        except aiohttp.ClientError:
            return  # it is gone, as it was meant to be


@asynccontextmanager
async def serving(akash: str, folder: Path) -> AsyncIterator[Served]:
    """A gateway on a port of its own, its database in a folder."""
    (free,) = listen("127.0.0.1", 0)
    address = f"127.0.0.1:{free.getsockname()[1]}"
    free.close()
    own = {
        "SERVER_ADDRESS": address,
        "AKASH_BASE_URL": akash,
        "AKASHCHAT_STORAGE_PATH": str(folder / "akashchat.db"),
        "AKASHCHAT_LOGS_LEVEL": "error",
    }
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AKASHCHAT_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "akashchat", "serve", env={**inherited, **own}, cwd=folder,
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        async with asyncio.timeout(30):
            while b"  key " not in await process.stdout.readline():
                pass
        yield Served(process, f"http://{address}")
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


def rows(folder: Path) -> list[str]:
    """The ledger's rows, by the request; fails where the file is not sound."""
    database = sqlite3.connect(folder / "akashchat.db")
    try:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return [name for (name,) in database.execute("SELECT request_id FROM ledger WHERE outcome = 'stop'")]
    finally:
        database.close()


async def test_a_gateway_that_is_killed_loses_its_last_second_at_most(tmp_path: Path) -> None:
    """No answer stands there twice, none that was not given, and the file is sound."""
    async with Simulator() as akash, serving(akash.url, tmp_path) as served:
        loading = asyncio.create_task(served.load(60.0))
        await asyncio.wait({loading}, timeout=LOAD_S)
        killed = time.monotonic()
        served.process.kill()
        await loading
    written = rows(tmp_path)
    due = {name for name, moment in served.answered.items() if moment < killed - 1.0}
    assert len(due) > 20
    assert len(written) == len(set(written))
    assert due <= set(written)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=str)
async def test_a_gateway_that_is_stopped_loses_nothing(tmp_path: Path, number: signal.Signals) -> None:
    """Every answer has its row, the last one too."""
    async with Simulator() as akash, serving(akash.url, tmp_path) as served:
        loading = asyncio.create_task(served.load(60.0))
        await asyncio.wait({loading}, timeout=0.7)
        served.process.send_signal(number)
        await loading
        async with asyncio.timeout(30):
            await served.process.wait()
    assert len(served.answered) > 20
    written = rows(tmp_path)
    assert len(written) == len(set(written))
    assert set(served.answered) <= set(written)
