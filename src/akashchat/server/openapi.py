"""``GET /openapi.json``: what is served, described."""

from typing import Any

from starlette.types import Receive, Scope, Send

from akashchat.server.base import respond
from akashchat.wire.json import encode


def document(version: str) -> dict[str, Any]:
    """The description, OpenAPI 3.1."""
    return {"openapi": "3.1.0", "info": {"title": "akashchat", "version": version}, "paths": {}}


class OpenApi:
    """The endpoint."""

    def __init__(self, version: str) -> None:
        self._body = encode(document(version))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Send it."""
        await respond(send, 200, self._body)
