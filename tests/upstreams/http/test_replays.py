"""A request whose kept connection was dead is sent once more, and no other."""

import asyncio
from collections.abc import Callable

import pytest

from akashchat.errors import AnswerCut, ProtocolError, UpstreamTimeout
from tests.support.clock import FakeClock
from tests.upstreams.http.feeding import ok
from tests.upstreams.http.lines import Line, answer, client, read, serving

End = Callable[[Line], None]
ends = pytest.mark.parametrize("end", [Line.close, Line.reset], ids=["closed", "reset"])


def ending(end: End, *, before: bytes = b"", lines: int = 1) -> Callable[[Line], object]:
    """Answers once on each line; ends the first ``lines`` of them at the second request, after some bytes."""

    async def behave(line: Line) -> None:
        await line.request()
        line.send(answer(b"%d" % line.number))
        while await line.request():
            if line.number < lines:
                line.send(before)
                await line.writer.drain()
                end(line)
                return
            line.send(answer(b"%d" % line.number))

    return behave


@ends
@pytest.mark.parametrize("body", [None, b"", b"question", b"x" * 3_000_000])
async def test_a_request_on_a_dead_connection_is_sent_once_more(end: End, body: bytes | None) -> None:
    """The same request, on a new connection, and its sender notices nothing."""
    async with serving(ending(end)) as server, client(server.url) as http:
        assert await read(http) == b"0"
        assert await read(http, "/again", body) == b"1"
        assert server.lines[0].asked[1:] == server.lines[1].asked
        assert server.lines[1].asked[0].body == (body or b"")
        assert len(server.lines) == 2


@ends
async def test_it_is_sent_no_third_time(end: End) -> None:
    """When the new connection ends as well, that is the answer."""

    async def behave(line: Line) -> None:
        await line.request()
        if line.number == 0:
            line.send(answer(b"0"))
            await line.request()
        end(line)

    async with serving(behave) as server, client(server.url) as http:
        assert await read(http) == b"0"
        with pytest.raises(AnswerCut):
            await read(http)
        assert [len(line.asked) for line in server.lines] == [2, 1]


async def test_it_is_sent_on_a_new_connection_though_others_are_kept() -> None:
    """Where one has died, the others may have too."""
    async with serving(ending(Line.close, lines=3)) as server, client(server.url) as http:
        replies = [await http.send("GET", "/", {}) for _ in range(3)]
        for reply in replies:
            await reply.read(9)
            reply.close()
        assert await read(http) == b"3"
        assert [len(line.asked) for line in server.lines] == [1, 1, 2, 1]


@ends
async def test_a_request_on_a_new_connection_is_sent_once(end: End) -> None:
    """A server that closes after it was asked may have done what was asked."""

    async def behave(line: Line) -> None:
        await line.request()
        end(line)

    async with serving(behave) as server, client(server.url) as http:
        with pytest.raises(AnswerCut):
            await read(http, "/", b"question")
        assert len(server.lines) == 1


@ends
async def test_a_request_that_was_being_answered_is_sent_once(end: End) -> None:
    """One byte of an answer is enough."""
    async with serving(ending(end, before=b"H")) as server, client(server.url) as http:
        assert await read(http) == b"0"
        with pytest.raises(AnswerCut):
            await read(http)
        assert len(server.lines) == 1


async def test_a_request_whose_answer_is_cut_is_sent_once() -> None:
    """Its reader has seen the beginning."""
    half = ok("Content-Length: 9", body=b"half")
    async with serving(ending(Line.close, before=half)) as server, client(server.url) as http:
        assert await read(http) == b"0"
        reply = await http.send("GET", "/", {})
        assert await reply.piece() == b"half"
        with pytest.raises(AnswerCut):
            await reply.piece()
        reply.close()
        assert len(server.lines) == 1


async def test_a_request_that_is_answered_with_noise_is_sent_once() -> None:
    """A server that speaks something else will do so again."""
    async with serving(ending(Line.close, before=b"<html>")) as server, client(server.url) as http:
        assert await read(http) == b"0"
        with pytest.raises(ProtocolError):
            await read(http)
        assert len(server.lines) == 1


async def test_a_request_that_is_not_answered_in_time_is_sent_once(clock: FakeClock) -> None:
    """Silence is not death: the server may be at work."""

    async def behave(line: Line) -> None:
        await line.request()
        line.send(answer(b"0"))
        await line.request()
        asked.set()
        await line.left()

    asked = asyncio.Event()
    async with serving(behave) as server, client(server.url, clock, first_byte_timeout_s=3.0) as http:
        assert await read(http) == b"0"
        second = asyncio.ensure_future(read(http))
        await asked.wait()
        await clock.advance(4.0)
        with pytest.raises(UpstreamTimeout):
            await second
        assert len(server.lines) == 1


async def test_a_request_whose_connection_ends_late_is_sent_once(clock: FakeClock) -> None:
    """A connection that had been dead would have ended at once; this server may have begun to work."""

    async def behave(line: Line) -> None:
        await line.request()
        line.send(answer(b"0"))
        await line.request()
        asked.set()
        await late.wait()

    asked, late = asyncio.Event(), asyncio.Event()
    async with serving(behave) as server, client(server.url, clock) as http:
        assert await read(http) == b"0"
        second = asyncio.ensure_future(read(http))
        await asked.wait()
        await clock.advance(1.5)
        late.set()
        with pytest.raises(AnswerCut):
            await second
        assert len(server.lines) == 1


async def test_a_large_request_arrives_whole() -> None:
    """Some megabytes, while nothing is read of them for a while."""
    body = b"".join(b"%d, " % number for number in range(400_000))

    async def behave(line: Line) -> None:
        asked = await line.request()
        line.send(answer(b"whole" if asked and asked.body == body else b"damaged"))

    async with serving(behave) as server, client(server.url) as http:
        assert await read(http, "/", body) == b"whole"


async def test_a_connection_is_not_used_while_a_request_is_still_on_its_way() -> None:
    """A server that answers before it has read all may never read the rest."""

    async def behave(line: Line) -> None:
        await line.reader.readuntil(b"\r\n\r\n")
        line.send(answer(b"too large" if line.number == 0 else b"fine"))
        await line.left()

    async with serving(behave) as server, client(server.url) as http:
        reply = await http.send("POST", "/", {}, b"x" * 30_000_000)
        assert await reply.read(99) == b"too large"
        reply.close()
        assert await read(http) == b"fine"
