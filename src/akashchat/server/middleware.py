"""What every request goes through: an id, and a floor under every fall."""

import re
import traceback
from collections.abc import Callable, Sequence
from typing import Any

import structlog
from starlette.types import ASGIApp, Receive, Scope, Send

from akashchat.clock import Chance
from akashchat.errors import ForeignOrigin, InternalError
from akashchat.server.base import CallerLeft, header, respond_error
from akashchat.server.forms import ErrorForms
from akashchat.server.upgrade import refuse

_FOREIGN = (
    "a web page of another origin may not call this gateway; its operator can allow it with "
    "AKASHCHAT_SERVER_CORS_ORIGINS"
)
_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_ID = re.compile(r"[A-Za-z0-9_.\-]{1,128}")
_LOCAL = re.compile(r"https?://(localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?")
# The machine's own addresses; names that a page could point at it are not among them.


class Origins:
    """From where web pages may call: this machine, the gateway's own address, and what is allowed."""

    def __init__(self, *, allowed: Sequence[str], public_url: str, guarded: Callable[[], bool]) -> None:
        self._guarded = guarded
        self._any = "*" in allowed
        self._allowed = {*allowed, public_url} - {""}

    def include(self, origin: str | None) -> bool:
        """Whether a request that names this origin, or none, may pass."""
        if self._any or origin is None or origin in self._allowed or _LOCAL.fullmatch(origin) is not None:
            return True
        return self._guarded()


class Boundary:
    """Gives each request an id, the caller's own where it has one, and a form for its errors; turns a fault into a 500.

    A fault after the response began cannot be told any more: it is raised, so that the server closes the
    connection and the client sees that the answer is not whole.  What is refused before anybody answers is
    logged here; answers tell of themselves.

    A browser lets any page post to a local address without asking, and a page's own name may lead there.  Where no key
    stands in its way, a request that changes something and names a foreign origin is refused unless the operator
    allows that origin.
    """

    def __init__(self, app: ASGIApp, own: Origins, forms: ErrorForms, chance: Chance) -> None:
        self._app = app
        self._forms = forms
        self._own = own
        self._chance = chance
        self._log = structlog.get_logger("akashchat")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on."""
        if scope["type"] == "websocket":
            await self._upgrade(scope, receive, send)
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        state = self._state(scope)
        try:
            if scope["method"] not in _READING and not self._own.include(header(scope, b"origin")):
                await respond_error(scope, send, ForeignOrigin(_FOREIGN))
            else:
                await self._app(scope, receive, send)
        except CallerLeft:
            return  # there is nobody to answer
        except Exception:
            # Formatted here and plainly, whoever has configured the log: no local variables, no secrets.
            told = {"path": scope["path"], "traceback": traceback.format_exc()}
            self._log.error("fault", request_id=state["request_id"], **told)
            if "status" in state:
                raise
            error = InternalError(f"the gateway failed; its log has the details under {state['request_id']}")
            await respond_error(scope, send, error)
        if state.get("status", 0) >= 400 and "answer" not in state:
            told = {"method": scope["method"], "path": scope["path"], "status": state["status"]}
            self._log.info("refused", request_id=state["request_id"], **told)

    def _state(self, scope: Scope) -> dict[str, Any]:
        """What a request carries through the house."""
        state: dict[str, Any] = scope.setdefault("state", {})
        state["headers"] = dict(reversed(scope["headers"]))
        given = header(scope, b"x-request-id")
        request_id = given if given and _ID.fullmatch(given) else "req_" + self._chance.token(12)
        state["request_id"] = request_id
        stamp = request_id.encode()
        state["stamps"] = ((b"x-request-id", stamp), (b"request-id", stamp))
        # OpenAI's clients read the one, Anthropic's the other.
        state["render_error"] = self._forms.of(scope)
        return state

    async def _upgrade(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A WebSocket: a browser opens one to any address without asking, so its origin is looked at too."""
        state = self._state(scope)
        if not self._own.include(header(scope, b"origin")):
            await receive()
            await refuse(scope, send, ForeignOrigin(_FOREIGN))
            return
        try:
            await self._app(scope, receive, send)
        except Exception:
            told = {"path": scope["path"], "traceback": traceback.format_exc()}
            self._log.error("fault", request_id=state["request_id"], **told)
            raise
