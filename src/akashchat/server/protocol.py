"""The server's side of HTTP: uvicorn's protocol, with a line for each request."""

import asyncio
from collections.abc import Callable
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from akashchat.server.line import EXTENSION


class _Joined:
    """A transport that sends a response's head together with what follows it at once.

    The server writes both apart, and each write is a packet and a system call; more than half of all
    responses are a head and one body.  All else is the transport's own.
    """

    __slots__ = ("_loop", "head", "transport")

    def __init__(self, transport: asyncio.Transport) -> None:
        self.transport = transport
        self.head = b""
        self._loop = asyncio.get_running_loop()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.transport, name)

    def write(self, data: bytes) -> None:
        if self.head:
            data, self.head = self.head + data, b""
        elif data.startswith(b"HTTP/1.1 "):
            self.head = data
            self._loop.call_soon(self.flush)
            return
        self.transport.write(data)

    def close(self) -> None:
        self.flush()
        self.transport.close()

    def flush(self) -> None:
        """Send a head that waits for what follows."""
        head, self.head = self.head, b""
        if head and not self.transport.is_closing():  # or there is nobody to send it to
            self.transport.write(head)


class _Line:
    """See ``Line``."""

    __slots__ = ("_cycle", "_protocol", "_transport")

    def __init__(self, protocol: "LineProtocol", cycle: RequestResponseCycle, transport: _Joined) -> None:
        self._protocol = protocol
        self._cycle = cycle
        self._transport = transport

    def body(self) -> bytes | None:
        cycle = self._cycle
        if cycle.more_body or cycle.disconnected:
            return None
        body = bytes(cycle.body)
        cycle.body = bytearray()
        cycle.message_event.clear()
        return body

    def chunk(self, data: bytes) -> bool:
        joined = self._transport
        to = joined if joined.head else joined.transport
        if to.is_closing():
            return True  # whoever waits for the rest will be told so at once
        to.write(b"".join((b"%x\r\n" % len(data), data, b"\r\n")))
        return self._protocol.flow.write_paused

    async def drained(self) -> None:
        await self._protocol.flow.drain()

    def watch(self, on_lost: Callable[[], object] | None) -> None:
        self._protocol.watched = on_lost and (self._cycle, on_lost)
        if on_lost is not None and self._cycle.disconnected:
            on_lost()


_OF_A_BODY = frozenset({b"content-length", b"transfer-encoding"})


class LineProtocol(HttpToolsProtocol):
    """One connection of a caller's."""

    watched: tuple[RequestResponseCycle, Callable[[], object]] | None = None
    """The response under way, and whom to tell when it cannot be completed."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See ``asyncio.Protocol``."""
        self._joined = _Joined(cast("asyncio.Transport", transport))
        super().connection_made(cast("asyncio.Transport", self._joined))

    def on_headers_complete(self) -> None:
        """See uvicorn."""
        begun = self.cycle
        super().on_headers_complete()
        if self.cycle is begun:
            return  # an upgrade follows, and no response
        line = _Line(self, self.cycle, self._joined)
        cast("dict[str, Any]", self.scope)["extensions"] = {EXTENSION: line}

    def _should_upgrade(self) -> bool:
        """See uvicorn; what is no WebSocket's handshake would be left without an answer (RFC 6455, 4.1)."""
        if self.parser.get_method() != b"GET" or any(name in _OF_A_BODY for name, _ in self.headers):
            return False
        return super()._should_upgrade()

    def handle_websocket_upgrade(self) -> None:
        """See uvicorn; a WebSocket writes for itself, and no response may be under way."""
        if self.cycle is not None and not self.cycle.response_complete:
            self._joined.close()
            return
        self._joined.flush()
        self.transport = self._joined.transport
        super().handle_websocket_upgrade()

    def connection_lost(self, exc: Exception | None) -> None:
        """See ``asyncio.Protocol``."""
        super().connection_lost(exc)
        if self.watched is not None:
            cycle, on_lost = self.watched
            if not cycle.response_complete:
                cycle.disconnected = True  # the server marks only the last of several requests
                on_lost()
