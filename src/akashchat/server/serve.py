"""Serving: uvicorn, set up for streams."""

import asyncio
import gc
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import cast

import uvicorn
from starlette.types import ASGIApp

from akashchat.server import upgrade
from akashchat.server.accepting import Accepting
from akashchat.server.hangup import heed
from akashchat.server.protocol import HttpProtocol

_YOUNG = 20_000
"""So many objects are made before the collector looks for cycles among them."""


_MOST_BYTES = 32 * 1024 * 1024
"""Of a WebSocket's message, as a body may have by default."""


class _Server(uvicorn.Server):
    """Calls once when it is ready; its sockets may be ``shared`` with other processes."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None], *, shared: bool = False) -> None:
        super().__init__(config)
        self._on_ready = on_ready
        self._shared = shared
        self._accepting: Accepting | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup([] if self._shared else sockets)
        if self.started:
            if self._shared:
                self._accepting = Accepting(sockets or [], self._protocol)
            # What is loaded by now stays, and what an answer makes dies by counting: the collector need
            # not look through the former at all, nor for cycles every few answers.
            gc.collect()
            gc.freeze()
            gc.set_threshold(_YOUNG, 20, 20)
            self._on_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self._accepting is not None:
            self._accepting.close()
        await super().shutdown(sockets)

    def _protocol(self) -> HttpProtocol:
        return HttpProtocol(self.config, self.server_state, self.lifespan.state)


def serve(
    app: ASGIApp,
    sockets: list[socket.socket],
    *,
    shutdown_s: float,
    on_ready: Callable[[], None],
    on_hangup: Callable[[], Awaitable[object]] | None = None,
    most_bytes: int = _MOST_BYTES,
    shared: bool = False,
) -> None:
    """Serve until a signal; then let running answers end, for at most ``shutdown_s`` seconds.

    At SIGHUP ``on_hangup`` is called.  Other processes may listen on the same sockets, where these are ``shared``.
    """
    config = server_config(app, shutdown_s, most_bytes)
    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        if on_hangup is not None:
            heed(runner.get_loop(), on_hangup)
        runner.run(_Server(config, on_ready, shared=shared).serve(sockets))


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
