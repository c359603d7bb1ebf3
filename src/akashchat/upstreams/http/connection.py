"""One connection: bytes of a request out, a reply in.

A body is poured into a sink or read piece by piece, and one network read is one piece, however many
chunks it held.  A reader that is slow makes the connection stop reading, so that a fast upstream cannot
fill our memory.
"""

import asyncio
import math
import ssl
from collections.abc import Callable
from typing import TypeAlias, cast

import httptools
from msgspec import Struct

from akashchat.errors import AnswerCut, ProtocolError, UpstreamError, UpstreamTimeout
from akashchat.upstreams.http.incoming import MAX_HEAD_BYTES, TOO_MUCH_HEAD, Incoming

_ENOUGH_BYTES = 256 * 1024
"""So much of a body may wait for its reader before the connection stops reading."""

Taking: TypeAlias = Callable[[bytes], bool]
"""Takes a piece of a body and gives whether it wants no more for now; must not call back into the reply."""


class Peer(Struct, frozen=True):
    """Whom a connection leads to.

    Where it is encrypted, ``tls`` is the version and ``good_until`` the last second of the certificate, since the
    epoch.
    """

    address: str
    tls: str = ""
    good_until: float | None = None


class Connection(asyncio.Protocol):
    """A connection that carries one exchange at a time.

    ``deadline`` is the monotonic second at which ``expire`` is due; each byte received moves it on.  While
    the reader is too slow there is none: it is not the other side that is silent.
    """

    __slots__ = (
        "_barren_bytes",
        "_error",
        "_idle_s",
        "_loop",
        "_monotonic",
        "_patience_s",
        "_paused",
        "_take",
        "_transport",
        "_waiter",
        "deadline",
        "idle_since",
        "received",
        "reply",
    )

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self.idle_since = 0.0
        self.deadline = 0.0
        self._monotonic = monotonic
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._waiter: asyncio.Future[bool] | None = None
        self._take: Taking | None = None
        self.reply = Incoming()
        self._reset(0.0, 0.0)
        self.reply.complete = True  # until a request is sent, none is due

    def _reset(self, first_byte_s: float, idle_s: float) -> None:
        """Forget the last exchange."""
        self.reply.begin()
        self.received = 0
        self._error: UpstreamError | None = None
        self._barren_bytes = 0
        self._paused = False
        self._idle_s = idle_s
        self._patience_s = first_byte_s
        self.deadline = self._monotonic() + first_byte_s

    @property
    def open(self) -> bool:
        """Whether a request can be sent."""
        return self._transport is not None and not self._transport.is_closing()

    @property
    def reusable(self) -> bool:
        """Whether the exchange is over, on both sides, and another may follow."""
        return (
            self.reply.complete
            and self.reply.keeps_alive
            and self._transport is not None
            and not self._transport.is_closing()
            and not self._transport.get_write_buffer_size()
        )

    @property
    def peer(self) -> Peer:
        """Whom it leads to; through a proxy the address is the proxy's."""
        transport = self._transport
        if transport is None:
            return Peer("")
        address = (transport.get_extra_info("peername") or ("",))[0]
        tls: ssl.SSLObject | None = transport.get_extra_info("ssl_object")
        if tls is None:
            return Peer(address)
        until = (tls.getpeercert() or {}).get("notAfter")
        return Peer(address, tls.version() or "", ssl.cert_time_to_seconds(str(until)) if until else None)

    async def exchange(self, request: bytes, first_byte_s: float, idle_s: float) -> None:
        """Send a request and wait for its reply's head; raises an ``UpstreamError``."""
        self._reset(first_byte_s, idle_s)
        if self._transport is not None and self.open:
            self._transport.write(request)
        else:
            self._fail(AnswerCut("the upstream closed the connection before it was asked"))
        while not self.reply.head_done:
            if self._error is not None:
                raise self._error
            await self._news()

    async def piece(self) -> bytes:
        """More of the body, as much as has come; empty at its end."""
        while not self.reply.pieces:
            if self.reply.complete:
                return b""
            if self._error is not None:
                raise self._error
            await self._news()
        return self._taken()

    async def pour(self, take: Taking) -> bool:
        """Hand over the body, each piece the moment it is there; give whether nothing is left.

        It returns early, with false, when ``take`` wants no more for now.
        """
        while True:
            while self.reply.pieces:
                if take(self._taken()):
                    return False
            if self.reply.complete:
                return True
            if self._error is not None:
                raise self._error
            self._take = take
            try:
                if await self._news():
                    return False
            finally:
                self._take = None

    def close(self) -> None:
        """Close at once; whatever was not read is lost."""
        if self._error is None and not self.reply.complete:
            self._error = AnswerCut("the connection was closed before the answer was complete")
        if self._transport is not None:
            self._transport.abort()

    def expire(self) -> None:
        """The other side was silent for too long."""
        how = "was silent for" if self.reply.head_done else "sent nothing for"
        self._fail(UpstreamTimeout(f"the upstream {how} {self._patience_s:g} seconds"))

    def _taken(self) -> bytes:
        """What waits, for a reader who has come for it."""
        if self._paused and self._transport is not None:
            self._paused = False
            self.deadline = self._monotonic() + self._idle_s
            self._transport.resume_reading()
        return self.reply.taken()

    def _news(self) -> asyncio.Future[bool]:
        """What to wait for until something has come; true when a taker wants no more."""
        self._waiter = self._loop.create_future()
        return self._waiter

    def _wake(self, *, enough: bool = False) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_result(enough)

    def _hand_over(self, take: Taking) -> None:
        if self._waiter is None or self._waiter.done():
            return  # whoever poured is being cancelled
        try:
            enough = take(self.reply.taken())
        except Exception as error:  # noqa: BLE001  raised again where the taker's task waits
            self._take = None
            self._waiter.set_exception(error)
            return
        if enough:
            self._take = None
            self._wake(enough=True)

    def _fail(self, error: UpstreamError) -> None:
        if not self.reply.complete and self._error is None:
            self._error = error
        self.close()
        self._wake()

    # -- what the network says

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See ``asyncio.Protocol``."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """See ``asyncio.Protocol``."""
        reply = self.reply
        if reply.complete:
            self.close()  # bytes that nobody asked for
            return
        self.received += len(data)
        held = reply.held_bytes
        try:
            reply.feed(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade, ProtocolError):
            self._fail(reply.fault)
            return
        if reply.head_done:
            self._patience_s = self._idle_s
        self.deadline = self._monotonic() + self._idle_s
        if reply.held_bytes > held:
            self._barren_bytes = 0
            if self._take is not None:
                self._hand_over(self._take)
                if self._take is not None and not reply.complete:
                    return  # all is handed over, and nobody waits for anything else
        else:
            self._barren_bytes += len(data)
        self._keep_bounds()
        if reply.complete or (reply.head_done and self._take is None):
            self._wake()

    def _keep_bounds(self) -> None:
        """Stop reading while the reader is slow; give up where nothing but heads and chunk sizes comes."""
        if self.reply.complete:
            return
        if self._barren_bytes > MAX_HEAD_BYTES:
            self._fail(ProtocolError(TOO_MUCH_HEAD))
        elif self.reply.held_bytes > _ENOUGH_BYTES and not self._paused and self._transport is not None:
            self._paused = True
            self.deadline = math.inf
            self._transport.pause_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        """See ``asyncio.Protocol``."""
        self._transport = None
        reply = self.reply
        reply.forget()
        if reply.complete:
            return
        if exc is None and self._error is None and reply.ends_with_connection():
            reply.complete = True
            self._wake()
            return
        when = "its answer was complete" if reply.head_done else "it answered"
        self._fail(AnswerCut(f"the upstream closed the connection before {when}"))
