"""A raw HTTP client for the simulator: it hides nothing, decodes nothing and sends what it is told."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from akashchat.simulator import Simulator

RECORDINGS = Path(__file__).parent.parent / "data" / "recordings"

BODY = {
    "id": "abcdefgh01234567",
    "messages": [{"role": "user", "content": "Hi"}],
    "model": "Meta-Llama-3-3-70B-Instruct",
    "system": " ",
    "temperature": 0.6,
    "topP": 0.95,
    "context": [],
}


@dataclass
class Reply:
    """What came back."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes = b""
    pieces: list[bytes] = field(default_factory=list)
    is_whole: bool = False
    """Whether HTTP's last chunk came."""

    def header(self, name: str) -> str | None:
        """The first header of that lower-case name."""
        return next((value for known, value in self.headers if known.lower() == name), None)

    def json(self) -> Any:
        """The body read as JSON."""
        return json.loads(self.body)

    def lines(self) -> list[tuple[str, Any]]:
        """The lines of a data stream, for the tests of this room alone."""
        rows = self.body.decode().removesuffix("\n").split("\n")
        return [(row[0], json.loads(row[2:])) for row in rows]

    def text(self) -> str:
        """The whole text of a data stream."""
        return "".join(payload for code, payload in self.lines() if code == "0")


class Line:
    """One connection to the simulator."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def send(
        self, method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b""
    ) -> None:
        """Write a request."""
        head = [f"{method} {path} HTTP/1.1", "host: simulator", f"content-length: {len(body)}"]
        head += [f"{name}: {value}" for name, value in (headers or {}).items()]
        self._writer.write("\r\n".join([*head, "", ""]).encode() + body)
        await self._writer.drain()

    async def read_head(self) -> Reply:
        """The status line and the headers."""
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode()
        first, *rows = head.strip().split("\r\n")
        pairs = (row.partition(":") for row in rows)
        return Reply(int(first.split()[1]), [(name, value.strip()) for name, _, value in pairs])

    async def read_piece(self) -> bytes:
        """One chunk, empty at the end."""
        size = int(await self._reader.readuntil(b"\r\n"), 16)
        return (await self._reader.readexactly(size + 2))[:-2]

    async def read(self) -> Reply:
        """A whole reply, or what came of it before the connection broke."""
        reply = await self.read_head()
        if reply.header("transfer-encoding") != "chunked":
            reply.body = await self._reader.readexactly(int(reply.header("content-length") or 0))
            reply.is_whole = True
            return reply
        try:
            while piece := await self.read_piece():
                reply.pieces.append(piece)
            reply.is_whole = True
        except (asyncio.IncompleteReadError, ConnectionResetError):
            reply.is_whole = False
        reply.body = b"".join(reply.pieces)
        return reply

    async def is_at_end(self) -> bool:
        """Whether the simulator has closed the connection."""
        return not await self._reader.read(1)

    async def close(self) -> None:
        """Go away."""
        self._writer.close()
        try:
            await self._writer.wait_closed()
        except ConnectionError:
            assert self._writer.is_closing()


Call = Callable[..., Awaitable[Reply]]


@asynccontextmanager
async def connect(simulator: Simulator) -> AsyncIterator[Line]:
    """A connection that is closed at the end."""
    where = urlsplit(simulator.url)
    line = Line(*await asyncio.open_connection(where.hostname, where.port))
    try:
        yield line
    finally:
        await line.close()


async def call(
    simulator: Simulator,
    method: str,
    path: str,
    *,
    body: Any = None,
    headers: dict[str, str] | None = None,
    token: str | None = None,
) -> Reply:
    """One request on a connection of its own; ``body`` is sent as JSON unless it is bytes."""
    sent = {"user-agent": "test"} if headers is None else dict(headers)
    if token is not None:
        sent["cookie"] = f"session_token={token}"
    raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    async with connect(simulator) as line:
        await line.send(method, path, sent, raw)
        return await line.read()


async def chat(simulator: Simulator, *contents: str, **fields: Any) -> Reply:
    """One chat request with a session of its own."""
    body = (
        BODY
        | ({"messages": [{"role": "user", "content": text} for text in contents]} if contents else {})
        | fields
    )
    return await call(simulator, "POST", "/api/chat/", body=body, token=simulator.issue_session())


def load_recording(name: str) -> dict[str, Any]:
    """A recording by its name."""
    recording: dict[str, Any] = json.loads((RECORDINGS / f"{name}.json").read_text(encoding="utf-8"))
    return recording
