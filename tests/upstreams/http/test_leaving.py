"""Who no longer wants an answer closes its connection at once, and the server sees it."""

import asyncio

import pytest

from akashchat.upstreams.http.client import Http
from tests.support.clock import FakeClock
from tests.upstreams.http.feeding import ok
from tests.upstreams.http.lines import Line, answer, client, read, serving, until


class Staying:
    """Behaves until the client has left, and tells when that is."""

    def __init__(self, *sent: bytes, kept: bool = False) -> None:
        self._sent = sent
        self._kept = kept
        self.asked = asyncio.Event()
        self.gone = asyncio.Event()

    async def __call__(self, line: Line) -> None:
        """On a kept line one request was answered before."""
        if self._kept:
            await line.request()
            line.send(answer(b"before"))
        await line.request()
        for data in self._sent:
            line.send(data)
        self.asked.set()
        await line.left()
        self.gone.set()


async def cancelled(task: asyncio.Future[object]) -> None:
    """Cancel it and wait until it is over."""
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def given_up(http: Http, behave: Staying) -> None:
    """Ask, and leave before there is an answer."""
    asking = asyncio.ensure_future(http.send("GET", "/", {}))
    await behave.asked.wait()
    await cancelled(asking)
    await behave.gone.wait()


@pytest.mark.parametrize("sent", [b"", b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 200 OK\r\nX: y"])
@pytest.mark.parametrize("kept", [True, False])
async def test_leaving_before_the_answer_begins(sent: bytes, *, kept: bool) -> None:
    """On a new connection or a kept one, with nothing or half a head there; and nobody else gets it."""
    behave = Staying(sent, kept=kept)
    async with serving(behave) as server, client(server.url) as http:
        if kept:
            assert await read(http) == b"before"
        await given_up(http, behave)
        assert len(server.lines) == 1
        assert not http._busy
        assert not http._idle


async def test_leaving_within_the_answer() -> None:
    """While its reader waits for more."""
    behave = Staying(ok("Content-Length: 99", body=b"half"))
    async with serving(behave) as server, client(server.url) as http:
        reply = await http.send("GET", "/", {})
        assert await reply.piece() == b"half"
        waiting = asyncio.ensure_future(reply.piece())
        await asyncio.sleep(0)
        await cancelled(waiting)
        assert not behave.gone.is_set()  # who has a reply closes it
        reply.close()
        await behave.gone.wait()


async def test_leaving_while_the_end_is_awaited() -> None:
    """An answer that has said all is not waited for by somebody who leaves."""
    behave = Staying(ok("Content-Length: 99", body=b"all but its end"))
    async with serving(behave) as server, client(server.url) as http:
        reply = await http.send("GET", "/", {})
        await reply.piece()
        draining = asyncio.ensure_future(reply.drain())
        await asyncio.sleep(0)
        await cancelled(draining)
        reply.close()
        await behave.gone.wait()


async def test_leaving_with_much_unread() -> None:
    """Also when the connection had stopped reading."""
    behave = Staying(ok("Content-Length: 9000000", body=b"x" * 8_000_000))
    async with serving(behave) as server, client(server.url) as http:
        reply = await http.send("GET", "/", {})
        await behave.asked.wait()
        await until(lambda: reply._connection._paused)
        reply.close()
        await behave.gone.wait()


async def test_leaving_before_the_request_is_sent() -> None:
    """What has not been read of the question need not be."""

    async def behave(line: Line) -> None:
        await line.reader.readuntil(b"\r\n\r\n")
        asked.set()
        await released.wait()
        await line.left()
        gone.set()

    asked, released, gone = asyncio.Event(), asyncio.Event(), asyncio.Event()
    async with serving(behave) as server, client(server.url) as http:
        asking = asyncio.ensure_future(http.send("POST", "/", {}, b"x" * 30_000_000))
        await asked.wait()
        await cancelled(asking)
        released.set()
        await gone.wait()


@pytest.mark.parametrize("through", ["tls", "proxy"])
async def test_leaving_while_connecting(through: str, clock: FakeClock) -> None:
    """During the TLS handshake, or while a proxy takes its time."""

    async def behave(line: Line) -> None:
        await line.reader.read(1)
        begun.set()
        await line.left()
        gone.set()

    begun, gone = asyncio.Event(), asyncio.Event()
    async with serving(behave) as server:
        if through == "tls":
            pool = client(server.url.replace("http:", "https:"), clock)
        else:
            pool = client("http://akash.invalid", clock, proxy=server.url)
        async with pool as http:
            asking = asyncio.ensure_future(http.send("GET", "/", {}))
            await begun.wait()
            await cancelled(asking)
            await gone.wait()
            assert clock.waiting == 0


async def test_one_who_leaves_disturbs_nobody() -> None:
    """Of two hundred, every second one leaves; the others have their answers."""

    async def behave(line: Line) -> None:
        asked = await line.request()
        waiting.append(line)
        if len(waiting) == 200:
            all_asked.set()
        await released.wait()
        if asked:
            line.send(answer(asked.target.encode()))
        await line.left()

    waiting: list[Line] = []
    all_asked, released = asyncio.Event(), asyncio.Event()
    async with serving(behave) as server, client(server.url) as http:
        asking = [asyncio.ensure_future(read(http, f"/{number}")) for number in range(200)]
        await all_asked.wait()
        for task in asking[::2]:
            task.cancel()
        released.set()
        done = await asyncio.gather(*asking, return_exceptions=True)
        assert all(isinstance(one, asyncio.CancelledError) for one in done[::2])
        assert done[1::2] == [b"/%d" % number for number in range(1, 200, 2)]
        assert len(http._idle) == 100
        assert not http._busy
