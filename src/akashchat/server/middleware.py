"""What every request goes through: an id, and a floor under every fall."""

import re

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from akashchat.clock import Chance
from akashchat.errors import InternalError
from akashchat.server.base import header, respond_error

_ID = re.compile(r"[\w.\-]{1,128}")


class Boundary:
    """Gives each request an id, the caller's own where it has one, and turns a fault into a 500.

    A fault after the response began cannot be told any more: it is raised, so that the server closes the
    connection and the client sees that the answer is not whole.
    """

    def __init__(self, app: ASGIApp, chance: Chance) -> None:
        self._app = app
        self._chance = chance
        self._log = structlog.get_logger("akashchat")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = header(scope, b"x-request-id")
        request_id = given if given and _ID.fullmatch(given) else "req_" + self._chance.token(12)
        stamp = (b"x-request-id", request_id.encode())
        begun = False

        async def stamped(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                message["headers"].append(stamp)
            await send(message)

        scope.setdefault("state", {})["request_id"] = request_id
        try:
            await self._app(scope, receive, stamped)
        except Exception:
            self._log.exception("fault", request_id=request_id, path=scope["path"])
            if begun:
                raise
            error = InternalError(f"the gateway failed; its log has the details under {request_id}")
            await respond_error(stamped, error)
