"""One request on its way to an answer over HTTP, and all that can be done to its line.

Nothing is on the wire before the first byte of a body is written: like the app, the simulator keeps the
status line back until it has something to say. What a scenario does to the line (byte by byte, compressed) is
kept here, so that the endpoints need not know.
"""

import asyncio
import socket
import struct
import zlib
from collections.abc import Mapping, Sequence
from typing import Any, Final

from aiohttp import web

from akashchat.simulator.arrival import Arrival
from akashchat.simulator.javascript import stringify
from akashchat.simulator.journal import Journal
from akashchat.simulator.refusals import JSON

READ_TURNS: Final = 3
"""Turns of the event loop that let a reader in the same loop take one piece before the next is written."""


class Exchange:
    """A request being answered."""

    security_headers: Mapping[str, str] = {}
    """What every response has that is not bare."""

    def __init__(
        self, request: web.BaseRequest, arrival: Arrival, journal: Journal, *, pace_s: float = 0.0
    ) -> None:
        self.request = request
        self.arrival = arrival
        self.bytewise = False
        self.compressed = False
        self.is_dropped = False
        self.response: web.StreamResponse | None = None
        self._journal = journal
        self._pace_s = pace_s
        self._packer = zlib.compressobj(wbits=31)

    # -- answering over HTTP

    async def open(
        self, status: int, headers: Mapping[str, str] | Sequence[tuple[str, str]], *, bare: bool = False
    ) -> None:
        """Begin a response; ``bare`` leaves out what every other response has."""
        response = web.StreamResponse(status=status)
        if not bare:
            response.headers.update(self.security_headers)
        for name, value in headers.items() if isinstance(headers, Mapping) else headers:
            response.headers.add(name, value)
        if self.compressed:
            response.headers["content-encoding"] = "gzip"
        self.arrival.status = status
        self.response = response

    async def send(self, data: bytes) -> None:
        """Write a piece of the body, in as many writes as the line allows."""
        if self.compressed:
            data = self._packer.compress(data) + self._packer.flush(zlib.Z_SYNC_FLUSH)
        if self.bytewise:
            for index in range(len(data)):
                await self._write(data[index : index + 1])
                await self.let_read()
        elif data:
            await self._write(data)

    async def close(self) -> web.StreamResponse:
        """End the response properly."""
        response = self.response
        if response is None:
            raise RuntimeError("the request has not been answered")
        if self.compressed:
            self.compressed = False
            await self.send(self._packer.flush())
        if not response.prepared:
            await response.prepare(self.request)
        await response.write_eof()
        return response

    async def reply(
        self, status: int, body: str = "", content_type: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        """Answer at once; without a content type there is none on the wire either."""
        typed = {"content-type": content_type} if content_type else {}
        await self.open(status, typed | dict(headers or {}))
        await self.send(body.encode("utf-8", "surrogatepass"))

    async def reply_json(
        self, document: Any, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> None:
        """Answer at once, in JSON."""
        await self.reply(status, stringify(document), JSON, headers)

    # -- trouble on the line

    async def pause(self) -> None:
        """Wait for the time a token takes."""
        await asyncio.sleep(self._pace_s)

    @staticmethod
    async def let_read() -> None:
        """Give a reader in the same event loop the time to take what has been written so far."""
        for _ in range(READ_TURNS):
            await asyncio.sleep(0)

    async def stall(self) -> None:
        """Be silent until the client leaves or the simulator is told to resume."""
        await self._journal.hold(self.arrival)

    async def drop(self) -> None:
        """Reset the connection; never returns, because the request is cancelled with its connection."""
        await self.let_read()
        transport = self._leave()
        if transport is not None:
            line: socket.socket | None = transport.get_extra_info("socket")
            if line is not None:
                line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            transport.abort()
        await asyncio.Event().wait()

    async def hang_up(self, last_words: bytes = b"") -> None:
        """Close the connection without ending the response; never returns either."""
        transport = self._leave()
        if transport is not None:
            transport.write(last_words)
            transport.close()
        await asyncio.Event().wait()

    def _leave(self) -> asyncio.Transport | None:
        self.is_dropped = True
        return self.request.transport

    async def _write(self, data: bytes) -> None:
        if self.response is None:
            raise RuntimeError("a response must be opened before it is written")
        if not self.response.prepared:
            await self.response.prepare(self.request)
        if self.request.method != "HEAD":
            await self.response.write(data)
