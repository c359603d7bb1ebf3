"""One connection: bytes of a request out, a reply in.

One network read wakes the reader once, however many chunks it held.  A reader that is slow makes the
connection stop reading, so that a fast upstream cannot fill our memory.
"""

import asyncio
import math
import zlib
from collections.abc import Callable
from typing import NoReturn, cast

import httptools

from akashchat.errors import AnswerCut, ProtocolError, UpstreamError, UpstreamTimeout

_MAX_HEAD_BYTES = 64 * 1024
"""Of headers, and of anything else that comes between two pieces of a body."""
_ENOUGH_BYTES = 256 * 1024
"""So much of a body may wait for its reader before the connection stops reading."""
_MAX_INFLATED_BYTES = 8 * 1024 * 1024
"""So much may what waits for its reader become when it was compressed."""
_NOT_HTTP = "the upstream's reply is not HTTP"
_TOO_MUCH_HEAD = f"the upstream's headers are larger than {_MAX_HEAD_BYTES} bytes"


class Connection(asyncio.Protocol):
    """A connection that carries one exchange at a time.

    ``deadline`` is the monotonic second at which ``expire`` is due; each byte received moves it on.  While
    the reader is too slow there is none: it is not the other side that is silent.
    """

    __slots__ = (
        "_barren_bytes",
        "_error",
        "_head_bytes",
        "_head_done",
        "_held_bytes",
        "_idle_s",
        "_inflate",
        "_keeps_alive",
        "_loop",
        "_monotonic",
        "_parser",
        "_patience_s",
        "_paused",
        "_pieces",
        "_squeezed",
        "_transport",
        "_waiter",
        "complete",
        "cookies",
        "deadline",
        "headers",
        "idle_since",
        "received",
        "status",
    )

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self.idle_since = 0.0
        self.deadline = 0.0
        self._monotonic = monotonic
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._reset(0.0)
        self.complete = True  # until a request is sent, no reply is due

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
        self._barren_bytes = 0
        self._head_done = False
        self._keeps_alive = False
        self._pieces: list[bytes] = []
        self._held_bytes = 0
        self._paused = False
        self._inflate: zlib._Decompress | None = None
        self._squeezed = False
        self._patience_s = self._idle_s = idle_s

    @property
    def open(self) -> bool:
        """Whether a request can be sent."""
        return self._transport is not None and not self._transport.is_closing()

    @property
    def reusable(self) -> bool:
        """Whether the exchange is over, on both sides, and another may follow."""
        return (
            self.complete
            and self._keeps_alive
            and self._transport is not None
            and not self._transport.is_closing()
            and not self._transport.get_write_buffer_size()
        )

    async def exchange(self, request: bytes, first_byte_s: float, idle_s: float) -> None:
        """Send a request and wait for its reply's head; raises an ``UpstreamError``."""
        self._reset(idle_s)
        self._patience_s = first_byte_s
        self.deadline = self._monotonic() + first_byte_s
        if self._transport is not None and self.open:
            self._transport.write(request)
        else:
            self._fail(AnswerCut("the upstream closed the connection before it was asked"))
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
            self.deadline = self._monotonic() + self._idle_s
            self._transport.resume_reading()
        return data

    def close(self) -> None:
        """Close at once; whatever was not read is lost."""
        if self._error is None and not self.complete:
            self._error = AnswerCut("the connection was closed before the answer was complete")
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
        held = self._held_bytes
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._fail(self._error or ProtocolError(_NOT_HTTP))
            return
        self._barren_bytes = 0 if self._held_bytes > held else self._barren_bytes + len(data)
        self._keep_bounds()
        if self._head_done:
            self._wake()

    def _keep_bounds(self) -> None:
        """Stop reading while the reader is slow; give up where nothing but heads and chunk sizes comes."""
        if self.complete:
            return
        if self._barren_bytes > _MAX_HEAD_BYTES:
            self._fail(ProtocolError(_TOO_MUCH_HEAD))
        elif self._held_bytes > _ENOUGH_BYTES and not self._paused and self._transport is not None:
            self._paused = True
            self.deadline = math.inf
            self._transport.pause_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        """See ``asyncio.Protocol``."""
        self._transport = None
        if self.complete:
            return
        if exc is None and self._error is None and self._ends_with_connection():
            self.complete = True
            self._wake()
            return
        when = "its answer was complete" if self._head_done else "it answered"
        self._fail(AnswerCut(f"the upstream closed the connection before {when}"))

    def _ends_with_connection(self) -> bool:
        framed = "content-length" in self.headers or "transfer-encoding" in self.headers
        return self._head_done and not framed and self._inflated_whole()

    # -- what the parser says

    def on_message_begin(self) -> None:
        """A reply begins; nobody asked for one behind that which is whole."""
        if self.complete:
            raise ProtocolError(_NOT_HTTP)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header; names in lower case, values of the same name joined, but for ``Set-Cookie``.

        One that follows the body is none: whoever puts it there may not be who is trusted with headers.
        """
        self._head_bytes += len(name) + len(value)
        if self._head_bytes > _MAX_HEAD_BYTES:
            self._refuse(_TOO_MUCH_HEAD)
        if self._head_done:
            return
        key, text = name.decode("latin-1").lower(), value.decode("latin-1").rstrip(" \t")
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
        if self.headers.get("transfer-encoding", "chunked").lower() != "chunked":
            self._refuse("the upstream's reply is transferred in a way nobody asked for")
        match self.headers.get("content-encoding", "").lower():
            case "" | "identity":
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
            self.cookies.clear()
            return
        if not self._inflated_whole():
            self._refuse("the upstream's reply ends before what was compressed in it")
        self.complete = True
        self._keeps_alive = self._parser.should_keep_alive()

    def _inflated(self, body: bytes, inflate: "zlib._Decompress") -> bytes:
        room = _MAX_INFLATED_BYTES - self._held_bytes
        try:
            data = inflate.decompress(body, max(1, room))
        except zlib.error:
            self._refuse("the upstream's reply is not compressed as it says")
        if inflate.unconsumed_tail:
            self._refuse("the upstream's reply is compressed beyond reason")
        if inflate.unused_data:
            self._refuse("the upstream's reply goes on behind what was compressed in it")
        self._squeezed = True
        return data

    def _inflated_whole(self) -> bool:
        """Whether nothing is missing of what was compressed; no body at all is whole."""
        return self._inflate is None or self._inflate.eof or not self._squeezed

    def _refuse(self, why: str) -> NoReturn:
        """Leave the parser, which turns any exception into one of its own."""
        self._error = ProtocolError(why)
        raise self._error
