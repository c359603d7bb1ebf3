"""Every reply again, over sockets: from a server that sends it in pieces, and from one that is not ours."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from akashchat.errors import AnswerCut, ProtocolError, UpstreamError
from akashchat.upstreams.http.client import HttpReply
from tests.upstreams.http.bad_replies import BAD
from tests.upstreams.http.feeding import Got, ok, single_bytes
from tests.upstreams.http.lines import Line, client, serving
from tests.upstreams.http.replies import CASES


async def got(reply: HttpReply) -> Got:
    """Everything a reply says; its connection is let go."""
    result = Got(reply.status, dict(reply.headers), reply.cookies)
    result.body = await reply.read(2**23)
    result.reusable = reply._connection.reusable
    reply.close()
    return result


@pytest.mark.parametrize("single", [True, False])
async def test_replies_are_read_from_a_socket(*, single: bool) -> None:
    """In one packet or in as many as there are bytes, one after another."""

    async def behave(line: Line) -> None:
        while asked := await line.request():
            case = CASES[int(asked.target[1:])]
            for piece in single_bytes(case.wire) if single else [case.wire]:
                line.send(piece)
                await asyncio.sleep(0)
            if case.ends:
                return

    async with serving(behave) as server, client(server.url) as http:
        for number, case in enumerate(CASES):
            case.check(await got(await http.send("GET", f"/{number}", {})))
        assert len(server.lines) == 1 + sum(not case.reusable for case in CASES)


async def test_what_is_not_http_is_refused_from_a_socket() -> None:
    """And its connection is closed at once."""

    async def behave(line: Line) -> None:
        asked = await line.request()
        line.send(list(BAD.values())[int(asked.target[1:])] if asked else b"")
        await line.left()
        gone.set()

    gone = asyncio.Event()
    async with serving(behave) as server, client(server.url) as http:
        for number in range(len(BAD)):
            gone.clear()
            with pytest.raises(ProtocolError):
                await got(await http.send("GET", f"/{number}", {}))
            await gone.wait()


@pytest.mark.parametrize("framed", [True, False])
@pytest.mark.parametrize("reset", [True, False])
async def test_a_cut_answer_is_told_from_a_whole_one(*, framed: bool, reset: bool) -> None:
    """Only a body that ends with its connection may end so, and only in order."""

    async def behave(line: Line) -> None:
        await line.request()
        line.send(ok("Content-Length: 9", body=b"half") if framed else ok(body=b"half"))
        await taken.wait()
        (line.reset if reset else line.close)()

    taken = asyncio.Event()
    async with serving(behave) as server, client(server.url) as http:
        reply = await http.send("GET", "/", {})
        assert await reply.piece() == b"half"
        taken.set()
        if framed or reset:
            with pytest.raises(AnswerCut):
                await reply.piece()
        else:
            assert await reply.piece() == b""
        reply.close()


@asynccontextmanager
async def aiohttp_server() -> AsyncIterator[str]:
    """A server that others have written, with everything it does to replies."""

    async def stream(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"X-Sent": "piece by piece"})
        if request.query.get("compress"):
            response.enable_compression(web.ContentCoding[request.query["compress"]])
        await response.prepare(request)
        for number in range(100):
            await response.write(b"line %d\n" % number)
        await response.write_eof()
        return response

    async def echo(request: web.Request) -> web.Response:
        body = await request.read()
        response = web.Response(status=201, body=request.method.encode() + b" " + body)
        response.set_cookie("a", "1", httponly=True)
        response.set_cookie("b", "2", max_age=60)
        return response

    app = web.Application(client_max_size=2**24)
    app.router.add_route("*", "/stream", stream)
    app.router.add_route("*", "/echo", echo)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        async with asyncio.timeout(8):
            yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@pytest.mark.parametrize("query", ["", "?compress=gzip", "?compress=deflate"])
async def test_another_servers_stream_is_read_whole(query: str) -> None:
    """Chunked, and compressed though nobody asked."""
    async with aiohttp_server() as url, client(url) as http:
        for _ in range(3):
            seen = await got(await http.send("GET", f"/stream{query}", {}))
            assert seen.body == b"".join(b"line %d\n" % number for number in range(100))
            assert (seen.status, seen.headers["x-sent"], seen.reusable) == (200, "piece by piece", True)


async def test_another_server_understands_our_requests() -> None:
    """Without a body, with an empty one, with one of some megabytes, on the same connection."""
    async with aiohttp_server() as url, client(url) as http:
        for body in (None, b"", b"question", b"x" * 4_000_000, None):
            seen = await got(await http.send("POST" if body else "PUT", "/echo", {}, body))
            assert (seen.status, seen.reusable) == (201, True)
            assert seen.body == (b"POST " if body else b"PUT ") + (body or b"")
            assert [cookie.split(";")[0] for cookie in seen.cookies] == ["a=1", "b=2"]


async def test_more_than_was_allowed_is_not_read() -> None:
    """A reply that is to be small is refused when it is not."""

    async def behave(line: Line) -> None:
        await line.request()
        line.send(ok(body=b"x" * 100))
        await line.left()

    async with serving(behave) as server, client(server.url) as http:
        reply = await http.send("GET", "/", {})
        with pytest.raises(UpstreamError, match="larger than 99 bytes"):
            await reply.read(99)
        reply.close()


async def test_a_reply_knows_its_media_type() -> None:
    """Without parameters and in lower case; none is none."""

    async def behave(line: Line) -> None:
        for header in ("Content-Type: Text/HTML ; charset=x", "Content-Type: image/webp", "X: y"):
            await line.request()
            line.send(ok(header, "Content-Length: 0"))
        await line.request()

    async with serving(behave) as server, client(server.url) as http:
        types = []
        for _ in range(3):
            reply = await http.send("GET", "/", {})
            types.append(reply.media_type)
            reply.close()
        assert types == ["text/html", "image/webp", ""]
