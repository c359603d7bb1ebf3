"""A server on a loopback port whose every move is the test's, and what it sees of its clients."""

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import NamedTuple

from akashchat.clock import Clock
from akashchat.upstreams.http.client import Http, HttpOptions
from tests.support.clock import FakeClock
from tests.upstreams.http.feeding import ok

TOO_LONG_S = 8.0
"""After so many real seconds a test has failed; none waits for it otherwise."""


class Asked(NamedTuple):
    """A request as it came."""

    head: bytes
    body: bytes

    @property
    def target(self) -> str:
        """What was asked for."""
        return self.head.split()[1].decode()


class Line:
    """One connection, seen from the server."""

    def __init__(self, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.number = number
        self.reader = reader
        self.writer = writer
        self.asked: list[Asked] = []

    async def request(self) -> Asked | None:
        """The next request, or nothing when the client has left."""
        try:
            head = await self.reader.readuntil(b"\r\n\r\n")
            _, _, length = head.lower().partition(b"content-length:")
            body = await self.reader.readexactly(int(length.split()[0]) if length else 0)
        except (asyncio.IncompleteReadError, ConnectionError):
            return None
        self.asked.append(Asked(head, body))
        return self.asked[-1]

    def send(self, data: bytes) -> None:
        """Bytes to the client."""
        self.writer.write(data)

    async def left(self) -> None:
        """Wait until the client has closed its end."""
        try:
            while await self.reader.read(65536):
                pass
        except ConnectionError:
            pass

    def close(self) -> None:
        """In order."""
        self.writer.close()

    def reset(self) -> None:
        """By force."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


Behaviour = Callable[[Line], Awaitable[None]]


class Server:
    """The lines of its clients, in the order they came."""

    def __init__(self, behave: Behaviour) -> None:
        self._behave = behave
        self._came = asyncio.Condition()
        self._tasks: set[asyncio.Task[None]] = set()
        self.lines: list[Line] = []
        self.port = 0
        self.url = ""

    async def line(self, number: int = 0) -> Line:
        """The connection of this number, once it is there."""
        async with self._came:
            await self._came.wait_for(lambda: len(self.lines) > number)
        return self.lines[number]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """See ``asyncio.start_server``."""
        line = Line(len(self.lines), reader, writer)
        self._tasks.add(asyncio.current_task())  # type: ignore[arg-type]
        async with self._came:
            self.lines.append(line)
            self._came.notify_all()
        try:
            await self._behave(line)
        except ConnectionError:
            pass  # the client has left
        finally:
            writer.close()

    async def stop(self) -> None:
        """Close every line; raises what went wrong with one."""
        for line in self.lines:
            line.writer.transport.abort()
        await asyncio.gather(*self._tasks)


@asynccontextmanager
async def serving(
    behave: Behaviour, *, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None
) -> AsyncIterator[Server]:
    """Run a server; the body, and all that is asked of it, has its time."""
    server = Server(behave)
    async with asyncio.timeout(TOO_LONG_S):
        listening = await asyncio.start_server(server.serve, host, 0, ssl=tls, backlog=512)
        server.port = listening.sockets[0].getsockname()[1]
        at = f"[{host}]" if ":" in host else host
        server.url = f"{'https' if tls else 'http'}://{at}:{server.port}"
        try:
            yield server
        finally:
            listening.close()
            await server.stop()


@asynccontextmanager
async def client(url: str, clock: Clock | None = None, **options: object) -> AsyncIterator[Http]:
    """A pool of connections to that address; time stands still unless there is a clock."""
    async with Http(HttpOptions(base_url=url, **options), clock or FakeClock()) as http:  # type: ignore[arg-type]
        yield http


async def read(http: Http, path: str = "/", body: bytes | None = None) -> bytes:
    """One exchange, read whole, its connection let go."""
    reply = await http.send("GET" if body is None else "POST", path, {}, body)
    try:
        return await reply.read(2**30)
    finally:
        reply.close()


def answer(body: bytes, *headers: str) -> bytes:
    """A whole reply with that body."""
    return ok(f"Content-Length: {len(body)}", *headers, body=body)


async def until(condition: Callable[[], bool]) -> None:
    """Let the loop turn until it is so."""
    while not condition():  # noqa: ASYNC110  it is about a transport, which tells nobody
        await asyncio.sleep(0)


async def tunnel(line: Line) -> None:
    """A proxy: opens the way it is asked for and passes everything on (RFC 9110, CONNECT)."""
    asked = await line.reader.readuntil(b"\r\n\r\n")
    host, _, port = asked.split()[1].decode().rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    line.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
    ways = [(line.reader, writer), (reader, line.writer)]
    try:
        await asyncio.gather(*(_pass_on(*way) for way in ways))
    finally:
        writer.transport.abort()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
    writer.close()


async def telling(line: Line) -> None:
    """Answers every request with the number of its line."""
    while await line.request():
        line.send(answer(b"%d" % line.number))
