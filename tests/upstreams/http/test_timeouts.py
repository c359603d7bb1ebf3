"""A silent upstream is given up when its time is over, and not before."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import pytest

from akashchat.errors import AnswerCut, UpstreamTimeout
from akashchat.upstreams.http.client import Http
from tests.support.clock import FakeClock
from tests.upstreams.http.feeding import chunked, connected, ok
from tests.upstreams.http.lines import Line, Server, answer, client, read, serving, until


class Prompted:
    """Sends what the test says, when it says it."""

    def __init__(self) -> None:
        self.line: asyncio.Future[Line] = asyncio.get_running_loop().create_future()
        self.gone = asyncio.Event()

    async def __call__(self, line: Line) -> None:
        """One request, then whatever the test sends."""
        await line.request()
        self.line.set_result(line)
        await line.left()
        self.gone.set()


async def arrived(reply_received: Callable[[], int], size: int) -> None:
    """Wait until so many bytes have come."""
    await until(lambda: reply_received() >= size)


def _pool(server: Server, clock: FakeClock, **options: object) -> AbstractAsyncContextManager[Http]:
    times = {"connect_timeout_s": 10.0, "first_byte_timeout_s": 60.0, "idle_timeout_s": 30.0}
    return client(server.url, clock, **{**times, **options})


async def test_connecting_takes_no_longer_than_it_may(clock: FakeClock) -> None:
    """A server that accepts, and then does not shake hands, is left."""

    async def behave(line: Line) -> None:
        await line.reader.read(1)
        begun.set()
        await line.left()
        gone.set()

    begun, gone = asyncio.Event(), asyncio.Event()
    async with serving(behave) as server:
        url = server.url.replace("http:", "https:")
        async with client(url, clock, connect_timeout_s=10.0) as http:
            asking = asyncio.ensure_future(http.send("GET", "/", {}))
            await begun.wait()
            await clock.advance(9.9)
            assert not asking.done()
            await clock.advance(0.1)
            with pytest.raises(UpstreamTimeout, match="accept a connection"):
                await asking
            await gone.wait()
            assert clock.waiting == 0


@pytest.mark.parametrize(
    ("patience_s", "expected_s"), [(None, 60.0), (5.0, 5.0), (600.0, 60.0)], ids=["none", "less", "more"]
)
async def test_the_first_byte_takes_no_longer_than_it_may(
    patience_s: float | None, expected_s: float, clock: FakeClock
) -> None:
    """The request's own patience counts where it is less than the option."""
    behave = Prompted()
    async with serving(behave) as server, _pool(server, clock) as http:
        patience = {} if patience_s is None else {"patience_s": patience_s}
        asking = asyncio.ensure_future(http.send("GET", "/", {}, **patience))
        await behave.line
        await clock.advance(expected_s - 1.0)
        assert not asking.done()
        await clock.advance(2.0)
        with pytest.raises(UpstreamTimeout, match=f"sent nothing for {expected_s:g} seconds"):
            await asking
        await behave.gone.wait()


@pytest.mark.parametrize(
    "wire", [ok("Content-Length: 1000", body=b"x"), ok("X: y", body=b"x"), chunked([b"x"])[:-5]]
)
async def test_a_silent_body_is_given_up(wire: bytes, clock: FakeClock) -> None:
    """After what came has been read, and never as if it were whole: also where closing would be its end."""
    behave = Prompted()
    async with serving(behave) as server, _pool(server, clock) as http:
        asking = asyncio.ensure_future(http.send("GET", "/", {}))
        (await behave.line).send(wire)
        reply = await asking
        await arrived(lambda: reply.received, len(wire))
        await clock.advance(29.0)
        waiting = asyncio.ensure_future(reply.read(1000))
        await asyncio.sleep(0)
        await clock.advance(2.0)
        with pytest.raises(UpstreamTimeout, match="was silent for 30 seconds"):
            await waiting
        reply.close()
        await behave.gone.wait()


async def test_patience_counts_within_the_body_too(clock: FakeClock) -> None:
    """What is not worth minutes at the beginning is not worth them later."""
    behave = Prompted()
    async with serving(behave) as server, _pool(server, clock) as http:
        asking = asyncio.ensure_future(http.send("GET", "/", {}, patience_s=5.0))
        (await behave.line).send(ok("Content-Length: 9"))
        reply = await asking
        waiting = asyncio.ensure_future(reply.piece())
        await asyncio.sleep(0)
        await clock.advance(6.0)
        with pytest.raises(UpstreamTimeout, match="was silent for 5 seconds"):
            await waiting
        reply.close()


@pytest.mark.parametrize("wire", [ok("Content-Length: 1000", body=b"half"), ok("X: y", body=b"half")])
async def test_what_came_before_the_silence_is_read_first(wire: bytes, clock: FakeClock) -> None:
    """A reader that comes late still gets it, and then the error."""
    behave = Prompted()
    async with serving(behave) as server, _pool(server, clock) as http:
        asking = asyncio.ensure_future(http.send("GET", "/", {}))
        (await behave.line).send(wire)
        reply = await asking
        await arrived(lambda: reply.received, len(wire))
        await clock.advance(31.0)
        await behave.gone.wait()
        assert await reply.piece() == b"half"
        with pytest.raises(UpstreamTimeout):
            await reply.piece()
        reply.close()


