"""Connections are kept for the next request, for as long as they are good."""

import asyncio

import pytest

from akashchat.errors import AnswerCut, UpstreamError, UpstreamTimeout, UpstreamUnavailable
from akashchat.upstreams.http.client import Http, HttpOptions, HttpReply
from tests.support.clock import FakeClock
from tests.upstreams.http.feeding import chunked, joined, ok
from tests.upstreams.http.lines import Line, answer, client, read, serving, telling, until


async def test_a_connection_is_used_again() -> None:
    """Ten requests in a row need one."""
    async with serving(telling) as server, client(server.url) as http:
        assert [await read(http) for _ in range(10)] == [b"0"] * 10


async def test_requests_at_the_same_time_have_connections_of_their_own() -> None:
    """And afterwards all of these serve again."""
    async with serving(telling) as server, client(server.url) as http:
        first = [await http.send("GET", "/", {}) for _ in range(3)]
        assert [await reply.read(9) for reply in first] == [b"0", b"1", b"2"]
        for reply in first:
            reply.close()
        again = [await http.send("GET", "/", {}) for _ in range(3)]
        assert sorted([await reply.read(9) for reply in again]) == [b"0", b"1", b"2"]


async def test_the_connection_used_last_is_used_next() -> None:
    """The youngest is the surest to be alive, and the others may grow old."""
    async with serving(telling) as server, client(server.url) as http:
        replies = [await http.send("GET", "/", {}) for _ in range(3)]
        for number in (2, 0, 1):
            await replies[number].read(9)
            replies[number].close()
        assert [await read(http) for _ in range(3)] == [b"1"] * 3


async def test_a_connection_is_not_used_when_it_is_old(clock: FakeClock) -> None:
    """Within its time it is, after that it is closed, before the server would do it."""
    async with serving(telling) as server, client(server.url, clock, keep_alive_s=4.0) as http:
        assert await read(http) == b"0"
        await clock.advance(3.9)
        assert await read(http) == b"0"
        await clock.advance(3.9)
        assert await read(http) == b"0"
        await clock.advance(4.0)
        assert await read(http) == b"1"
        assert await server.lines[0].request() is None


async def test_old_connections_are_closed_though_nobody_asks(clock: FakeClock) -> None:
    """And then no timer is left."""
    async with serving(telling) as server, client(server.url, clock, keep_alive_s=4.0) as http:
        replies = [await http.send("GET", "/", {}) for _ in range(3)]
        for reply in replies:
            await reply.read(9)
            reply.close()
        await clock.advance(5.0)
        for line in server.lines:
            await line.left()
        await clock.advance(1.0)
        assert clock.waiting == 0
        assert await read(http) == b"3"


@pytest.mark.parametrize("reset", [True, False])
async def test_a_connection_the_server_closed_is_not_used(*, reset: bool) -> None:
    """Known to be dead, it is not even tried."""

    async def behave(line: Line) -> None:
        await line.request()
        line.send(answer(b"%d" % line.number))
        if line.number == 0:
            await closing.wait()
            (line.reset if reset else line.close)()
        await line.request()

    closing = asyncio.Event()
    async with serving(behave) as server, client(server.url) as http:
        reply = await http.send("GET", "/", {})
        await reply.read(9)
        reply.close()
        closing.set()
        await until(lambda: not reply._connection.open)
        assert await read(http) == b"1"
        assert len(server.lines[0].asked) == 1


@pytest.mark.parametrize(
    ("wire", "kept"),
    [
        (answer(b"x"), True),
        (chunked([b"x"]), True),
        (joined("HTTP/1.1 204 No Content"), True),
        (joined("HTTP/1.0 200 OK", "Connection: keep-alive", "Content-Length: 0"), True),
        (answer(b"x", "Connection: close"), False),
        (joined("HTTP/1.0 200 OK", "Content-Length: 0"), False),
        (answer(b"x") + answer(b"y"), False),
        (answer(b"x") + b"!", False),
    ],
)
async def test_a_connection_is_kept_when_its_reply_allows_it(wire: bytes, *, kept: bool) -> None:
    """Neither against the server's word nor after bytes that nobody asked for."""

    async def behave(line: Line) -> None:
        while await line.request():
            line.send(wire)

    async with serving(behave) as server, client(server.url) as http:
        await read(http)
        await read(http)
        assert len(server.lines) == (1 if kept else 2)
        if not kept:
            await server.lines[0].left()


async def test_a_reply_that_was_not_finished_closes_its_connection() -> None:
    """What is still to come of it can meet nobody."""

    async def behave(line: Line) -> None:
        await line.request()
        line.send(ok("Content-Length: 10", body=b"half"))
        await line.left()
        gone.set()

    gone = asyncio.Event()
    async with serving(behave) as server, client(server.url) as http:
        reply = await http.send("GET", "/", {})
        assert await reply.piece() == b"half"
        reply.close()
        await gone.wait()


