"""One request and its response, on one connection.

To the application it is ASGI's ``receive`` and ``send`` and, as an extension of the scope, the caller's ``Line``.
In the scope's state it looks for ``stamps``, headers of whatever response it is, and there it leaves its ``status``.
A head waits for what follows it in the same turn of the loop, so that most responses are one packet.
https://asgi.readthedocs.io/en/latest/specs/www.html
"""

import asyncio
import http
from collections.abc import Callable
from typing import Protocol

from starlette.types import ASGIApp, Message, Scope

_STATUS = {
    status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in http.HTTPStatus
}
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_written = b"%b: %b\r\n".__mod__
"""A header, given as name and value, as it is sent."""
_WITHOUT_BODY = (204, 304)
_FAILED = b"Internal Server Error"


class Connection(Protocol):
    """What an exchange needs of the connection it is on."""

    transport: asyncio.Transport
    write_paused: bool
    """Whether the caller is slow to take what was sent."""
    on_stop: Callable[[], object] | None
    """Called when the server begins to stop."""

    async def drained(self) -> None:
        """Wait until it has taken it."""
        ...

    def headers(self) -> bytes:
        """Those of every response, as they are sent."""
        ...

    def go_on(self) -> None:
        """Read on, unless there is a reason not to."""
        ...

    def ended(self) -> None:
        """The response is complete."""
        ...


