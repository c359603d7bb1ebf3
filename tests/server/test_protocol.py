"""The server's side of HTTP: requests read, responses written, lines to callers."""

import asyncio
from typing import Any

import pytest
import uvicorn
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.types import Receive, Scope, Send

from akashchat.server.line import Line, line_of, while_connected
from akashchat.server.protocol import HttpProtocol
from tests.support.answers import cut

ASK = b"POST / HTTP/1.1\r\nhost: here\r\ncontent-length: 2\r\n\r\n"


class FakeTransport(asyncio.Transport):
    """Stands for a socket: keeps each write, and that it was closed."""

    def __init__(self) -> None:
        super().__init__({"peername": ("198.51.100.7", 5555)})
        self.calls: list[bytes | str] = []
        self.reading = True

    def write(self, data: bytes) -> None:  # type: ignore[override]
        """See ``asyncio.WriteTransport``."""
        if self.is_closing():
            raise RuntimeError("the handler is closed")  # as uvloop does
        self.calls.append(bytes(data))

    def is_closing(self) -> bool:
        """See ``asyncio.BaseTransport``."""
        return "closed" in self.calls

    def close(self) -> None:
        """See ``asyncio.BaseTransport``."""
        self.calls.append("closed")

    abort = close

    def pause_reading(self) -> None:
        """See ``asyncio.ReadTransport``."""
        self.reading = False

    def resume_reading(self) -> None:
        """See ``asyncio.ReadTransport``."""
        self.reading = True


