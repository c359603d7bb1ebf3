"""What Claude Code asks beside the API it is configured for, answered so that it goes on.

``HEAD /`` and ``HEAD /api/hello`` only look whether somebody is there.  What it tells of itself is thrown away
unread: nobody here collects it.
"""

from starlette.types import Receive, Scope, Send

from akashchat.server.base import respond
from akashchat.wire.json import encode


class Hello:
    """``GET /api/hello``."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Greet."""
        await respond(send, 200, encode({"message": "hello"}))


class Discarded:
    """``POST /api/event_logging/batch``."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Thank for nothing."""
        await respond(send, 200, encode({"status": "ok"}))
