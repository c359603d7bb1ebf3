"""An address of its own, for what is not to be had where the API is."""

import asyncio
import socket
from collections.abc import Sequence
from typing import Self

from starlette.types import ASGIApp
from uvicorn.server import ServerState

from akashchat.server.protocol import HttpProtocol
from akashchat.server.serve import server_config


class Aside:
    """Serves an application while it is entered, on sockets that listen there; it closes them."""

    def __init__(self, app: ASGIApp, sockets: Sequence[socket.socket]) -> None:
        self._app = app
        self._sockets = sockets
        self._servers: list[asyncio.Server] = []
        self._state = ServerState()

    async def __aenter__(self) -> Self:
        config = server_config(self._app, 1)
        config.load()
        loop = asyncio.get_running_loop()
        for bound in self._sockets:
            server = await loop.create_server(lambda: HttpProtocol(config, self._state, {}), sock=bound)
            self._servers.append(server)
        return self

    async def __aexit__(self, *_: object) -> None:
        for server in self._servers:
            server.close()
        for connection in list(self._state.connections):
            connection.shutdown()
        if self._state.tasks:
            await asyncio.wait(self._state.tasks)
