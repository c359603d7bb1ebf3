"""The server's side of HTTP/1.1: one connection of a caller's.

It takes the place of uvicorn's own protocol and works with its server, which listens, counts connections and tasks,
and stops.  The reading is httptools'.  https://www.rfc-editor.org/rfc/rfc9112
"""

import asyncio
import re
import urllib.parse
from collections import deque
from collections.abc import Callable
from typing import Any, cast

import httptools
import uvicorn
from starlette.types import Scope
from uvicorn.server import ServerState

from akashchat.server.addresses import address_of
from akashchat.server.exchange import Exchange
from akashchat.server.line import EXTENSION

_H2C = re.compile(rb"(?im)^upgrade(?=:[ \t]*h2c)")
_MOST_WAITING_BYTES = 64 * 1024
"""So much of a body may wait for whoever reads it before the connection stops reading."""
_MOST_WAITING = 16
"""So many requests may wait behind one another; from then on who leaves is seen at the next write only."""
_MOST_HEAD_BYTES = 64 * 1024
"""As Apache allows eight times over, and node four times."""
_BAD = b"HTTP/1.1 %d %b\r\ncontent-type: text/plain\r\ncontent-length: %d\r\nconnection: close\r\n\r\n%b"
_OF_A_BODY = frozenset({b"content-length", b"transfer-encoding"})
_ASGI = {"version": "3.0", "spec_version": "2.3"}


def _without_h2c(data: bytes) -> bytes:
    """A head without its offer to go on in HTTP/2, which some clients make.

    It is declined by saying nothing (RFC 9110, section 7.8); the parser would take the body for HTTP/2.
    """
    head, end, rest = data.partition(b"\r\n\r\n")
    return _H2C.sub(b"x-offer", head) + end + rest


