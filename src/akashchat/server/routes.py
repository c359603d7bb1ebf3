"""Which path leads where."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeAlias

from starlette.routing import Match, Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from akashchat.errors import MethodNotAllowed, NotFound, NotSupported
from akashchat.server.absent import why_absent
from akashchat.server.base import respond_error
from akashchat.server.upgrade import refuse

Table: TypeAlias = Mapping[str, Mapping[str, ASGIApp]]
"""Path → method → endpoint."""


class Methods:
    """One path's endpoints by method; answers HEAD, OPTIONS and what is not allowed."""

    def __init__(self, endpoints: Mapping[str, ASGIApp]) -> None:
        self._endpoints = dict(endpoints)
        if "GET" in self._endpoints:
            self._endpoints["HEAD"] = self._endpoints["GET"]
        self._allowed = ", ".join([*self._endpoints, "OPTIONS"]).encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on to the method's endpoint."""
        method = scope["method"]
        if endpoint := self._endpoints.get(method):
            await endpoint(scope, receive, send)
        elif method == "OPTIONS":
            await send({
                "type": "http.response.start", "status": 204, "headers": [(b"allow", self._allowed)]
            })  # fmt: skip
            await send({"type": "http.response.body", "body": b""})
        else:
            error = MethodNotAllowed(
                f"{method} is not allowed on {scope['path']}; allowed: {self._allowed.decode()}"
            )
            await respond_error(scope, send, error, [(b"allow", self._allowed)])


class Paths:
    """Where each path leads: those without parameters are looked up, the others matched.

    ``sockets`` is path → endpoint of WebSockets.
    """

    def __init__(self, table: Table, sockets: Mapping[str, ASGIApp] = MappingProxyType({})) -> None:
        methods = {path: Methods(endpoints) for path, endpoints in table.items()}
        self._sockets = sockets
        self._exact = {path: found for path, found in methods.items() if "{" not in path}
        self.routes = [Route(path, found, methods=None) for path, found in methods.items()]
        self._matched = Router(self.routes, redirect_slashes=False, default=not_found)

    def route(self, scope: Scope) -> str:
        """The path as the table has it; empty where it leads nowhere."""
        path = scope["path"]
        if path in self._exact or path in self._sockets:
            return str(path)
        found = (route.path_format for route in self.routes if route.matches(scope)[0] is not Match.NONE)
        return next(found, "")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on."""
        if scope["type"] == "websocket":
            await self._sockets.get(scope["path"], not_found)(scope, receive, send)
            return
        found = self._exact.get(scope["path"]) if scope["type"] == "http" else None
        await (found or self._matched)(scope, receive, send)


async def not_found(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001
    """Nothing is here."""
    if scope["type"] == "http":
        path = scope["path"]
        reason = why_absent(path)
        if reason is not None:
            error: NotFound = NotSupported(f"{path} is not supported: {reason}")
        else:
            error = NotFound(f"nothing is served under {scope['method']} {path}; see /docs")
        await respond_error(scope, send, error)
    elif scope["type"] == "websocket":
        error = NotFound(f"no WebSocket is served under {scope['path']}; see /docs")
        await refuse(scope, send, error)