class Scripted:
    """An application that keeps the lines it is asked by, and answers when told."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.sends: list[Send] = []
        self.over = asyncio.Event()
        self.ends: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Keep, wait, end."""
        self.lines.append(line_of(scope))
        self.sends.append(send)
        await while_connected(self.lines[-1], self._answer(send))
        self.ends.append("returned")

    async def _answer(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        try:
            await self.over.wait()
        except asyncio.CancelledError:
            self.ends.append("cancelled")
            raise
        await send({"type": "http.response.body", "body": b"", "more_body": False})


class TestLine:
    """One request's part of a connection."""

    def connected(self) -> tuple[Scripted, HttpProtocol, FakeTransport]:
        """A protocol on a transport, and its application."""
        app, transport = Scripted(), FakeTransport()
        config = uvicorn.Config(app, lifespan="off", log_config=None)
        config.load()
        protocol = HttpProtocol(config=config, server_state=uvicorn.Server(config).server_state, app_state={})
        protocol.connection_made(transport)
        return app, protocol, transport

    async def test_a_chunk_goes_out_at_once_and_behind_the_head(self) -> None:
        """Framed, in one write with the head where that waits, and alone later."""
        app, protocol, transport = self.connected()
        protocol.data_received(ASK + b"{}")
        await asyncio.sleep(0)
        assert not app.lines[0].chunk(b"one")
        assert not app.lines[0].chunk(b"x" * 255)
        head, second = transport.calls
        assert isinstance(head, bytes)
        assert head.endswith(b"\r\n\r\n3\r\none\r\n")
        assert second == b"ff\r\n" + b"x" * 255 + b"\r\n"
        app.over.set()
        for _ in range(3):
            await asyncio.sleep(0)
        assert transport.calls[2:] == [b"0\r\n\r\n"]

    async def test_a_body_is_given_once_and_whole(self) -> None:
        """Not before all of it has come."""
        app, protocol, _ = self.connected()
        protocol.data_received(ASK + b"{")
        await asyncio.sleep(0)
        assert app.lines[0].body() is None
        protocol.data_received(b"}")
        assert app.lines[0].body() == b"{}"

    async def test_a_slow_caller_is_waited_for(self) -> None:
        """As the transport says."""
        app, protocol, _ = self.connected()
        protocol.data_received(ASK + b"{}")
        await asyncio.sleep(0)
        protocol.pause_writing()
        assert app.lines[0].chunk(b"one")
        drained = asyncio.ensure_future(app.lines[0].drained())
        await asyncio.sleep(0)
        assert not drained.done()
        protocol.resume_writing()
        await drained

    async def test_leaving_cancels_the_answer(self) -> None:
        """At once, and quietly; chunks for nobody are dropped."""
        app, protocol, transport = self.connected()
        protocol.data_received(ASK + b"{}")
        await asyncio.sleep(0)
        transport.abort()
        assert app.lines[0].chunk(b"one")
        protocol.connection_lost(None)
        for _ in range(3):
            await asyncio.sleep(0)
        assert app.ends == ["cancelled", "returned"]
        assert b"one" not in b"".join(one for one in transport.calls if isinstance(one, bytes))

    @pytest.mark.parametrize("begun", [True, False])
    async def test_leaving_is_told_to_the_request_under_way(self, *, begun: bool) -> None:
        """Also when the caller has sent another one behind it, and left before the first was begun."""
        app, protocol, transport = self.connected()
        protocol.data_received(ASK + b"{}" + ASK + b"{}")
        if begun:
            await asyncio.sleep(0)
        assert transport.reading  # or the leaving would not be seen
        transport.abort()
        protocol.connection_lost(None)
        for _ in range(3):
            await asyncio.sleep(0)
        assert len(app.lines) == 1
        assert app.ends == ["cancelled", "returned"]
        assert not any(b"400" in call for call in transport.calls if isinstance(call, bytes))

    async def test_requests_cannot_be_heaped_up(self) -> None:
        """Of many that wait for their turn no more are read, until some have had it."""
        app, protocol, transport = self.connected()
        app.over.set()
        protocol.data_received((ASK + b"{}") * 20)
        assert not transport.reading
        for _ in range(20):
            await asyncio.sleep(0)
        assert transport.reading
        for _ in range(60):
            await asyncio.sleep(0)
        assert len(app.lines) == 20

    async def test_a_long_request_may_not_wait_as_a_whole(self) -> None:
        """Behind another one it is read when it has its turn."""
        app, protocol, transport = self.connected()
        protocol.data_received(ASK + b"{}" + ASK.replace(b": 2", b": 200000") + b"x" * 100_000)
        await asyncio.sleep(0)
        assert not transport.reading
        app.over.set()
        for _ in range(5):
            await asyncio.sleep(0)
        assert transport.reading

    async def test_a_long_body_does_not_hide_the_leaving(self) -> None:
        """The server stops reading when much of a body has come, and goes on when it is taken."""
        app, protocol, transport = self.connected()
        body = b"x" * 200_000
        protocol.data_received(ASK.replace(b": 2", b": 200000") + body)
        assert not transport.reading
        await asyncio.sleep(0)
        assert transport.reading
        assert app.lines[0].body() == body

    async def test_leaving_behind_the_answer_disturbs_nobody(self) -> None:
        """Connections end."""
        app, protocol, transport = self.connected()
        app.over.set()
        protocol.data_received(ASK + b"{}")
        for _ in range(3):
            await asyncio.sleep(0)
        transport.abort()
        protocol.connection_lost(None)
        await asyncio.sleep(0)
        assert app.ends == ["returned"]

    async def test_who_left_before_the_answer_began_is_not_answered(self) -> None:
        """Though nobody was watching when it happened."""
        app, protocol, transport = self.connected()
        protocol.data_received(ASK + b"{}")
        transport.abort()
        protocol.connection_lost(None)
        for _ in range(3):
            await asyncio.sleep(0)
        assert app.ends[-1:] == ["returned"]
        assert {*transport.calls} == {"closed"}


class Responding:
    """An application that sends what it is given, and remembers how it was asked."""

    def __init__(self, *messages: dict[str, Any]) -> None:
        self.messages = messages
        self.scopes: list[Scope] = []
        self.bodies: list[bytes] = []
        self.fault: BaseException | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the whole body, then respond."""
        self.scopes.append(scope)
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        self.bodies.append(body)
        try:
            for message in self.messages:
                await send({**message})
        except Exception as error:
            self.fault = error
            raise


def start(*headers: tuple[bytes, bytes], status: int = 200) -> dict[str, Any]:
    """A response's beginning."""
    return {"type": "http.response.start", "status": status, "headers": [*headers]}


def body(data: bytes, *, more: bool = False) -> dict[str, Any]:
    """A piece of its body."""
    return {"type": "http.response.body", "body": data, "more_body": more}


SIZED = (start((b"content-length", b"5")), body(b"hello"))


async def spoken(app: Any, *pieces: bytes, keep_alive_s: int = 75) -> FakeTransport:
    """What a connection says to these bytes."""
    transport = FakeTransport()
    config = uvicorn.Config(app, lifespan="off", log_config=None, timeout_keep_alive=keep_alive_s)
    config.load()
    protocol = HttpProtocol(config=config, server_state=uvicorn.Server(config).server_state, app_state={})
    protocol.connection_made(transport)
    for piece in pieces:
        protocol.data_received(piece)
        for _ in range(4):
            await asyncio.sleep(0)
    protocol.connection_lost(None)
    return transport


def written(transport: FakeTransport) -> bytes:
    """All that was sent."""
    return b"".join(one for one in transport.calls if isinstance(one, bytes))


class TestResponses:
    """What goes over the wire."""

    async def test_head_and_body_are_one_packet(self) -> None:
        """Each time on a kept connection."""
        transport = await spoken(Responding(*SIZED), ASK + b"{}", ASK + b"{}")
        head = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello"
        assert transport.calls[:2] == [head, head]

    async def test_a_head_alone_goes_out_at_once(self) -> None:
        """A stream whose first event is not there yet has begun for its client."""
        transport = await spoken(Scripted(), ASK + b"{}")
        assert transport.calls[0] == b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"

    async def test_a_body_of_unknown_length_is_chunked(self) -> None:
        """An empty piece is none, as it would be the end."""
        pieces = (start(), body(b"one", more=True), body(b"", more=True), body(b"two"))
        transport = await spoken(Responding(*pieces), ASK + b"{}")
        assert written(transport).endswith(b"\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n")

    async def test_an_older_client_gets_no_chunks(self) -> None:
        """HTTP/1.0 knows none: the end of the connection is the end of the body."""
        ask = b"GET / HTTP/1.0\r\nhost: here\r\n\r\n"
        transport = await spoken(Responding(start(), body(b"one", more=True), body(b"two")), ask)
        head, _, sent = written(transport).partition(b"\r\n\r\n")
        assert sent == b"onetwo"
        assert b"transfer-encoding" not in head
        assert b"connection: close" in head
        assert transport.is_closing()

    async def test_a_head_s_response_has_no_body(self) -> None:
        """Though it says how long that would be."""
        transport = await spoken(Responding(*SIZED), b"HEAD / HTTP/1.1\r\nhost: here\r\n\r\n")
        assert transport.calls[0] == b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n"

    async def test_who_closes_is_told_so(self) -> None:
        """And the connection ends behind the response."""
        ask = ASK.replace(b"host: here", b"host: here\r\nconnection: close")
        transport = await spoken(Responding(*SIZED), ask + b"{}")
        assert b"\r\nconnection: close\r\n" in written(transport)
        assert transport.is_closing()

    @pytest.mark.parametrize("value", [b"a\r\nset-cookie: b", b"a\nb", b"a\rb"])
    async def test_no_header_smuggles_another(self, value: bytes) -> None:
        """Whoever let a line break through, it goes no further."""
        app = Responding(start((b"x-name", value)), body(b"hello"))
        transport = await spoken(app, ASK + b"{}")
        assert isinstance(app.fault, ValueError)
        assert b"x-name" not in written(transport)

    @pytest.mark.parametrize("said", [b"4", b"6"])
    async def test_a_body_is_as_long_as_its_head_says(self, said: bytes) -> None:
        """Or the connection ends, so that the client does not take it for whole."""
        app = Responding(start((b"content-length", said)), body(b"hello"))
        transport = await spoken(app, ASK + b"{}")
        assert isinstance(app.fault, ValueError)
        assert transport.is_closing()

    async def test_an_application_that_says_nothing_is_an_error(self) -> None:
        """The client learns that something failed, and the connection ends."""
        transport = await spoken(Responding(), ASK + b"{}")
        assert written(transport).startswith(b"HTTP/1.1 500 ")
        assert transport.is_closing()


class TestRequests:
    """What comes over the wire."""

    @settings(max_examples=60)
    @given(places=st.lists(st.integers(0, 400), max_size=6))
    async def test_pieces_make_no_difference(self, places: list[int]) -> None:
        """Two requests, one behind the other, however they are cut."""
        both = (ASK + b"{}") * 2
        app = Responding(*SIZED)
        transport = await spoken(app, *cut(both, [place for place in places if place < len(both)]))
        assert app.bodies == [b"{}", b"{}"]
        assert written(transport).count(b"hello") == 2

    @pytest.mark.parametrize(
        ("target", "path", "query"),
        [
            (b"/v1/models?format=akash", "/v1/models", b"format=akash"),
            (b"http://here/v1/models?a=b", "/v1/models", b"a=b"),
            (b"/v1/models/a%2Fb", "/v1/models/a/b", b""),
        ],
    )
    async def test_addresses_are_read(self, target: bytes, path: str, query: bytes) -> None:
        """In the form clients send, and in the one they send to proxies."""
        app = Responding(*SIZED)
        await spoken(app, b"GET " + target + b" HTTP/1.1\r\nhost: here\r\n\r\n")
        assert (app.scopes[0]["path"], app.scopes[0]["query_string"]) == (path, query)

    async def test_who_asks_before_sending_is_told_to_go_on(self) -> None:
        """``Expect: 100-continue``, as curl sends with long bodies."""
        ask = ASK.replace(b"host: here", b"host: here\r\nexpect: 100-continue")
        transport = await spoken(Responding(*SIZED), ask, b"{}")
        assert transport.calls[0] == b"HTTP/1.1 100 Continue\r\n\r\n"
        assert b"hello" in written(transport)

    async def test_what_is_not_http_is_refused(self) -> None:
        """With a response, and an end."""
        transport = await spoken(Responding(*SIZED), b"\x16\x03\x01\x02\x00\x01")
        assert written(transport).startswith(b"HTTP/1.1 400 ")
        assert transport.is_closing()

    async def test_a_head_has_a_bound(self) -> None:
        """Or it would fill the memory."""
        endless = [b"GET / HTTP/1.1\r\n", *[b"x: " + b"y" * 10_000 + b"\r\n"] * 8]
        transport = await spoken(Responding(*SIZED), *endless)
        assert written(transport).startswith(b"HTTP/1.1 431 ")
        assert transport.is_closing()

    async def test_an_idle_connection_ends(self) -> None:
        """Whether it never asked, or has asked before, or stopped in the middle of a head."""
        for pieces in ([], [ASK + b"{}"], [b"GET / HT"]):
            transport = FakeTransport()
            config = uvicorn.Config(Responding(*SIZED), lifespan="off", log_config=None, timeout_keep_alive=0)
            config.load()
            protocol = HttpProtocol(config, uvicorn.Server(config).server_state, {})
            protocol.connection_made(transport)
            for piece in pieces:
                protocol.data_received(piece)
            for _ in range(6):
                await asyncio.sleep(0)
            protocol._wait_idly()
            assert transport.is_closing()
