"""One connection: bytes of a request out, a reply in.

One network read wakes the reader once, however many chunks it held.  A reader that is slow makes the
connection stop reading, so that a fast upstream cannot fill our memory.
"""

import asyncio
import zlib
from collections.abc import Callable
from typing import NoReturn, cast

import httptools

from akashchat.errors import AnswerCut, ProtocolError, UpstreamError, UpstreamTimeout

_MAX_HEAD_BYTES = 64 * 1024
_ENOUGH_BYTES = 256 * 1024
"""So much of a body may wait for its reader before the connection stops reading."""
_MAX_INFLATED_BYTES = 8 * 1024 * 1024
"""What one network read may become when it was compressed."""
_NOT_HTTP = "the upstream's reply is not HTTP"


class Connection(asyncio.Protocol):
    """A connection that carries one exchange at a time.

    ``deadline`` is the monotonic second at which ``expire`` is due; each byte received moves it on.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self.idle_since = 0.0
        self.deadline = 0.0
        self._monotonic = monotonic
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._reset(0.0)

    def _reset(self, idle_s: float) -> None:
        """Forget the last exchange."""
        self.status = 0
        self.headers: dict[str, str] = {}
        self.cookies: list[str] = []
        self.received = 0
        self.complete = False
        self._error: UpstreamError | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._head_bytes = 0
        self._head_done = False
        self._keeps_alive = False
        self._pieces: list[bytes] = []
        self._held_bytes = 0
        self._paused = False
        self._inflate: zlib._Decompress | None = None
        self._patience_s = self._idle_s = idle_s

    @property
    def open(self) -> bool:
        """Whether a request can be sent."""
        return self._transport is not None and not self._transport.is_closing()

    @property
    def reusable(self) -> bool:
        """Whether the exchange is over and another may follow."""
        return self.complete and self._keeps_alive and self.open and self._error is None

    async def exchange(self, request: bytes, first_byte_s: float, idle_s: float) -> None:
        """Send a request and wait for its reply's head; raises an ``UpstreamError``."""
        self._reset(idle_s)
        self._patience_s = first_byte_s
        self.deadline = self._monotonic() + first_byte_s
        if self._transport is not None:
            self._transport.write(request)
        else:
            self.connection_lost(None)
        while not self._head_done:
            if self._error is not None:
                raise self._error
            await self._news()

    async def piece(self) -> bytes:
        """More of the body, as much as has come; empty at its end."""
        while not self._pieces:
            if self.complete:
                return b""
            if self._error is not None:
                raise self._error
            await self._news()
        data = self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)
        self._pieces.clear()
        self._held_bytes = 0
        if self._paused and self._transport is not None:
            self._paused = False
            self._transport.resume_reading()
        return data

    def close(self) -> None:
        """Close at once; whatever was not read is lost."""
        if self._transport is not None:
            self._transport.abort()

    def expire(self) -> None:
        """The other side was silent for too long."""
        how = "was silent for" if self._head_done else "sent nothing for"
        self._fail(UpstreamTimeout(f"the upstream {how} {self._patience_s:g} seconds"))

    def _news(self) -> asyncio.Future[None]:
        """What to wait for until something has come."""
        self._waiter = self._loop.create_future()
        return self._waiter

    def _wake(self) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    def _fail(self, error: UpstreamError) -> None:
        if not self.complete and self._error is None:
            self._error = error
        self.close()
        self._wake()

    # -- what the network says

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See ``asyncio.Protocol``."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """See ``asyncio.Protocol``."""
        if self.complete:
            self.close()  # bytes that nobody asked for
            return
        self.received += len(data)
        self.deadline = self._monotonic() + self._idle_s
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._fail(self._error or ProtocolError(_NOT_HTTP))
            return
        if self._held_bytes > _ENOUGH_BYTES and not self._paused and self._transport is not None:
            self._paused = True
            self._transport.pause_reading()
        if self._head_done:
            self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """See ``asyncio.Protocol``."""
        self._transport = None
        if self.complete:
            return
        if self._head_done and exc is None and self._ends_with_connection():
            self.complete = True
            self._wake()
            return
        when = "its answer was complete" if self._head_done else "it answered"
        self._fail(AnswerCut(f"the upstream closed the connection before {when}"))

    def _ends_with_connection(self) -> bool:
        return "content-length" not in self.headers and "transfer-encoding" not in self.headers

    # -- what the parser says

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header; names in lower case, values of the same name joined, but for ``Set-Cookie``."""
        self._head_bytes += len(name) + len(value)
        if self._head_bytes > _MAX_HEAD_BYTES:
            self._refuse(f"the upstream's headers are larger than {_MAX_HEAD_BYTES} bytes")
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        if key == "set-cookie":
            self.cookies.append(text)
        elif key in self.headers:
            self.headers[key] += f", {text}"
        else:
            self.headers[key] = text

    def on_headers_complete(self) -> None:
        """The head is whole; an informational one is followed by the real one."""
        self.status = self._parser.get_status_code()
        if self.status < 200:
            return
        self._head_done = True
        self._patience_s = self._idle_s
        match self.headers.get("content-encoding", "identity").lower():
            case "identity":
                pass
            case "gzip" | "x-gzip":
                self._inflate = zlib.decompressobj(wbits=31)
            case "deflate":
                self._inflate = zlib.decompressobj()
            case other:
                self._refuse(f"the upstream's reply is compressed in a way nobody asked for: {other[:40]}")

    def on_body(self, body: bytes) -> None:
        """A part of the body."""
        if self._inflate is not None:
            body = self._inflated(body, self._inflate)
        if body:
            self._pieces.append(body)
            self._held_bytes += len(body)

    def on_message_complete(self) -> None:
        """The reply is whole."""
        if self.status < 200:
            self.headers.clear()
            return
        self.complete = True
        self._keeps_alive = self._parser.should_keep_alive()

    def _inflated(self, body: bytes, inflate: "zlib._Decompress") -> bytes:
        try:
            data = inflate.decompress(body, _MAX_INFLATED_BYTES)
        except zlib.error:
            self._refuse("the upstream's reply is not compressed as it says")
        if inflate.unconsumed_tail:
            self._refuse("the upstream's reply is compressed beyond reason")
        return data

    def _refuse(self, why: str) -> NoReturn:
        """Leave the parser, which turns any exception into one of its own."""
        self._error = ProtocolError(why)
        raise self._error
