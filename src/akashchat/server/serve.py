"""Listening and serving: uvicorn, set up for streams."""

import asyncio
import errno
import gc
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import cast

import uvicorn
from starlette.types import ASGIApp

from akashchat.server import upgrade
from akashchat.server.protocol import HttpProtocol

_YOUNG = 20_000
"""So many objects are made before the collector looks for cycles among them."""


_MOST_BYTES = 32 * 1024 * 1024
"""Of a WebSocket's message, as a body may have by default."""


class CannotListen(OSError):
    """The address is taken, or not ours."""


def listen(host: str, port: int) -> list[socket.socket]:
    """Sockets on every address the host's name stands for: ``localhost`` is two.

    Port 0 takes a free one, the same for all.  Raises ``CannotListen``.
    """
    try:
        found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (socket.gaierror, UnicodeError) as error:
        raise CannotListen(f"there is no address for the name '{host}'") from error
    sockets: list[socket.socket] = []
    refused: OSError | None = None
    for family, kind, protocol, _, address in dict.fromkeys(found):
        try:
            sockets.append(_bound(family, kind, protocol, (address[0], port, *address[2:])))
        except OSError as error:
            refused = error
            continue
        port = sockets[0].getsockname()[1]
    if refused is not None and (not sockets or refused.errno == errno.EADDRINUSE):
        for bound in sockets:
            bound.close()
        raise CannotListen(f"cannot listen on {host}:{port}: {refused.strerror}") from refused
    return sockets


def _bound(family: int, kind: int, protocol: int, address: tuple[str | int, ...]) -> socket.socket:
    bound = socket.socket(family, kind, protocol)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        bound.bind(address)
        bound.listen(2048)
    except OSError:
        bound.close()
        raise
    bound.setblocking(False)
    return bound


class _Server(uvicorn.Server):
    """Calls once when it is ready."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            # What is loaded by now stays, and what an answer makes dies by counting: the collector need
            # not look through the former at all, nor for cycles every few answers.
            gc.collect()
            gc.freeze()
            gc.set_threshold(_YOUNG, 20, 20)
            self._on_ready()


def serve(
    app: ASGIApp,
    sockets: list[socket.socket],
    *,
    shutdown_s: float,
    on_ready: Callable[[], None],
    most_bytes: int = _MOST_BYTES,
) -> None:
    """Serve until a signal; then let running answers end, for at most ``shutdown_s`` seconds."""
    config = server_config(app, shutdown_s, most_bytes)
    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(_Server(config, on_ready).serve(sockets))


@asynccontextmanager
async def serving(
    app: ASGIApp, sockets: list[socket.socket], *, shutdown_s: float, most_bytes: int = _MOST_BYTES
) -> AsyncIterator[asyncio.Task[None]]:
    """Serve beside the body, which begins when the server is ready; gives the task that ends with it."""
    ready = asyncio.Event()
    server = _Server(server_config(app, shutdown_s, most_bytes), ready.set)
    task = asyncio.create_task(server.serve(sockets))
    waiting = asyncio.create_task(ready.wait())
    try:
        await asyncio.wait([task, waiting], return_when=asyncio.FIRST_COMPLETED)
        yield task
    finally:
        waiting.cancel()
        server.should_exit = True
        await task


def server_config(app: ASGIApp, shutdown_s: float, most_bytes: int = _MOST_BYTES) -> uvicorn.Config:
    """How the server is set up: for streams, and for nobody to look into its own log.

    ``most_bytes`` bounds a WebSocket's message; whoever reads a body bounds that.
    """
    return uvicorn.Config(
        app,
        http=HttpProtocol,
        ws=cast("type[asyncio.Protocol]", upgrade.protocol),
        ws_max_size=most_bytes,
        ws_per_message_deflate=False,
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,  # only addresses depend on them, and look at them themselves
        timeout_keep_alive=75,
        timeout_graceful_shutdown=max(1, int(shutdown_s)),
    )