class HttpProtocol(asyncio.Protocol):
    """See above.  Requests that come behind one another are answered one after the other."""

    def __init__(
        self,
        config: uvicorn.Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self._config = config
        self._state = server_state
        self._app = config.loaded_app
        self._app_state = app_state
        self._loop = _loop or asyncio.get_running_loop()
        self._parser = httptools.HttpRequestParser(self)
        self._parser.set_dangerous_leniencies(lenient_data_after_close=True)
        self.transport = cast("asyncio.Transport", None)
        self.write_paused = False
        self.on_stop: Callable[[], object] | None = None
        self._writable: asyncio.Future[None] | None = None
        self._read_paused = False
        self._exchange: Exchange | None = None  # whose response is under way, or was last
        self._coming: Exchange | None = None  # whose request is being read
        self._queue: deque[Exchange] = deque()
        self._between = True
        """Whether no request is being read: then the next bytes are a head."""
        self._head_bytes, self._idle_since = 0, 0.0
        self._default: list[tuple[bytes, bytes]] = []
        self._written = b""
        self._timer: asyncio.TimerHandle | None = None

    # The connection.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See ``asyncio.Protocol``."""
        self._state.connections.add(cast("Any", self))
        self.transport = cast("asyncio.Transport", transport)
        self._server, self._client = (address_of(transport, name) for name in ("sockname", "peername"))
        self._scheme = "https" if transport.get_extra_info("sslcontext") else "http"
        self._idle_since = self._loop.time()
        self._wait_idly()

    def connection_lost(self, exc: Exception | None) -> None:
        """See ``asyncio.Protocol``."""
        self._state.connections.discard(cast("Any", self))
        if self._timer is not None:
            self._timer.cancel()
        self.resume_writing()
        for exchange in filter(None, (self._exchange, *self._queue)):
            exchange.lost()
        self._queue.clear()
        if exc is None:
            self.transport.close()
        self._exchange = self._coming = None  # these and the parser hold it in turn
        del self._parser

    def eof_received(self) -> None:
        """See ``asyncio.Protocol``; who sends no more wants no answer."""

    def shutdown(self) -> None:
        """The server stops: end now, or behind the response under way."""
        if self.on_stop is not None:
            self.on_stop()
        if self._exchange is None or self._exchange.complete:
            self.transport.close()
        else:
            self._exchange.keep_alive = False

    def pause_writing(self) -> None:
        """See ``asyncio.Protocol``."""
        self.write_paused = True
        self._writable = self._loop.create_future()

    def resume_writing(self) -> None:
        """See ``asyncio.Protocol``."""
        self.write_paused = False
        if self._writable is not None and not self._writable.done():
            self._writable.set_result(None)

    async def drained(self) -> None:
        """See ``Connection``."""
        if self.write_paused and self._writable is not None:
            await asyncio.shield(self._writable)

    def headers(self) -> bytes:
        """See ``Connection``; the server makes them anew each second."""
        if self._default is not self._state.default_headers:
            self._default = self._state.default_headers
            self._written = b"".join([b"%b: %b\r\n" % header for header in self._default])
        return self._written

    def go_on(self) -> None:
        """See ``Connection``; while much waits behind it nothing is read, or requests could be heaped up."""
        if self._read_paused and (not self._is_full() or self._coming is self._exchange):
            self._read_paused = False
            self.transport.resume_reading()

    def ended(self) -> None:
        """See ``Connection``."""
        self._state.total_requests += 1
        if self.transport.is_closing():
            return
        if self._queue:
            self._begin(self._queue.popleft())
        self.go_on()
        self._idle_since = self._loop.time()

    def _wait_idly(self) -> None:
        """Close a connection that no request has come on for too long; one timer looks again and again."""
        patience = self._config.timeout_keep_alive
        busy = self._exchange is not None and not self._exchange.complete
        left = patience if busy else self._idle_since + patience - self._loop.time()
        if left <= 0:
            self.transport.close()
        else:
            self._timer = self._loop.call_later(left, self._wait_idly)

    # The request.

    def data_received(self, data: bytes) -> None:
        """See ``asyncio.Protocol``."""
        if self._between and b"h2c" in data:
            data = _without_h2c(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            if self._is_websocket():
                self._upgrade()
        except httptools.HttpParserError:
            self._refuse(400, b"Bad Request", b"Invalid HTTP request received.")
        if not self._between and self._coming is None:
            self._head_bytes += len(data)
            if self._head_bytes > _MOST_HEAD_BYTES:
                self._refuse(431, b"Request Header Fields Too Large", b"The head is too large.")

    def on_message_begin(self) -> None:
        """See httptools."""
        self._between = False
        self._coming = None
        self._head_bytes = 0
        self._url = b""
        self._headers: list[tuple[bytes, bytes]] = []

    def on_url(self, url: bytes) -> None:
        """See httptools."""
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """See httptools."""
        self._headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """See httptools; now there is a request."""
        if self._parser.should_upgrade() and self._is_websocket():
            return
        version = self._parser.get_http_version()
        expects = (b"expect", b"100-continue") in self._headers
        keep_alive = version != "1.0" and self._parser.should_keep_alive()
        scope = self._scope(version)
        exchange = Exchange(self, scope, self._loop, keep_alive=keep_alive, expects=expects)
        scope["extensions"] = {EXTENSION: exchange}
        self._coming = exchange
        if self._exchange is None or self._exchange.complete:
            self._begin(exchange)
        else:
            self._queue.append(exchange)
            self._keep_bounds()

    def on_body(self, body: bytes) -> None:
        """See httptools."""
        coming = self._coming
        if coming is not None and not coming.complete:
            coming.add(body)
            self._keep_bounds()

    def on_message_complete(self) -> None:
        """See httptools."""
        self._between = True
        if self._coming is not None:
            self._coming.end()

    def _scope(self, version: str) -> Scope:
        raw, _, query = self._url.partition(b"?")
        if not raw.startswith(b"/"):  # a whole address, as proxies are sent, or none at all
            url = httptools.parse_url(self._url)
            raw, query = url.path or b"/", url.query or b""
        path = raw.decode("ascii")
        return {
            "type": "http",
            "asgi": _ASGI,
            "http_version": version,
            "server": self._server,
            "client": self._client,
            "scheme": self._scheme,
            "root_path": "",
            "headers": self._headers,
            "state": self._app_state.copy(),
            "method": self._parser.get_method().decode("ascii"),
            "path": urllib.parse.unquote(path) if "%" in path else path,
            "raw_path": raw,
            "query_string": query,
        }

    def _begin(self, exchange: Exchange) -> None:
        self._exchange = exchange
        task = self._loop.create_task(exchange.run(self._app))
        self._state.tasks.add(task)
        task.add_done_callback(self._over)

    def _over(self, task: asyncio.Task[None]) -> None:
        """An application has ended; what it failed with was told where it happened."""
        self._state.tasks.discard(task)
        if not task.cancelled():
            task.exception()

    def _keep_bounds(self) -> None:
        """Read no more while as much waits as may; but who reads nothing does not see a caller leave."""
        if not self._read_paused and self._is_full():
            self._read_paused = True
            self.transport.pause_reading()

    def _is_full(self) -> bool:
        waiting_bytes = self._coming.waiting_bytes if self._coming is not None else 0
        return len(self._queue) >= _MOST_WAITING or waiting_bytes > _MOST_WAITING_BYTES

    def _refuse(self, status: int, phrase: bytes, why: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(_BAD % (status, phrase, len(why), why))
            self.transport.close()

    # WebSockets.

    def _is_websocket(self) -> bool:
        """Whether a WebSocket's handshake came; what is none would be left without an answer (RFC 6455, 4.1)."""
        headers = dict(self._headers)
        return (
            self._parser.get_method() == b"GET"
            and headers.get(b"upgrade", b"").lower() == b"websocket"
            and not _OF_A_BODY & headers.keys()
        )

    def _upgrade(self) -> None:
        """Hand the connection over; no response may be under way."""
        if self._exchange is not None and not self._exchange.complete:
            self.transport.close()
            return
        if self._timer is not None:
            self._timer.cancel()
        self._state.connections.discard(cast("Any", self))
        head = [b"GET ", self._url, b" HTTP/1.1\r\n"]
        head += [b"%b: %b\r\n" % (name, value) for name, value in self._headers]
        made: Any = self._config.ws_protocol_class
        protocol = made(config=self._config, server_state=self._state, app_state=self._app_state)
        protocol.connection_made(self.transport)
        protocol.data_received(b"".join([*head, b"\r\n"]))
        self.transport.set_protocol(protocol)