class Exchange:
    """See above; ``lost`` is said by the connection, and ``add`` and ``end`` bring the request's body."""

    __slots__ = (
        "_bodiless",
        "_chunked",
        "_connection",
        "_delivered",
        "_expects",
        "_head",
        "_left",
        "_loop",
        "_more",
        "_news",
        "_on_lost",
        "_pieces",
        "begun",
        "complete",
        "gone",
        "keep_alive",
        "scope",
        "waiting_bytes",
    )

    def __init__(
        self,
        connection: Connection,
        scope: Scope,
        loop: asyncio.AbstractEventLoop,
        *,
        keep_alive: bool,
        expects: bool,
    ) -> None:
        self.scope = scope
        self.keep_alive = keep_alive
        self.gone = False
        """Whether the caller left before the response was complete."""
        self.begun = False
        self.complete = False
        self.waiting_bytes = 0
        """So much of the request's body has come and is not taken."""
        self._connection = connection
        self._loop = loop
        self._expects = expects
        self._pieces: list[bytes] = []
        self._more = True
        self._delivered = False
        self._news: asyncio.Future[None] | None = None
        self._on_lost: Callable[[], object] | None = None
        self._head = b""
        self._bodiless = False
        self._chunked = False
        self._left = -1
        """How much of a body of declared length is still to come; negative where none was declared."""

    async def run(self, app: ASGIApp) -> None:
        """Have it answered; whatever the application does, the caller sees an end."""
        try:
            await app(self.scope, self.receive, self.send)
        finally:
            if not self.complete and not self.gone:
                if self.begun:
                    self._connection.transport.close()  # an end that is none: not all of it came
                else:
                    await self._fail()
            self.scope["extensions"].clear()  # where this stands itself: so both go at once

    async def _fail(self) -> None:
        headers = [(b"content-type", b"text/plain"), (b"content-length", b"%d" % len(_FAILED))]
        self.keep_alive = False
        await self.send({"type": "http.response.start", "status": 500, "headers": headers})
        await self.send({"type": "http.response.body", "body": _FAILED})

    # The request.

    def add(self, data: bytes) -> None:
        """More of its body."""
        self._pieces.append(data)
        self.waiting_bytes += len(data)
        self._wake()

    def end(self) -> None:
        """That was all of it."""
        self._more = False
        self._wake()

    def body(self) -> bytes | None:
        """See ``Line``."""
        return None if self._more or self.gone else self._taken()

    async def receive(self) -> Message:
        """See ASGI."""
        if self._expects and not self.begun:
            self._expects = False
            self._connection.transport.write(_CONTINUE)
        while not (self.gone or self.complete):
            if self._pieces or not (self._more or self._delivered):
                return {"type": "http.request", "body": self._taken(), "more_body": self._more}
            self._connection.go_on()
            self._news = self._loop.create_future()
            await self._news
        return {"type": "http.disconnect"}

    def _taken(self) -> bytes:
        pieces, self._pieces = self._pieces, []
        self.waiting_bytes = 0
        self._delivered = not self._more
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _wake(self) -> None:
        if self._news is not None and not self._news.done():
            self._news.set_result(None)

    # The response.

    async def send(self, message: Message) -> None:
        """See ASGI."""
        if self._connection.write_paused and not self.gone:
            await self._connection.drained()
        if message["type"] == "http.response.start":
            self.scope["state"]["status"] = message["status"]
        if self.gone:
            return
        if not self.begun:
            self._begin(message["status"], [*message["headers"], *self.scope["state"].get("stamps", ())])
        elif not self.complete:
            self._go_on(message.get("body", b""), more=message.get("more_body", False))
        else:
            raise RuntimeError("a response goes on behind its end")

    def _begin(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        self.begun = True
        self._bodiless = status in _WITHOUT_BODY or self.scope["method"] == "HEAD"
        written = b"".join(map(_written, headers))
        if not written.count(b"\n") == written.count(b"\r") == len(headers):
            raise ValueError("a header holds a line break")
        framing = b""
        self._left = int(dict(headers).get(b"content-length", -1))
        if self._left < 0 and not self._bodiless:
            if self.scope["http_version"] == "1.0":
                self.keep_alive = False  # its end is the connection's
            else:
                self._chunked = True
                framing = b"transfer-encoding: chunked\r\n"
        if not self.keep_alive:
            framing += b"connection: close\r\n"
        self._head = b"%b%b%b%b\r\n" % (_STATUS[status], self._connection.headers(), written, framing)
        self._loop.call_soon(self._flush)

    def _go_on(self, body: bytes, *, more: bool) -> None:
        head, self._head = self._head, b""
        if self._bodiless:
            body = b""
        elif self._chunked:
            framed = b"%x\r\n%b\r\n" % (len(body), body) if body else b""
            body = framed if more else framed + b"0\r\n\r\n"
        elif self._left >= 0:
            self._left -= len(body)
            if self._left < 0 or (self._left and not more):
                raise ValueError("a body is not as long as its head says")
        if head or body:
            self._connection.transport.write(head + body)
        if not more:
            self.complete = True
            self._wake()
            if not self.keep_alive:
                self._connection.transport.close()
            self._connection.ended()

    def _flush(self) -> None:
        """Send a head that waits for what follows, unless there is nobody to send it to."""
        head, self._head = self._head, b""
        if head and not self._connection.transport.is_closing():
            self._connection.transport.write(head)

    # The line.

    def chunk(self, data: bytes) -> bool:
        """See ``Line``."""
        connection = self._connection
        if connection.transport.is_closing():
            return True
        if self._chunked:
            data = b"%x\r\n%b\r\n" % (len(data), data)
        if self._head:
            data, self._head = self._head + data, b""
        connection.transport.write(data)
        return connection.write_paused

    async def drained(self) -> None:
        """See ``Line``."""
        await self._connection.drained()

    def when_stopping(self, call: Callable[[], object] | None) -> None:
        """See ``Line``."""
        self._connection.on_stop = call

    def watch(self, on_lost: Callable[[], object] | None) -> None:
        """See ``Line``."""
        self._on_lost = on_lost
        if on_lost is not None:
            if self.gone:
                self.lost()
            else:
                # A long body made the connection stop reading, and who does not read does not see a caller leave.
                self._connection.go_on()

    def lost(self) -> None:
        """The caller is gone."""
        if self.complete:
            return
        self.gone = True
        self._wake()
        on_lost, self._on_lost = self._on_lost, None
        if on_lost is not None:
            on_lost()
