"""A fast upstream cannot fill our memory: who reads slowly makes it send slowly."""

import asyncio
import hashlib

import pytest

from akashchat.errors import AnswerCut
from akashchat.upstreams.http.client import HttpReply
from tests.upstreams.http.feeding import chunked, connected, ok
from tests.upstreams.http.lines import Line, client, read, serving, until

MIB = 1024 * 1024
ENOUGH = 256 * 1024
ONE_READ = 256 * 1024
"""The most that asyncio and uvloop take from a socket at once."""


class Flood:
    """Sends megabytes as fast as they are taken; every piece is another."""

    def __init__(self, megabytes: int) -> None:
        self._megabytes = megabytes
        self.digest = hashlib.sha256()
        self.sent = 0

    async def __call__(self, line: Line) -> None:
        """One reply; other requests are answered at once."""
        if (asked := await line.request()) is None or asked.target != "/":
            line.send(ok("Content-Length: 4", body=b"calm"))
            return
        line.send(ok(f"Content-Length: {self._megabytes * MIB}"))
        for number in range(self._megabytes * 16):
            if line.writer.is_closing():
                return
            piece = b"%07d\n" % number * (MIB // 16 // 8)
            self.digest.update(piece)
            line.send(piece)
            await line.writer.drain()
            self.sent += len(piece)


async def stuck(reply: HttpReply, flood: Flood) -> None:
    """Wait until nothing moves any more."""
    await until(lambda: reply._connection._paused)
    seen = (-1, -1)
    while seen != (seen := (reply.received, flood.sent)):
        for _ in range(50):
            await asyncio.sleep(0)


async def test_a_slow_reader_stops_the_upstream() -> None:
    """Little is held for him, most is not even sent; when he reads on, everything comes."""
    flood = Flood(24)
    async with serving(flood) as server, client(server.url) as http:
        reply = await http.send("GET", "/", {})
        await stuck(reply, flood)
        assert reply.received <= ENOUGH + ONE_READ
        assert flood.sent < 16 * MIB  # what the sockets hold is the system's affair, and less than that
        digest, size = hashlib.sha256(), 0
        while data := await reply.piece():
            assert len(data) <= ENOUGH + ONE_READ
            digest.update(data)
            size += len(data)
        reply.close()
        assert (size, digest.digest()) == (24 * MIB, flood.digest.digest())
        assert len(http._idle) == 1


async def test_a_reader_that_stops_again_and_again_gets_everything() -> None:
    """Each time the upstream is stopped and goes on."""
    flood = Flood(8)
    async with serving(flood) as server, client(server.url) as http:
        reply = await http.send("GET", "/", {})
        digest = hashlib.sha256()
        while data := await reply.piece():
            digest.update(data)
            for _ in range(20):
                await asyncio.sleep(0)
            assert reply._connection.reply.held_bytes <= ENOUGH + ONE_READ
        reply.close()
        assert digest.digest() == flood.digest.digest()


async def test_a_sink_that_has_enough_stops_the_upstream() -> None:
    """Nothing is lost in between, and nothing comes twice."""
    flood = Flood(24)
    async with serving(flood) as server, client(server.url) as http:
        reply = await http.send("GET", "/", {})
        digest, size, stops = hashlib.sha256(), 0, 0

        def take(data: bytes) -> bool:
            nonlocal size
            digest.update(data)
            size += len(data)
            return True

        while not await reply.pour(take):
            stops += 1
            if stops == 3:
                await stuck(reply, flood)
                assert flood.sent < 20 * MIB
        reply.close()
        assert (size, digest.digest()) == (24 * MIB, flood.digest.digest())


async def test_a_sink_is_called_where_the_bytes_arrive() -> None:
    """Not a turn later, and nobody is woken for it."""
    connection, _ = connected()
    taken: list[bytes] = []
    reading = asyncio.ensure_future(connection.exchange(b"?", 7.0, 9.0))
    await asyncio.sleep(0)
    connection.data_received(ok("Content-Length: 6"))
    await reading
    pouring = asyncio.ensure_future(connection.pour(lambda data: bool(taken.append(data))))
    await asyncio.sleep(0)
    connection.data_received(b"one")
    assert taken == [b"one"]
    connection.data_received(b"two")
    assert taken == [b"one", b"two"]
    assert await pouring


async def test_what_a_sink_raises_reaches_who_pours() -> None:
    """A fault of ours is not taken for one of the network's."""
    connection, _ = connected()
    reading = asyncio.ensure_future(connection.exchange(b"?", 7.0, 9.0))
    await asyncio.sleep(0)
    connection.data_received(ok("Content-Length: 6"))
    await reading

    def take(data: bytes) -> bool:
        raise ZeroDivisionError(data)

    pouring = asyncio.ensure_future(connection.pour(take))
    await asyncio.sleep(0)
    connection.data_received(b"one")
    with pytest.raises(ZeroDivisionError):
        await pouring
    connection.data_received(b"two")
    assert await connection.piece() == b"two"


async def test_a_slow_reader_slows_nobody_else() -> None:
    """Other answers come meanwhile."""
    flood = Flood(24)
    async with serving(flood) as server, client(server.url) as http:
        reply = await http.send("GET", "/", {})
        await stuck(reply, flood)
        for _ in range(5):
            assert await read(http, "/other") == b"calm"
        reply.close()


async def test_reading_stops_and_goes_on() -> None:
    """Beyond enough it stops, and one read later it goes on, also when the body is compressed or chunked."""
    for wire in (ok("Content-Length: 9999999"), chunked([b"x"])[:-5], ok()):
        connection, transport = connected()
        asking = asyncio.ensure_future(connection.exchange(b"?", 9.0, 9.0))
        await asyncio.sleep(0)
        connection.data_received(wire)
        await asking
        chunk = b"%x\r\n%b\r\n" % (ENOUGH // 2, b"x" * (ENOUGH // 2))
        for _ in range(3):
            connection.data_received(chunk)
            assert not transport.paused
            connection.data_received(chunk + chunk)
            assert transport.paused
            assert len(await connection.piece()) >= ENOUGH
            assert not transport.paused
        connection.close()


async def test_what_was_held_is_read_though_the_connection_is_gone() -> None:
    """Then comes the error; a closed connection is not asked to read on."""
    connection, transport = connected()
    asking = asyncio.ensure_future(connection.exchange(b"?", 9.0, 9.0))
    await asyncio.sleep(0)
    connection.data_received(ok("Content-Length: 9999999", body=b"x" * 2 * ENOUGH))
    await asking
    assert transport.paused
    transport.end(ConnectionResetError())
    await asyncio.sleep(0)
    assert len(await connection.piece()) == 2 * ENOUGH
    try:
        await connection.piece()
    except AnswerCut:
        return
    raise AssertionError("a cut answer ended as if it were whole")
