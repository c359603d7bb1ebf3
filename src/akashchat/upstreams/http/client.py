"""A pool of connections to one upstream."""

import asyncio
import math
import os
import re
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Self
from urllib.parse import urlsplit

from aiohappyeyeballs import start_connection
from msgspec import Struct

from akashchat.clock import Clock, Timer
from akashchat.errors import AnswerCut, ProtocolError, UpstreamError, UpstreamTimeout, UpstreamUnavailable
from akashchat.upstreams.http.connection import Connection, Peer

_DRAIN_S = 1.0
_STALE_S = 1.0
"""A connection that had died closes within so long of a request."""
_HEAD_START_S = 0.25
"""How long an address may take before the next is tried beside it (RFC 8305)."""
_TICK_S = 1.0
"""How often connections are looked at whose time may be up: for all of them one timer."""
_TARGET = re.compile(r"[!-~]+")
_POOL_CLOSED = "the upstream's connection pool is closed"


class HttpOptions(Struct, frozen=True, kw_only=True):
    """How to reach an upstream.  Times are seconds.

    ``keep_alive_s`` stays below Akash's own five seconds, so that a pooled connection is rarely dead;
    ``idle_timeout_s`` below the 300 after which its server gives up on its model.
    """

    base_url: str
    proxy: str = ""
    connect_timeout_s: float = 10.0
    first_byte_timeout_s: float = 290.0
    idle_timeout_s: float = 290.0
    keep_alive_s: float = 4.0


