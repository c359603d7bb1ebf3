"""A host with several addresses is reached at one that answers."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from akashchat.errors import UpstreamTimeout, UpstreamUnavailable
from tests.support.clock import FakeClock
from tests.upstreams.http.lines import client, read, serving, telling


def _has_v6() -> bool:
    with suppress(OSError), socket.socket(socket.AF_INET6) as probe:
        probe.bind(("::1", 0))
        return True
    return False


pytestmark = pytest.mark.skipif(not _has_v6(), reason="no IPv6 on this machine")

V4, V6 = "127.0.0.1", "::1"


def _named(monkeypatch: pytest.MonkeyPatch, port: int, *addresses: str) -> None:
    """Let the name ``akash.example`` stand for these addresses, the first one first."""
    loop = asyncio.get_running_loop()
    real = loop.getaddrinfo

    async def getaddrinfo(host: str, *args: object, **options: object) -> list[tuple[object, ...]]:
        if host != "akash.example":
            return await real(host, *args, **options)  # type: ignore[arg-type, return-value]
        return [
            (socket.AF_INET6, socket.SOCK_STREAM, 6, "", (address, port, 0, 0))
            if ":" in address
            else (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
            for address in addresses
        ]

    monkeypatch.setattr(loop, "getaddrinfo", getaddrinfo)


@contextmanager
def _deaf(address: str, port: int) -> Iterator[None]:
    """An address where nobody answers: its queue is full, and connecting takes for ever."""
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as listening:
        listening.bind((address, port))
        listening.listen(0)
        waiting = []
        try:
            for _ in range(8):
                waiting.append(socket.socket(listening.family))
                waiting[-1].setblocking(False)
                waiting[-1].connect_ex((address, port))
            yield
        finally:
            for one in waiting:
                one.close()


@pytest.mark.parametrize("served", [V4, V6])
@pytest.mark.parametrize("first", [V4, V6])
async def test_an_address_that_refuses_is_passed_over(
    served: str, first: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever is told first."""
    async with serving(telling, host=served) as server:
        _named(monkeypatch, server.port, first, V6 if first == V4 else V4)
        async with client(f"http://akash.example:{server.port}") as http:
            assert await read(http) == b"0"


async def test_an_address_that_does_not_answer_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next one is tried beside it."""
    async with serving(telling, host=V4) as server:
        with _deaf(V6, server.port):
            _named(monkeypatch, server.port, V6, V4)
            async with client(f"http://akash.example:{server.port}") as http:
                assert await read(http) == b"0"


async def test_when_none_answers_the_time_is_over(monkeypatch: pytest.MonkeyPatch, clock: FakeClock) -> None:
    """As long as connecting may take, and no longer."""
    async with serving(telling, host=V4) as server:
        with _deaf(V6, server.port):
            _named(monkeypatch, server.port, V6)
            url = f"http://akash.example:{server.port}"
            async with client(url, clock, connect_timeout_s=10.0) as http:
                asking = asyncio.ensure_future(read(http))
                await asyncio.sleep(0)
                await clock.advance(9.9)
                assert not asking.done()
                await clock.advance(0.1)
                with pytest.raises(UpstreamTimeout):
                    await asking
                assert clock.waiting == 0


async def test_when_all_refuse_the_upstream_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    """One answer for one upstream, however many its addresses are."""
    async with serving(telling) as server:
        port = server.port
    for addresses in ([V4], [V4, V6], [V6, V4]):
        _named(monkeypatch, port, *addresses)
        async with client(f"http://akash.example:{port}") as http:
            with pytest.raises(UpstreamUnavailable, match="refuses connections"):
                await read(http)
