"""WebSockets: refused before they begin, and begun only where they are served.

https://asgi.readthedocs.io/en/latest/specs/www.html#websocket
"""

import asyncio
import importlib
from typing import Any

from starlette.types import Scope, Send

from akashchat.errors import GatewayError
from akashchat.server.base import JSON_TYPE, error_headers


def protocol(**given: Any) -> asyncio.Protocol:
    """Uvicorn's protocol for a connection that becomes a WebSocket.

    Its library is loaded for the first of them: most gateways never see one.
    """
    module = importlib.import_module("uvicorn.protocols.websockets.websockets_sansio_impl")
    made: asyncio.Protocol = module.WebSocketsSansIOProtocol(**given)
    return made


async def refuse(scope: Scope, send: Send, error: GatewayError) -> None:
    """Answer a wish for a WebSocket with a failure, in the form of errors on this path."""
    await send(
        {
            "type": "websocket.http.response.start",
            "status": error.status,
            "headers": [(b"content-type", JSON_TYPE), *error_headers(error)],
        }
    )
    body = scope["state"]["render_error"](error)
    await send({"type": "websocket.http.response.body", "body": body})
