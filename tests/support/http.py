"""A bare HTTP/1.1 client: what a caller really sees on its socket, and a caller that hangs up."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit


class Reply:
    """Status, headers in lower case, and body."""

    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body

    def json(self) -> Any:
        """The body, decoded."""
        return json.loads(self.body)

    def events(self) -> list[Any]:
        """The data of a stream's frames; ``[DONE]`` as text."""
        frames = [line[6:] for line in self.body.split(b"\n") if line.startswith(b"data: ")]
        return [frame.decode() if frame == b"[DONE]" else json.loads(frame) for frame in frames]

    def comments(self) -> list[str]:
        """The stream's comments."""
        return [line[2:].decode() for line in self.body.split(b"\n") if line.startswith(b": ")]


class Caller:
    """One connection to the gateway, with a request sent on it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def further(self, method: str, path: str, body: Any) -> None:
        """Send another request behind the first."""
        payload = json.dumps(body).encode()
        head = f"{method} {path} HTTP/1.1\r\nHost: gateway\r\nContent-Length: {len(payload)}\r\n\r\n"
        self._writer.write(head.encode() + payload)
        await self._writer.drain()

    def look_away(self) -> None:
        """Read nothing any more."""
        self._writer.transport.pause_reading()  # type: ignore[attr-defined]

    async def leave(self) -> None:
        """Hang up."""
        self._writer.close()
        await self._writer.wait_closed()

    @property
    def answered(self) -> bool:
        """Whether something came, without waiting for it."""
        return bool(self._reader._buffer)  # type: ignore[attr-defined]

    async def head(self) -> tuple[int, dict[str, str]]:
        """Status and headers."""
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        fields = [line.partition(": ") for line in head[1:] if line]
        return int(head[0].split()[1]), {name.lower(): value for name, _, value in fields}

    async def until(self, text: bytes) -> bytes:
        """What comes up to and with ``text``."""
        return await self._reader.readuntil(text)

    async def rest(self) -> bytes:
        """What comes until the connection is closed."""
        return await self._reader.read()


@asynccontextmanager
async def calling(
    method: str,
    url: str,
    body: Any = None,
    headers: Mapping[str, str] | None = None,
    *,
    raw: bytes | None = None,
) -> AsyncIterator[Caller]:
    """Send a request on a connection of its own, which the server is asked to close behind the reply."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port, limit=2**26)
    payload = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    fields = {"Host": parts.netloc, "Connection": "close", "Content-Length": str(len(payload))}
    lines = [f"{name}: {value}\r\n" for name, value in {**fields, **(headers or {})}.items()]
    writer.write(f"{method} {target} HTTP/1.1\r\n{''.join(lines)}\r\n".encode() + payload)
    try:
        yield Caller(reader, writer)
    finally:
        writer.close()


async def call(
    method: str,
    url: str,
    body: Any = None,
    headers: Mapping[str, str] | None = None,
    *,
    raw: bytes | None = None,
) -> Reply:
    """One request and its whole reply, chunks joined."""
    async with calling(method, url, body, headers, raw=raw) as caller:
        status, fields = await caller.head()
        rest = await caller.rest()
    return Reply(status, fields, _joined(rest) if fields.get("transfer-encoding") == "chunked" else rest)


def _joined(chunked: bytes) -> bytes:
    pieces = []
    while chunked:
        size, _, chunked = chunked.partition(b"\r\n")
        length = int(size, 16)
        pieces.append(chunked[:length])
        chunked = chunked[length + 2 :]
    return b"".join(pieces)
