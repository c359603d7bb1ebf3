"""A connection without a network: bytes in by hand, what a reader gets out."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from hypothesis import strategies as st

from akashchat.errors import UpstreamError
from akashchat.upstreams.http.connection import Connection


class FakeTransport(asyncio.Transport):
    """Stands for a socket: keeps what is written, and tells of its end a moment after it was closed."""

    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self.written = b""
        self.unsent = 0
        self.paused = False
        self._closing = False
        self._connection = connection
        connection.connection_made(self)

    def write(self, data: bytes) -> None:  # type: ignore[override]
        """See ``asyncio.WriteTransport``."""
        self.written += data

    def is_closing(self) -> bool:
        """See ``asyncio.BaseTransport``."""
        return self._closing

    def abort(self) -> None:
        """See ``asyncio.WriteTransport``."""
        self.end(None)

    def end(self, error: Exception | None) -> None:
        """The connection is over, by an error or in order."""
        if not self._closing:
            self._closing = True
            asyncio.get_running_loop().call_soon(self._connection.connection_lost, error)

    def pause_reading(self) -> None:
        """See ``asyncio.ReadTransport``."""
        self.paused = True

    def resume_reading(self) -> None:
        """See ``asyncio.ReadTransport``."""
        self.paused = False

    def get_write_buffer_size(self) -> int:
        """See ``asyncio.WriteTransport``."""
        return self.unsent


@dataclass
class Got:
    """What a reader got, and the error that ended it."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    cookies: tuple[str, ...] = ()
    body: bytes = b""
    reusable: bool = False
    error: UpstreamError | None = None

    @property
    def kind(self) -> type[UpstreamError] | None:
        """The class of the error, if any."""
        return type(self.error) if self.error else None

    def told(self) -> tuple[object, ...]:
        """All of it, to be compared."""
        error = (self.kind, str(self.error)) if self.error else None
        return (self.status, self.headers, self.cookies, self.body, self.reusable, error)


def connected(monotonic: float = 0.0) -> tuple[Connection, FakeTransport]:
    """A new connection, and the network's side of it."""
    connection = Connection(lambda: monotonic)
    return connection, FakeTransport(connection)


async def read(connection: Connection, got: Got, idle_s: float = 9.0, *, poured: bool = False) -> None:
    """One exchange, read to its end: piece by piece, or poured into a sink that often has enough for now."""

    def take(data: bytes) -> bool:
        got.body += data
        return len(got.body) % 3 == 0

    try:
        await connection.exchange(b"?", 7.0, idle_s)
        got.status, got.headers, got.cookies = (
            connection.reply.status,
            dict(connection.reply.headers),
            tuple(connection.reply.cookies),
        )
        while poured and not await connection.pour(take):
            pass
        while data := await connection.piece():
            got.body += data
    except UpstreamError as error:
        got.error = error


async def fed(
    connection: Connection,
    transport: FakeTransport,
    pieces: Iterable[bytes],
    *,
    ends: bool = False,
    reset: bool = False,
    eager: bool = True,
    poured: bool = False,
) -> Got:
    """An exchange whose reply arrives in ``pieces``; ``ends`` closes the connection then, ``reset`` breaks it.

    An eager reader is woken by every piece; the other one comes when all have been received.
    """
    got = Got()
    reading = asyncio.ensure_future(read(connection, got, poured=poured))
    await asyncio.sleep(0)
    for piece in pieces:
        if transport.is_closing():
            break
        connection.data_received(piece)
        if eager:
            await asyncio.sleep(0)
    if ends or reset:
        transport.end(ConnectionResetError() if reset else None)
    await asyncio.wait_for(reading, 5)
    got.reusable = connection.reusable
    return got


async def decoded(
    pieces: Iterable[bytes], *, ends: bool = False, reset: bool = False, eager: bool = True
) -> Got:
    """The same on connections of its own, read and poured: no difference may be seen."""
    pieces = list(pieces)
    got = await fed(*connected(), pieces, ends=ends, reset=reset, eager=eager)
    poured = await fed(*connected(), pieces, ends=ends, reset=reset, eager=eager, poured=True)
    assert poured.told() == got.told()
    return got


def single_bytes(data: bytes) -> list[bytes]:
    """One byte at a time."""
    return [data[at : at + 1] for at in range(len(data))]


def cut(data: bytes, places: Iterable[int]) -> list[bytes]:
    """In pieces that end at these places."""
    ends = [*sorted({place for place in places if 0 < place < len(data)}), len(data)]
    return [data[start:end] for start, end in zip([0, *ends], ends, strict=False)]


def cuts(data: bytes) -> st.SearchStrategy[list[bytes]]:
    """Every way to cut the bytes."""
    return st.lists(st.integers(1, max(1, len(data) - 1)), max_size=8).map(lambda places: cut(data, places))


def joined(*lines: str, body: bytes = b"") -> bytes:
    """A message of these head lines."""
    return "".join(f"{line}\r\n" for line in lines).encode("latin-1") + b"\r\n" + body


def ok(*headers: str, body: bytes = b"") -> bytes:
    """A reply with status 200."""
    return joined("HTTP/1.1 200 OK", *headers, body=body)


def chunked(pieces: Sequence[bytes], *headers: str, trailer: bytes = b"") -> bytes:
    """A reply whose body is sent in chunks."""
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
    return ok("Transfer-Encoding: chunked", *headers, body=chunks + b"0\r\n" + trailer + b"\r\n")
