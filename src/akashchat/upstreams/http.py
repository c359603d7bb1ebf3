"""The HTTP client: requests out, bytes in.

The only module that knows aiohttp, and where its errors become ours.  Cookies are read
and sent by hand everywhere: jars drop ``Partitioned`` cookies and keep ``Secure`` ones from plain HTTP.
"""

import math
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import aclosing, asynccontextmanager, contextmanager
from typing import Self

import aiohttp
from msgspec import Struct

from akashchat.clock import Clock, Silence
from akashchat.errors import (
    AnswerCut,
    ProtocolError,
    UpstreamError,
    UpstreamTimeout,
    UpstreamUnavailable,
)

_DRAIN_S = 1.0


class HttpOptions(Struct, frozen=True, kw_only=True):
    """How to reach an upstream.  Times are seconds.

    ``keep_alive_s`` stays below Akash's own five seconds, so that a pooled connection is rarely dead;
    ``idle_timeout_s`` below the 300 after which its server gives up on its model.
    """

    proxy: str = ""
    connect_timeout_s: float = 10.0
    first_byte_timeout_s: float = 290.0
    idle_timeout_s: float = 290.0
    keep_alive_s: float = 4.0


class HttpReply:
    """Status and headers of a reply whose body is still to come."""

    def __init__(self, response: aiohttp.ClientResponse, clock: Clock, idle_timeout_s: float) -> None:
        self.status = response.status
        self.headers: Mapping[str, str] = response.headers
        self.cookies = tuple(response.headers.getall("Set-Cookie", ()))
        self._response = response
        self._clock = clock
        self._idle_timeout_s = idle_timeout_s
        self._gave_up = False

    @property
    def media_type(self) -> str:
        """The content type without its parameters, in lower case; empty when there is none."""
        return self.headers.get("Content-Type", "").partition(";")[0].strip().lower()

    async def read(self, limit: int) -> bytes:
        """The whole body; raises ``ProtocolError`` beyond ``limit`` bytes."""
        pieces: list[bytes] = []
        size = 0
        async with aclosing(self.stream()) as stream:
            async for data in stream:
                size += len(data)
                if size > limit:
                    raise ProtocolError(f"the upstream's reply is larger than {limit} bytes")
                pieces.append(data)
        return b"".join(pieces)

    async def stream(self) -> AsyncGenerator[bytes, None]:
        """The body, one piece per network read.

        Raises ``AnswerCut`` when the connection is lost and ``UpstreamTimeout`` after a long silence.
        """
        read = self._response.content.readany
        silence = Silence(self._clock, self._idle_timeout_s, self._give_up)
        try:
            while data := await read():
                silence.heard()
                yield data
        except (aiohttp.ClientError, TimeoutError) as error:
            if self._gave_up:
                raise UpstreamTimeout(
                    f"the upstream was silent for {self._idle_timeout_s:g} seconds"
                ) from error
            raise AnswerCut("the upstream closed the connection before its answer was complete") from error
        finally:
            silence.close()

    async def drain(self) -> None:
        """Wait a moment for the end of a body that has said all: only then the connection can be reused."""
        try:
            async with self._clock.timeout(_DRAIN_S):
                while await self._response.content.readany():
                    pass
        except (aiohttp.ClientError, TimeoutError):
            self._response.close()

    def _give_up(self) -> None:
        self._gave_up = True
        self._response.close()


class Http:
    """A pool of connections to one upstream.  Use as a context manager; ``send`` works inside it."""

    def __init__(self, options: HttpOptions, clock: Clock) -> None:
        self._options = options
        self._clock = clock
        self._session: aiohttp.ClientSession | None = None
        self._proxy_errors: tuple[type[Exception], ...] = (OSError,)

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            connector=self._connector(),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=self._options.connect_timeout_s),
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    @asynccontextmanager
    async def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None = None,
        *,
        patience_s: float | None = None,
    ) -> AsyncIterator[HttpReply]:
        """Send a request and wait for the reply's head; leaving closes an unfinished reply.

        ``patience_s`` is how long the first byte may take, when less than for an answer.

        A pooled connection may have died unnoticed, so a request whose connection closed before any
        byte of an answer came is sent once more.
        """
        patience_s = min(patience_s or math.inf, self._options.first_byte_timeout_s)
        with self._explained(patience_s):
            try:
                response = await self._request(method, url, headers, body, patience_s)
            except aiohttp.ServerDisconnectedError:
                response = await self._request(method, url, headers, body, patience_s)
        try:
            yield HttpReply(response, self._clock, self._options.idle_timeout_s)
        finally:
            response.close()

    async def _request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, patience_s: float
    ) -> aiohttp.ClientResponse:
        if self._session is None:
            raise UpstreamUnavailable("the upstream's connection pool is closed")
        proxy = self._options.proxy if self._options.proxy.startswith("http") else None
        async with self._clock.timeout(patience_s):
            return await self._session.request(
                method, url, headers=headers, data=body, proxy=proxy, allow_redirects=False
            )

    def _connector(self) -> aiohttp.BaseConnector:
        options = self._options
        if not options.proxy.startswith("socks"):
            return aiohttp.TCPConnector(limit=0, keepalive_timeout=options.keep_alive_s, ttl_dns_cache=300)
        import aiohttp_socks  # noqa: PLC0415  costs memory, and few need it

        self._proxy_errors = (
            aiohttp_socks.ProxyError,
            aiohttp_socks.ProxyConnectionError,
            aiohttp_socks.ProxyTimeoutError,
            OSError,
        )
        connector: aiohttp.BaseConnector = aiohttp_socks.ProxyConnector.from_url(
            options.proxy, limit=0, keepalive_timeout=options.keep_alive_s
        )
        return connector

    @contextmanager
    def _explained(self, patience_s: float) -> Iterator[None]:
        """What went wrong before the reply began, as an error of ours."""
        try:
            yield
        except aiohttp.ClientError as error:
            raise _unreachable(error) from error
        except TimeoutError as error:
            raise UpstreamTimeout(f"the upstream sent nothing for {patience_s:g} seconds") from error
        except self._proxy_errors as error:
            raise UpstreamUnavailable("the proxy before the upstream cannot be used") from error


def _unreachable(error: aiohttp.ClientError) -> UpstreamError:
    match error:
        case aiohttp.ConnectionTimeoutError() | aiohttp.ServerTimeoutError():
            return UpstreamTimeout("the upstream did not accept a connection in time")
        case aiohttp.ClientConnectorDNSError():
            return UpstreamUnavailable("the upstream's name cannot be resolved")
        case aiohttp.ClientConnectorCertificateError() | aiohttp.ClientConnectorSSLError():
            return UpstreamUnavailable("the upstream's TLS certificate or handshake was not accepted")
        case aiohttp.ClientHttpProxyError() | aiohttp.ClientProxyConnectionError():
            return UpstreamUnavailable("the proxy before the upstream cannot be used")
        case aiohttp.ClientConnectorError():
            return UpstreamUnavailable("the upstream refuses connections")
        case aiohttp.ClientResponseError():
            return ProtocolError("the upstream's reply is not HTTP")
        case aiohttp.InvalidURL():
            return UpstreamUnavailable("the upstream's address is not a URL")
        case _:
            return AnswerCut("the upstream closed the connection before it answered")