@pytest.mark.parametrize("size", [1, 1000, 256 * 1024, 256 * 1024 + 1, 300 * 1024, 3_000_000])
async def test_a_reply_nobody_read_spoils_no_later_one(size: int) -> None:
    """Whether its connection is kept or not, the next request has its own answer."""

    async def behave(line: Line) -> None:
        while asked := await line.request():
            line.send(answer(b"x" * size if asked.target == "/large" else b"small"))
            await line.writer.drain()

    async with serving(behave) as server, client(server.url) as http:
        reply = await http.send("GET", "/large", {})
        received = -1
        while received < reply.received:  # let come what comes without a reader
            received = reply.received
            for _ in range(20):
                await asyncio.sleep(0)
        reply.close()
        for _ in range(3):
            assert await read(http) == b"small"


async def test_a_reply_may_be_closed_twice() -> None:
    """The second time, its connection is somebody else's."""

    async def behave(line: Line) -> None:
        await line.request()
        line.send(answer(b"first"))
        await line.request()
        line.send(ok("Content-Length: 6", body=b"sec"))
        await closed.wait()
        line.send(b"ond")
        await line.request()

    closed = asyncio.Event()
    async with serving(behave) as server, client(server.url) as http:
        first = await http.send("GET", "/", {})
        assert await first.read(9) == b"first"
        first.close()
        second = await http.send("GET", "/", {})
        first.close()
        closed.set()
        assert await second.read(9) == b"second"
        assert len(server.lines) == 1


async def test_two_hundred_at_once_have_their_own_answers() -> None:
    """And the next two hundred need no new connection."""

    async def behave(line: Line) -> None:
        while asked := await line.request():
            line.send(chunked([asked.target.encode(), b" ", asked.body]))

    async def ask(http: Http, number: int) -> None:
        body = b"%d" % number
        assert await read(http, f"/{number}", body) == b"/%d %d" % (number, number)

    async with serving(behave) as server, client(server.url) as http:
        for _ in range(3):
            async with asyncio.TaskGroup() as group:
                for number in range(200):
                    group.create_task(ask(http, number))
            assert len(server.lines) <= 200
        assert sum(len(line.asked) for line in server.lines) == 600


async def test_closing_the_pool_ends_what_runs() -> None:
    """Requests without a head, and bodies half read, fail; none ends as if it were whole."""

    async def behave(line: Line) -> None:
        await line.request()
        if line.number == 1:
            line.send(ok("Content-Length: 10", body=b"half"))
        if line.number == 2:
            line.send(ok(body=b"half"))
        await line.left()
        gone.append(line.number)

    async def begun(http: Http) -> HttpReply:
        reply = await http.send("GET", "/", {})
        assert await reply.piece() == b"half"
        return reply

    gone: list[int] = []
    async with serving(behave) as server:
        async with client(server.url) as http:
            waiting = asyncio.ensure_future(http.send("GET", "/", {}))
            await server.line(0)
            replies = [await begun(http), await begun(http)]
        with pytest.raises(AnswerCut):
            await waiting
        for reply in replies:
            with pytest.raises(AnswerCut):
                await reply.piece()
            reply.close()
        for line in server.lines:
            await line.left()
        with pytest.raises(UpstreamUnavailable):
            await http.send("GET", "/", {})
    assert sorted(gone) == [0, 1, 2]


async def test_a_pool_may_be_entered_again(clock: FakeClock) -> None:
    """It has forgotten its connections, whose servers see them closed, and watches the new ones."""

    async def behave(line: Line) -> None:
        asked = await line.request()
        if asked and asked.target == "/":
            line.send(answer(b"%d" % line.number))
        await line.left()
        gone.add(line.number)

    gone: set[int] = set()
    async with serving(behave) as server:
        http = Http(HttpOptions(base_url=server.url, first_byte_timeout_s=5.0), clock)
        for number in range(3):
            async with http:
                assert await read(http) == b"%d" % (2 * number)
                silent = asyncio.ensure_future(http.send("GET", "/silent", {}))
                await until(lambda: len(http._busy) == 1)
                await clock.advance(6.0)
                with pytest.raises(UpstreamTimeout):
                    await silent
                assert await read(http) == b"%d" % (2 * number + 1)
                assert clock.waiting == 1
            assert clock.waiting == 0
            await until(lambda: len(gone) == len(server.lines))


async def test_closing_the_pool_ends_what_connects(clock: FakeClock) -> None:
    """No request is sent by a pool that is closed, and no timer is left."""
    async with serving(telling) as server:
        async with client(server.url, clock) as http:
            connecting = asyncio.ensure_future(http.send("GET", "/", {}))
            await asyncio.sleep(0)
        with pytest.raises(UpstreamError):
            await connecting
        assert clock.waiting == 0
        assert not any(line.asked for line in server.lines)
