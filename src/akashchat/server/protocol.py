"""The server's side of HTTP: uvicorn's protocol, with a line for each request."""

import asyncio
import re
from collections.abc import Callable
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from akashchat.server.line import EXTENSION

_H2C = re.compile(rb"(?im)^upgrade(?=:[ \t]*h2c)")


def _without_h2c(data: bytes) -> bytes:
    """A head without its offer to go on in HTTP/2, which some clients make.

    It is declined by saying nothing (RFC 9110, section 7.8); the parser would take the body for HTTP/2.
    """
    head, end, rest = data.partition(b"\r\n\r\n")
    return _H2C.sub(b"x-offer", head) + end + rest


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
        if cycle.more_body or self._protocol.lost:
            return None
        body = bytes(cycle.body)
        cycle.body = bytearray()
        cycle.message_event.clear()
        return body

    def chunk(self, data: bytes) -> bool:
        joined = self._transport
        to = joined if joined.head else joined.transport
        if to.is_closing():
            return True
        to.write(b"".join((b"%x\r\n" % len(data), data, b"\r\n")))
        return self._protocol.flow.write_paused

    async def drained(self) -> None:
        await self._protocol.flow.drain()

    def watch(self, on_lost: Callable[[], object] | None) -> None:
        if on_lost is not None:
            self._protocol.watch(self._cycle, on_lost)
        else:
            self._protocol.unwatch(self._cycle)


_OF_A_BODY = frozenset({b"content-length", b"transfer-encoding"})


class LineProtocol(HttpToolsProtocol):
    """One connection of a caller's."""

    lost = False
    """Whether the connection is gone."""
    _between = True
    """Whether no request is under way: then the next bytes are a head."""
    _watched: tuple[RequestResponseCycle, Callable[[], object]] | None = None
    """The response under way, and whom to tell when it cannot be completed."""

    def watch(self, cycle: RequestResponseCycle, on_lost: Callable[[], object]) -> None:
        """Call once when the connection goes before this response is complete."""
        self._watched = cycle, on_lost
        if self.lost:
            self._tell()
        elif not self.pipeline:
            # A long body made the server stop reading, and who does not read does not see a caller leave.
            # With another request waiting it stays so, or requests could be heaped up.
            self.flow.resume_reading()

    def unwatch(self, cycle: RequestResponseCycle) -> None:
        """Call nobody for this response; another one on the same connection may be watched already."""
        if self._watched is not None and self._watched[0] is cycle:
            self._watched = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See ``asyncio.Protocol``."""
        self._joined = _Joined(cast("asyncio.Transport", transport))
        super().connection_made(cast("asyncio.Transport", self._joined))

    def data_received(self, data: bytes) -> None:
        """See ``asyncio.Protocol``."""
        super().data_received(_without_h2c(data) if self._between and b"h2c" in data else data)

    def on_message_begin(self) -> None:
        """See uvicorn."""
        self._between = False
        super().on_message_begin()

    def on_message_complete(self) -> None:
        """See uvicorn."""
        self._between = True
        super().on_message_complete()

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
        self.lost = True
        self._tell()

    def _tell(self) -> None:
        watched, self._watched = self._watched, None
        if watched is not None and not watched[0].response_complete:
            cycle, on_lost = watched
            cycle.disconnected = True  # the server marks only the last of several requests
            on_lost()
