"""Listening, serving, and stopping without cutting anybody short."""

import asyncio
import gc
import os
import signal
import socket
import struct
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process, create_subprocess_exec
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from starlette.types import Receive, Scope, Send

from akashchat.server.listening import CannotListen, listen
from akashchat.server.serve import serving
from akashchat.simulator import Simulator
from tests.support.http import call, calling


@pytest.fixture(autouse=True)
def collector() -> Iterator[None]:
    """A server tunes the collector of its process; here others live in it."""
    thresholds = gc.get_threshold()
    yield
    gc.set_threshold(*thresholds)
    gc.unfreeze()


def _has_v6() -> bool:
    with suppress(OSError), socket.socket(socket.AF_INET6) as probe:
        probe.bind(("::1", 0))
        return True
    return False


def _address(host: str, *more: int) -> tuple[object, ...]:
    """As ``getaddrinfo`` tells it."""
    return (socket.AF_INET6 if more else socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, 0, *more))


class TestListen:
    """Sockets for a name and a port."""

    both = pytest.mark.skipif(not _has_v6(), reason="no IPv6 on this machine")

    @pytest.fixture
    def named(self, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
        """What ``localhost`` stands for: two addresses, one of them told twice, as on many machines."""
        found = [_address("::1", 0, 0), _address("127.0.0.1"), _address("127.0.0.1")]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_kwargs: found)
        return found

    @both
    @pytest.mark.parametrize("hosts", [["::1", "127.0.0.1"], ["::", "0.0.0.0"]])
    def test_a_name_is_listened_on_at_all_its_addresses(self, hosts: list[str], named: list[Any]) -> None:
        """At the same port; a client reaches each, whichever it tries first."""
        named[:] = [_address(hosts[0], 0, 0), _address(hosts[1]), _address(hosts[1])]
        sockets = listen("localhost", 0)
        assert [one.getsockname()[0] for one in sockets] == hosts
        (port,) = {one.getsockname()[1] for one in sockets}
        for listening in sockets:
            with socket.socket(listening.family) as client:
                client.connect(listening.getsockname())
                listening.accept()[0].close()
            listening.close()
        for again in listen("localhost", port):  # at once, though connections of before linger
            assert again.getsockname()[1] == port
            again.close()

    @both
    @pytest.mark.usefixtures("named")
    @pytest.mark.parametrize("taken", ["127.0.0.1", "::1"])
    def test_a_port_that_is_taken_at_one_address_is_taken(self, taken: str) -> None:
        """Nobody talks to another program by mistake; what was opened is closed again."""
        family = socket.AF_INET6 if ":" in taken else socket.AF_INET
        with socket.socket(family) as other:
            other.bind((taken, 0))
            other.listen()
            port = other.getsockname()[1]
            with pytest.raises(CannotListen, match=f"cannot listen on localhost:{port}"):
                listen("localhost", port)
        for free in listen("localhost", port):
            free.close()

    @both
    def test_an_address_this_machine_lacks_is_done_without(self, named: list[Any]) -> None:
        """As ``localhost`` often is, where IPv6 is turned off; when there is none at all, that is told."""
        named[0] = _address("2001:db8::1", 0, 0)
        (only,) = listen("localhost", 0)
        assert only.getsockname()[0] == "127.0.0.1"
        only.close()
        del named[1:]
        with pytest.raises(CannotListen):
            listen("localhost", 0)

    @pytest.mark.parametrize("host", ["-", "a" * 70, "a..b"])
    def test_a_name_that_is_none_is_told(self, host: str) -> None:
        """Whatever is wrong with it."""
        with pytest.raises(CannotListen, match="no address for the name"):
            listen(host, 0)


class App:
    """An application that greets, and tells what it has seen."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] == "http":
            self.seen.append("asked")
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]})
            await send({"type": "http.response.body", "body": b"hello"})
            return
        for moment, seen in (("startup", "began"), ("shutdown", "ended")):
            await receive()
            self.seen.append(seen)
            await send({"type": f"lifespan.{moment}.complete"})


class TestServing:
    """A server beside the body of a statement."""

    async def test_it_begins_and_ends_with_the_statement(self) -> None:
        """So does the application in it, and its port is free afterwards, also when the body fails."""
        app = App()
        (listening,) = sockets = listen("127.0.0.1", 0)
        host, port = listening.getsockname()
        with suppress(EOFError):
            async with serving(app, sockets, shutdown_s=1) as task:
                assert (app.seen, task.done()) == (["began"], False)
                reply = await call("GET", f"http://{host}:{port}/")
                assert (reply.status, reply.body) == (200, b"hello")
                raise EOFError
        assert (app.seen, task.done()) == (["began", "asked", "ended"], True)
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection(host, port)

    @pytest.mark.skipif(not sys.platform.startswith("linux"), reason="counted as Linux counts")
    async def test_a_small_response_is_one_packet(self) -> None:
        """Head and body together, each time on a kept connection."""
        (listening,) = sockets = listen("127.0.0.1", 0)
        loop = asyncio.get_running_loop()
        async with serving(App(), sockets, shutdown_s=1):
            with socket.socket() as client:
                client.setblocking(False)
                await loop.sock_connect(client, listening.getsockname())
                for number in range(1, 4):
                    await loop.sock_sendall(client, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                    received = await loop.sock_recv(client, 65_536)
                    assert received.endswith(b"\r\n\r\nhello")
                    info = client.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
                    assert struct.unpack_from("I", info, 152) == (number,)  # tcpi_data_segs_in


@asynccontextmanager
async def command(akash: Simulator, folder: Path, **environment: str) -> AsyncIterator[tuple[Process, str]]:
    """``akashchat serve``, and its address once it has told it."""
    words = (sys.executable, "-m", "akashchat", "serve")
    here = {"PATH": os.defpath, "AKASH_BASE_URL": akash.url, "SERVER_ADDRESS": "127.0.0.1:0", **environment}
    process = await create_subprocess_exec(*words, cwd=folder, env=here, stdout=PIPE, stderr=DEVNULL)
    try:
        async with asyncio.timeout(20):
            while b"http://127.0.0.1" not in (line := await process.stdout.readline()):  # type: ignore[union-attr]
                assert line, "it ended before it listened"
            yield process, line.split()[-1].decode()
            await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def deaf(url: str) -> None:
    """Wait until nobody listens there any more."""
    parts = urlsplit(url)
    with suppress(ConnectionRefusedError, ConnectionResetError):
        while True:
            _, writer = await asyncio.open_connection(parts.hostname, parts.port)
            writer.close()


ASK = {"model": "DeepSeek-V3.2", "stream": True, "messages": [{"role": "user", "content": "Hello"}]}


@pytest.mark.parametrize("patient", [True, False])
async def test_a_stop_lets_running_answers_end(tmp_path: Path, *, patient: bool) -> None:
    """New callers are sent away, those who wait get their end; not for ever, and then it is no false one."""
    async with Simulator() as akash:
        akash.play("stall")
        patience = {"AKASHCHAT_SERVER_SHUTDOWN_S": "15" if patient else "1"}
        async with command(akash, tmp_path, **patience) as (process, url):
            async with calling("POST", f"{url}/chat/completions", ASK) as caller:
                await akash.stalled()
                await caller.head()
                process.terminate()
                await deaf(url)
                assert process.returncode is None
                if patient:
                    akash.resume()
                rest = await caller.rest()
    assert (b"[DONE]" in rest, b'"code":"gateway_stopping"' in rest) == (patient, not patient)
    assert rest.endswith(b"\r\n0\r\n\r\n")
    assert process.returncode in (0, -signal.SIGTERM)
