"""An address of its own, for what is not to be had where the API is."""

import asyncio
from typing import Self

from starlette.types import ASGIApp
from uvicorn.server import ServerState

from akashchat.server.listening import listen
from akashchat.server.protocol import HttpProtocol
from akashchat.server.serve import server_config


class Aside:
    """Serves an application there while it is entered; raises ``CannotListen``."""

    def __init__(self, app: ASGIApp, host: str, port: int) -> None:
        self._app = app
        self._host = host
        self._port = port
        self._servers: list[asyncio.Server] = []
        self._state = ServerState()
        self.port = port
        """Where it is found, also where any free port would do."""

    async def __aenter__(self) -> Self:
        sockets = listen(self._host, self._port)
        self.port = sockets[0].getsockname()[1]
        config = server_config(self._app, 1)
        config.load()
        loop = asyncio.get_running_loop()
        for bound in sockets:
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
