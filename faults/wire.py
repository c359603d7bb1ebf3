"""One request on a connection of its own, and everything that comes back on it.

The reader of HTTP is h11, which no client and no part of the gateway reads with: it tells a body that ended
from one that was cut.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import h11

from faults.told import Wrong

_PIECE = 2**16


@dataclass
class Seen:
    """A response, whole to its last byte."""

    status: int
    headers: dict[str, str]
    body: bytes = b""
    raw: bytes = field(default=b"", repr=False)

    @property
    def is_stream(self) -> bool:
        """Whether it came in events or lines."""
        return self.headers.get("content-type", "").split(";")[0] in (
            "text/event-stream",
            "application/x-ndjson",
        )

    def json(self) -> Any:
        """The body, one JSON value."""
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise Wrong(f"a body that is no JSON: {self.body[:200]!r}") from error

    def frames(self) -> list[tuple[str, str]]:
        """Server-sent events: their names and their data; comments are left out."""
        blocks = self.body.decode().split("\n\n")
        if blocks.pop():
            raise Wrong(f"the stream ends within an event: {self.body[-200:]!r}")
        found = []
        for block in blocks:
            fields = [line.partition(": ")[::2] for line in block.split("\n") if not line.startswith(":")]
            if unknown := {name for name, _ in fields} - {"event", "data"}:
                raise Wrong(f"fields that no event has: {unknown}")
            if fields:
                data = "\n".join(value for name, value in fields if name == "data")
                found.append((dict(fields).get("event", ""), data))
        return found

    def lines(self) -> list[Any]:
        """Lines of JSON; empty ones are signs of life."""
        if not self.body.endswith(b"\n"):
            raise Wrong(f"the stream ends within a line: {self.body[-200:]!r}")
        return [json.loads(line) for line in self.body.split(b"\n") if line.strip()]


class Line:
    """A connection with a request on it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._http = h11.Connection(h11.CLIENT)

    def send(self, method: str, host: str, target: str, body: bytes, headers: dict[str, str]) -> None:
        """Write the request."""
        head = [("Host", host), ("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        request = h11.Request(method=method, target=target, headers=[*head, *headers.items()])
        for event in (request, h11.Data(data=body), h11.EndOfMessage()):
            self._writer.write(self._http.send(event) or b"")

    async def head(self) -> Seen:
        """Status and headers."""
        response = await self._next()
        if not isinstance(response, h11.Response):
            raise Wrong(f"no response but {response!r}")
        return Seen(
            response.status_code, {name.decode(): value.decode("latin-1") for name, value in response.headers}
        )

    async def piece(self) -> bytes:
        """What comes next of the body; empty at its end."""
        event = await self._next()
        return bytes(event.data) if isinstance(event, h11.Data) else b""

    async def _next(self) -> Any:
        try:
            while (event := self._http.next_event()) is h11.NEED_DATA:
                self._http.receive_data(await self._reader.read(_PIECE))
        except (h11.RemoteProtocolError, ConnectionError) as error:
            raise Wrong(f"the response breaks HTTP: {error}") from error
        return event


@asynccontextmanager
async def calling(
    url: str, body: Any, headers: dict[str, str] | None = None, *, method: str = "POST"
) -> AsyncIterator[Line]:
    """A connection with a request on it, which is closed at the end, in whatever state it is."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    line = Line(reader, writer)
    try:
        line.send(method, parts.netloc, parts.path, json.dumps(body).encode(), headers or {})
        yield line
    finally:
        writer.close()


async def ask(url: str, body: Any, headers: dict[str, str] | None = None, *, method: str = "POST") -> Seen:
    """One request and its whole response; raises ``Wrong`` where that is cut."""
    async with calling(url, body, headers, method=method) as line:
        seen = await line.head()
        while piece := await line.piece():
            seen.body += piece
        return seen
