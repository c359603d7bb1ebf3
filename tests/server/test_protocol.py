"""The server's own part of HTTP: heads that wait for bodies, and lines to callers."""

import asyncio
from typing import Any

import pytest
import uvicorn
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.types import Receive, Scope, Send

from akashchat.server.line import Line, line_of, while_connected
from akashchat.server.protocol import LineProtocol, _Joined

HEAD = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n"
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


class TestJoined:
    """One write for a head and what follows it."""

    async def test_a_head_goes_out_with_its_body(self) -> None:
        """In one write; the next response has its own."""
        joined = _Joined(transport := FakeTransport())
        for _ in range(2):
            joined.write(HEAD)
            assert HEAD not in transport.calls
            joined.write(b"hello")
        await asyncio.sleep(0)
        assert transport.calls == [HEAD + b"hello"] * 2

    async def test_a_head_alone_goes_out_at_once(self) -> None:
        """A stream whose first event is not there yet has begun for its client."""
        joined = _Joined(transport := FakeTransport())
        joined.write(HEAD)
        await asyncio.sleep(0)
        assert transport.calls == [HEAD]
        joined.write(b"hello")
        joined.write(b"again")
        assert transport.calls == [HEAD, b"hello", b"again"]

    async def test_a_head_for_nobody_is_dropped(self) -> None:
        """A client that is gone in the same moment leaves no error behind."""
        errors: list[dict[str, Any]] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: errors.append(context))
        joined = _Joined(transport := FakeTransport())
        joined.write(HEAD)
        joined.abort()
        await asyncio.sleep(0)
        assert (transport.calls, errors) == (["closed"], [])

    async def test_all_else_is_the_transports(self) -> None:
        """Whatever the server asks of it."""
        joined = _Joined(FakeTransport())
        assert joined.get_extra_info("peername") == ("198.51.100.7", 5555)
        assert not joined.is_closing()
        joined.abort()
        assert joined.is_closing()

    @settings(max_examples=100)
    @given(
        writes=st.lists(st.sampled_from([HEAD, b"hello", b"HTTP/1.1 is a body", b"", None]), max_size=12),
        closing=st.booleans(),
    )
    async def test_the_order_is_kept(self, writes: list[bytes | None], *, closing: bool) -> None:
        """All comes once, in its turn and before the end, also a body that begins like a head."""
        joined = _Joined(transport := FakeTransport())
        for data in writes:
            if data is None:
                await asyncio.sleep(0)
            else:
                joined.write(data)
        if closing:
            joined.close()
        await asyncio.sleep(0)
        sent = b"".join(one for one in transport.calls if isinstance(one, bytes))
        assert sent == b"".join(filter(None, writes))
        assert transport.calls[-1:] == ["closed"] or not closing


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

    def connected(self) -> tuple[Scripted, LineProtocol, FakeTransport]:
        """A protocol on a transport, and its application."""
        app, transport = Scripted(), FakeTransport()
        config = uvicorn.Config(app, lifespan="off", log_config=None)
        config.load()
        protocol = LineProtocol(config=config, server_state=uvicorn.Server(config).server_state, app_state={})
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
        assert not transport.reading  # or requests could be heaped up
        transport.abort()
        protocol.connection_lost(None)
        for _ in range(3):
            await asyncio.sleep(0)
        assert len(app.lines) == 1
        assert app.ends == ["cancelled", "returned"]
        assert not any(b"400" in call for call in transport.calls if isinstance(call, bytes))

    async def test_a_long_body_does_not_hide_the_leaving(self) -> None:
        """The server stops reading when much of a body has come, and goes on when it is taken."""
        app, protocol, transport = self.connected()
        body = b"x" * 200_000
        protocol.data_received(ASK.replace(b": 2", b": 200000") + body)
        assert not transport.reading
        await asyncio.sleep(0)
        assert transport.reading
        assert app.lines[0].body() == body

    async def test_one_request_s_end_leaves_the_next_one_watched(self) -> None:
        """An answer may still be cleaning up when the caller has asked again."""
        _, protocol, _ = self.connected()
        protocol.data_received(ASK + b"{}")
        await asyncio.sleep(0)
        first, second = protocol.cycle, object()
        protocol.watch(second, list)  # type: ignore[arg-type]
        protocol.unwatch(first)
        assert protocol._watched == (second, list)

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
