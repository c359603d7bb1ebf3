"""``kill -9`` in the middle of answers: no caller takes what came for whole, and nothing half is kept."""

import asyncio
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from akashchat.simulator import Simulator
from akashchat.simulator.keyed import ANSWER
from akashchat.simulator.keyed.voice import tokens
from faults.dialects import TEXT, Dialect
from faults.matrix import Cell, complaint_of_whole
from faults.rig import MODEL
from faults.told import Wrong
from faults.wire import Line, calling

NAME: Final = "kill -9 in mid-answer"
_LIMIT_S: Final = 30.0


async def crash() -> list[Cell]:
    """A cell for each dialect, streaming or not: all are under way when the gateway is killed."""
    cells = [(dialect, stream) for dialect in TEXT for stream in (False, True)]
    with tempfile.TemporaryDirectory() as folder:
        async with Simulator() as akash:
            database = Path(folder) / "akashchat.db"
            environment = _environment(akash.url, database)
            akash.play("stall", None)
            seen = await _killed(akash, environment, folder, cells)
            kept = _kept(database)
            akash.reset()
            akash.say(*tokens(ANSWER), times=None)
            async with _serving(environment, folder) as (url, _):
                after = [await complaint_of_whole(url, dialect, stream=stream) for dialect, stream in cells]
    return [
        Cell(fault=NAME, dialect=dialect.name, stream=stream, complaint=during or kept or later)
        for (dialect, stream), during, later in zip(cells, seen, after, strict=True)
    ]


async def _killed(
    akash: Simulator, environment: Mapping[str, str], folder: str, cells: list[tuple[Dialect, bool]]
) -> list[str]:
    """A complaint for each caller whose answer looks whole though its gateway was killed."""
    async with _serving(environment, folder) as (url, process):
        asking = [
            asyncio.create_task(_broken(f"{url}{dialect.path}", dialect, stream=stream))
            for dialect, stream in cells
        ]
        async with asyncio.timeout(_LIMIT_S):
            await akash.stalled(len(cells))
            process.kill()
            return await asyncio.gather(*asking)


async def _broken(url: str, dialect: Dialect, *, stream: bool) -> str:
    async with calling(url, dialect.asked(MODEL, "Hello", stream=stream)) as line:
        try:
            return await _to_its_end(line)
        except Wrong:
            return ""


async def _to_its_end(line: Line) -> str:
    seen = await line.head()
    while piece := await line.piece():
        seen.body += piece
    return f"an answer that ends, though the gateway was killed: {seen.body[-100:]!r}"


def _kept(database: Path) -> str:
    """A complaint where the database is broken, or keeps a response that never came to its end."""
    with sqlite3.connect(database) as connection:
        (sound,) = connection.execute("PRAGMA integrity_check").fetchone()
        (rows,) = connection.execute("SELECT count(*) FROM responses").fetchone()
    if sound != "ok":
        return f"the database is broken: {sound}"
    return f"{rows} rows are kept of answers that never ended" if rows else ""


def _environment(akash_url: str, database: Path) -> dict[str, str]:
    """Nothing of the user's settings, which are not what is tried."""
    own = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AKASH", "SERVER_")) and name != "BEARER_TOKEN"
    }
    options = {
        "AKASH_BASE_URL": akash_url,
        "SERVER_ADDRESS": "127.0.0.1:0",
        "AKASHCHAT_STORAGE_PATH": str(database),
    }
    return own | options | {"AKASHCHAT_LOGS_LEVEL": "error"}


@asynccontextmanager
async def _serving(
    environment: Mapping[str, str], folder: str
) -> AsyncIterator[tuple[str, subprocess.Popen[str]]]:
    """The gateway as a process of its own, and its address."""
    process = subprocess.Popen(  # noqa: ASYNC220  it starts at once; what it says is waited for elsewhere
        [sys.executable, "-m", "akashchat", "serve"],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        async with asyncio.timeout(_LIMIT_S):
            address = await asyncio.to_thread(_address, process)
        yield address, process
    finally:
        process.kill()
        process.communicate()


def _address(process: subprocess.Popen[str]) -> str:
    """Where it says that it listens."""
    for line in process.stdout or ():
        if "listens on" in line:
            return line.split()[-1].removesuffix("/v1")
    raise RuntimeError("the gateway does not serve; run `akashchat serve` to learn why")