async def test_each_byte_is_a_sign_of_life(clock: FakeClock) -> None:
    """A head and a body that trickle take as long as they take, and it costs no timer per byte."""
    behave = Prompted()
    wire = b"HTTP/1.1 100 Continue\r\n\r\n" + chunked([b"slow", b"and steady"])
    async with serving(behave) as server, _pool(server, clock) as http:
        asking = asyncio.ensure_future(http.send("GET", "/", {}))
        line = await behave.line
        (connection,) = http._busy
        for sent, byte in enumerate(wire, 1):
            line.send(bytes([byte]))
            await arrived(lambda: connection.received, sent)
            assert clock.waiting == 1
            await clock.advance(29.0)
        reply = await asking
        assert await reply.read(99) == b"slowand steady"
        reply.close()


async def test_one_timer_watches_all_connections(clock: FakeClock) -> None:
    """However many there are; none when there is nothing to watch."""

    async def behave(line: Line) -> None:
        await line.request()
        line.send(ok("Content-Length: 9999"))
        for _ in range(50):
            line.send(b"x" * 100)
            await line.writer.drain()
        await line.left()

    async with serving(behave) as server, _pool(server, clock) as http:
        assert clock.waiting == 0
        replies = [await http.send("GET", "/", {}) for _ in range(20)]
        for reply in replies:
            size = 0
            while size < 5000:
                size += len(await reply.piece())
                assert clock.waiting == 1
        for reply in replies:
            reply.close()
        await clock.advance(1.0)
        assert clock.waiting == 0
        again = await http.send("GET", "/", {})
        assert clock.waiting == 1
        again.close()


async def test_many_silent_connections_are_given_up_together(clock: FakeClock) -> None:
    """And those that speak are not."""

    async def behave(line: Line) -> None:
        asked = await line.request()
        if asked and asked.target == "/lively":
            line.send(ok("Content-Length: 4", body=b"li"))
            await half.wait()
            line.send(b"ve")
        await line.left()

    half = asyncio.Event()
    async with serving(behave) as server, _pool(server, clock, first_byte_timeout_s=10.0) as http:
        silent = [asyncio.ensure_future(http.send("GET", "/silent", {})) for _ in range(20)]
        lively = await http.send("GET", "/lively", {})
        await server.line(20)
        await clock.advance(11.0)
        done = await asyncio.gather(*silent, return_exceptions=True)
        assert {type(one) for one in done} == {UpstreamTimeout}
        half.set()
        assert await lively.read(9) == b"live"
        lively.close()


async def test_the_end_of_an_answer_is_awaited_for_a_moment(clock: FakeClock) -> None:
    """When it comes, the connection serves again."""
    behave = Prompted()
    wire = chunked([b"all"])
    async with serving(behave) as server, _pool(server, clock) as http:
        asking = asyncio.ensure_future(http.send("GET", "/", {}))
        line = await behave.line
        line.send(wire[:-5])
        reply = await asking
        assert await reply.piece() == b"all"
        draining = asyncio.ensure_future(reply.drain())
        await asyncio.sleep(0)
        await clock.advance(0.9)
        assert not draining.done()
        line.send(wire[-5:])
        await draining
        await reply.drain()  # at its end there is nothing to wait for
        reply.close()
        assert len(http._idle) == 1


@pytest.mark.parametrize("how", ["silent", "cut", "noise"])
async def test_the_end_of_an_answer_is_not_awaited_for_long(how: str, clock: FakeClock) -> None:
    """When it does not come, or is none, that is no error: the answer had said all."""
    behave = Prompted()
    async with serving(behave) as server, _pool(server, clock) as http:
        asking = asyncio.ensure_future(http.send("GET", "/", {}))
        line = await behave.line
        line.send(chunked([b"all"])[:-5])
        reply = await asking
        assert await reply.piece() == b"all"
        draining = asyncio.ensure_future(reply.drain())
        await asyncio.sleep(0)
        await clock.advance(0.5)
        if how == "cut":
            line.close()
        elif how == "noise":
            line.send(b"what is this?")
        else:
            await clock.advance(0.5)
        await draining
        reply.close()
        assert not http._idle
        assert not http._busy
        await behave.gone.wait()


async def test_a_slow_reader_is_not_taken_for_a_silent_upstream(clock: FakeClock) -> None:
    """Who stops the upstream from sending cannot blame it for silence; once he reads, it must speak."""
    connection, transport = connected()
    asking = asyncio.ensure_future(connection.exchange(b"?", 60.0, 30.0))
    await asyncio.sleep(0)
    connection.data_received(ok("Content-Length: 9999999", body=b"x" * 300_000))
    await asking
    assert transport.paused
    assert connection.deadline == float("inf")
    await connection.piece()
    assert not transport.paused
    assert connection.deadline == 30.0


async def test_a_reply_whose_connection_is_broken_is_no_time_out(clock: FakeClock) -> None:
    """What went wrong first is what is told."""
    behave = Prompted()
    async with serving(behave) as server, _pool(server, clock) as http:
        asking = asyncio.ensure_future(read(http))
        (await behave.line).send(answer(b"xy")[:-1])
        (await behave.line).close()
        with pytest.raises(AnswerCut):
            await asking
        await clock.advance(100.0)
        assert clock.waiting == 0
