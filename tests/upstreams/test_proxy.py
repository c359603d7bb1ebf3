"""Akash through a proxy."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from akashchat.simulator import Simulator
from tests.support.gateway import running
from tests.support.http import call

ASK = {"model": "DeepSeek-V3.2", "messages": [{"role": "user", "content": "Hello"}]}
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass bytes on until there are none."""
    while data := await reader.read(65536):
        writer.write(data)
    writer.close()


async def http_proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Streams:
    """Open the tunnel asked for (RFC 9110, CONNECT)."""
    head = await reader.readuntil(b"\r\n\r\n")
    method, target, _ = head.decode().split("\r\n")[0].split(" ")
    assert method == "CONNECT"
    host, _, port = target.rpartition(":")
    outward = await asyncio.open_connection(host, int(port))
    writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
    return outward


async def socks5_proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Streams:
    """Greet without a password and open the address asked for (RFC 1928)."""
    _, methods = await reader.readexactly(2)
    await reader.readexactly(methods)
    writer.write(b"\x05\x00")
    _, _, _, kind = await reader.readexactly(4)
    size = (await reader.readexactly(1))[0] if kind == 3 else 4
    address = await reader.readexactly(size)
    host = address.decode() if kind == 3 else ".".join(map(str, address))
    port = int.from_bytes(await reader.readexactly(2))
    outward = await asyncio.open_connection(host, port)
    writer.write(b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
    return outward


class Proxy:
    """A proxy that counts."""

    def __init__(self, accept: Callable[..., Awaitable[Streams]]) -> None:
        self._accept = accept
        self.connections = 0
        self.port = 0

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        outward = await self._accept(reader, writer)
        await asyncio.gather(pump(reader, outward[1]), pump(outward[0], writer), return_exceptions=True)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator["Proxy"]:
        """On a loopback port."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()


@pytest.mark.parametrize(
    ("scheme", "accept"), [("http", http_proxy), ("socks5", socks5_proxy), ("socks5h", socks5_proxy)]
)
async def test_akash_is_reached_through_the_proxy(
    scheme: str, accept: Callable[..., Awaitable[Streams]]
) -> None:
    """Every request goes that way."""
    async with Simulator() as akash, Proxy(accept).listening() as proxy:
        address = f"{scheme}://127.0.0.1:{proxy.port}"
        async with running(akash.url, akash={"proxy": address}) as gateway:
            assert (await call("POST", f"{gateway}/v1/chat/completions", ASK)).status == 200
        assert proxy.connections >= 1


@pytest.mark.parametrize("scheme", ["http", "socks5"])
async def test_a_proxy_that_is_not_there_is_named(akash: Simulator, scheme: str) -> None:
    """The upstream cannot be reached, and the message says whose fault it is."""
    async with Proxy(http_proxy).listening() as proxy:
        port = proxy.port
    async with running(akash.url, akash={"proxy": f"{scheme}://127.0.0.1:{port}"}) as gateway:
        reply = await call("POST", f"{gateway}/v1/chat/completions", ASK)
    assert (reply.status, reply.json()["error"]["code"]) == (503, "upstream_unavailable")
    assert "proxy" in reply.json()["error"]["message"]