class HttpReply:
    """Status and headers (names in lower case) of a reply whose body is still to come.

    Whoever has it must ``close`` it, and not read it afterwards.
    """

    __slots__ = ("_closed", "_connection", "_http", "cookies", "headers", "piece", "pour", "status")

    def __init__(self, connection: Connection, http: "Http") -> None:
        self.status = connection.reply.status
        self.headers: Mapping[str, str] = connection.reply.headers
        self.cookies = tuple(connection.reply.cookies)
        self.piece = connection.piece
        """Waits for more of the body, as much as has come; empty at its end."""
        self.pour = connection.pour
        """Hands over the body, each piece the moment it is there; see ``Connection.pour``."""
        self._connection = connection
        self._http = http
        self._closed = False

    @property
    def received(self) -> int:
        """How many bytes have come."""
        return self._connection.received

    @property
    def media_type(self) -> str:
        """The content type without its parameters, in lower case; empty when there is none."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    async def read(self, limit: int) -> bytes:
        """The whole body; raises ``ProtocolError`` beyond ``limit`` bytes."""
        pieces: list[bytes] = []
        size = 0
        while data := await self.piece():
            size += len(data)
            if size > limit:
                raise ProtocolError(f"the upstream's reply is larger than {limit} bytes")
            pieces.append(data)
        return b"".join(pieces)

    async def drain(self) -> None:
        """Wait a moment for the end of a body that has said all: only then its connection can be reused."""
        if not self._connection.reply.complete:
            await self._http.drain(self._connection)

    def close(self) -> None:
        """Let go of the connection: to the pool when the reply is whole, else for good."""
        if not self._closed:  # or it would be taken from whoever has it now
            self._closed = True
            self._http.release(self._connection)


class Http:
    """Connections to one upstream, kept for reuse.  Use as a context manager; ``send`` works inside it."""

    def __init__(self, options: HttpOptions, clock: Clock) -> None:
        parts = urlsplit(options.base_url)
        self._options = options
        self._clock = clock
        self._host = parts.hostname or ""
        self._tls = ssl.create_default_context() if parts.scheme == "https" else None
        self._port = parts.port or (443 if self._tls else 80)
        self._prefix = parts.path.rstrip("/")
        self._netloc = parts.netloc.rpartition("@")[2]
        self._idle: list[Connection] = []
        self._busy: set[Connection] = set()
        self._timer: Timer | None = None
        self._open = False

    async def __aenter__(self) -> Self:
        self._open = True
        return self

    async def __aexit__(self, *_: object) -> None:
        self._open = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for connection in [*self._idle, *self._busy]:
            connection.close()
        self._idle.clear()
        self._busy.clear()

    async def send(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes | None = None,
        *,
        patience_s: float = math.inf,
    ) -> HttpReply:
        """Send a request and wait for the reply's head; see ``ask``."""
        return await self.ask(self.head(method, path, headers), body, patience_s=patience_s)

    async def ask(self, head: bytes, body: bytes | None = None, *, patience_s: float = math.inf) -> HttpReply:
        """Send a request whose head is written, and wait for the reply's.

        ``patience_s`` is the longest silence, before the first byte and after it, when less than for an
        answer.  A pooled connection may have died unnoticed, so a request on one that closes at once and
        without a byte is sent once more, on a new one; later the server may have begun to work on it.
        """
        request = (
            head + b"\r\n" if body is None else b"%bContent-Length: %d\r\n\r\n%b" % (head, len(body), body)
        )
        connection = self._pooled()
        if connection is not None:
            sent = self._clock.monotonic()
            try:
                return await self._exchange(connection, request, patience_s)
            except AnswerCut:
                if connection.received or self._clock.monotonic() > sent + _STALE_S:
                    raise
        return await self._exchange(await self._connect(), request, patience_s)

    async def greet(self) -> Peer:
        """Open a connection and close it again, only to see whom it leads to."""
        connection = await self._connect()
        peer = connection.peer
        connection.close()
        return peer

    def release(self, connection: Connection) -> None:
        """Take a connection back."""
        if connection not in self._busy:
            return
        self._busy.discard(connection)
        if connection.reusable and self._open:
            connection.idle_since = self._clock.monotonic()
            self._idle.append(connection)
        else:
            connection.close()

    async def drain(self, connection: Connection) -> None:
        """Read what is left of a body, for a moment."""
        try:
            async with self._clock.timeout(_DRAIN_S):
                while await connection.piece():
                    pass
        except (UpstreamError, TimeoutError):
            connection.close()

    async def _exchange(self, connection: Connection, request: bytes, patience_s: float) -> HttpReply:
        options = self._options
        first_byte_s = min(patience_s, options.first_byte_timeout_s)
        self._busy.add(connection)
        if self._timer is None:
            self._timer = self._clock.call_later(_TICK_S, self._tick)
        try:
            await connection.exchange(request, first_byte_s, min(patience_s, options.idle_timeout_s))
        except BaseException:
            self.release(connection)
            raise
        return HttpReply(connection, self)

    def head(self, method: str, path: str, headers: Mapping[str, str]) -> bytes:
        """A request's head but for its body's length; who asks the same again and again keeps it."""
        target = f"{self._prefix}{path}"
        lines = [f"{method} {target} HTTP/1.1", f"Host: {self._netloc}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        head = "\r\n".join(lines)
        if not head.count("\r") == head.count("\n") == len(lines) - 1 or "\0" in head:
            raise UpstreamError("a header for the upstream holds a line break")
        if not _TARGET.fullmatch(target):
            raise UpstreamError("a path for the upstream holds what must be escaped there")
        return head.encode("latin-1", "replace") + b"\r\n"

    def _pooled(self) -> Connection | None:
        """The connection used last, if it is young enough to be alive."""
        oldest = self._clock.monotonic() - self._options.keep_alive_s
        while self._idle:
            connection = self._idle.pop()
            if connection.open and connection.idle_since > oldest:
                return connection
            connection.close()
        return None

    async def _connect(self) -> Connection:
        self._check_open()
        options = self._options
        loop = asyncio.get_running_loop()
        with _explained():
            async with self._clock.timeout(options.connect_timeout_s):
                sock = await (self._through_proxy() if options.proxy else self._direct())
                _, connection = await loop.create_connection(
                    lambda: Connection(self._clock.monotonic),
                    sock=sock,
                    ssl=self._tls,
                    server_hostname=self._host if self._tls else None,
                )
        try:
            self._check_open()
        except UpstreamUnavailable:
            connection.close()
            raise
        return connection

    def _check_open(self) -> None:
        if not self._open:
            raise UpstreamUnavailable(_POOL_CLOSED)

    async def _direct(self) -> socket.socket:
        """A socket to whichever of the host's addresses answers first."""
        loop = asyncio.get_running_loop()
        addresses = await loop.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
        return await start_connection(addresses, happy_eyeballs_delay=_HEAD_START_S)

    async def _through_proxy(self) -> socket.socket:
        """A socket through the proxy, whose library most gateways never need."""
        from python_socks import ProxyError  # noqa: PLC0415
        from python_socks.async_.asyncio import Proxy  # noqa: PLC0415

        options = self._options
        try:
            proxy = Proxy.from_url(options.proxy)
            return await proxy.connect(self._host, self._port, timeout=options.connect_timeout_s)
        except (ProxyError, OSError, ValueError) as error:
            raise UpstreamUnavailable("the proxy before the upstream cannot be used") from error

    def _tick(self) -> None:
        """Close what has been silent or idle for too long."""
        now = self._clock.monotonic()
        for connection in [one for one in self._busy if now >= one.deadline]:
            connection.expire()
        oldest = now - self._options.keep_alive_s
        for connection in [one for one in self._idle if one.idle_since <= oldest]:
            self._idle.remove(connection)
            connection.close()
        more = self._busy or self._idle
        self._timer = self._clock.call_later(_TICK_S, self._tick) if more else None


@contextmanager
def _explained() -> Iterator[None]:
    """Why a connection could not be opened, as an error of ours."""
    try:
        yield
    except TimeoutError as error:
        raise UpstreamTimeout("the upstream did not accept a connection in time") from error
    except (socket.gaierror, UnicodeError) as error:
        raise UpstreamUnavailable("the upstream's name cannot be resolved") from error
    except ssl.SSLError as error:
        why = "the upstream's TLS certificate or handshake was not accepted"
        raise UpstreamUnavailable(why) from error
    except ConnectionRefusedError as error:
        raise UpstreamUnavailable("the upstream refuses connections") from error
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else "none of its addresses answers"
        raise UpstreamUnavailable(f"the upstream cannot be reached: {why}") from error
