"""``GET /openapi.json``: what is served, described in OpenAPI 3.1.

https://spec.openapis.org/oas/v3.1.1.html

Written by hand where words are needed, taken from the code where it can be: errors come from the tree of
their classes, limits from the dialects.  Tests hold the rest against what is really accepted and sent.
"""

import importlib
from typing import Any

from starlette.types import Receive, Scope, Send

from akashchat.server.base import respond
from akashchat.wire.json import encode


def described(version: str) -> dict[str, Any]:
    """The document.  Its rooms are a tenth of all there is to load, and loaded for the first who asks."""
    written: dict[str, Any] = importlib.import_module("akashchat.server.openapi.document").document(version)
    return written


class OpenApi:
    """The endpoint; the document is written when it is first asked for."""

    def __init__(self, version: str) -> None:
        self._version = version
        self._body = b""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Send it."""
        self._body = self._body or encode(described(self._version))
        await respond(send, 200, self._body)
