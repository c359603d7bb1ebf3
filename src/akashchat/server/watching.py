"""Requests as others see them from outside: for access logs, and as the gateway's part of a trace.

It stands before everything else, and only where somebody watches.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from akashchat.clock import Clock
from akashchat.model.trace import Trace
from akashchat.server.base import header
from akashchat.telemetry.base import Visit

Begin: TypeAlias = Callable[[str | None, str | None], Trace]
"""Gives a request's part of the trace that its headers ``traceparent`` and ``tracestate`` tell of."""
Watcher: TypeAlias = Callable[[Visit], object]
"""Wants to know of each request when it is over; must neither wait nor raise."""

_KINDS = ("http", "websocket")
_STATUS = {"websocket.accept": 101, "websocket.close": 403}
"""Of what has none in its message."""
_BEGINNINGS = frozenset({"http.response.start", "websocket.http.response.start", *_STATUS})


class Watched:
    """An application whose requests are watched."""

    def __init__(
        self,
        app: ASGIApp,
        route: Callable[[Scope], str],
        watchers: Sequence[Watcher],
        begin: Begin | None,
        clock: Clock,
    ) -> None:
        self._app = app
        self._route = route
        self._watchers = watchers
        self._begin = begin
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, and look."""
        if scope["type"] not in _KINDS:
            await self._app(scope, receive, send)
            return
        began = self._clock.monotonic()
        state = scope.setdefault("state", {})
        state["headers"] = dict(reversed(scope["headers"]))
        if self._begin is not None:
            state["trace"] = self._begin(header(scope, b"traceparent"), header(scope, b"tracestate"))
        status = 0

        def seen(message: Message) -> Awaitable[None]:
            nonlocal status
            if not status and message["type"] in _BEGINNINGS:
                status = message.get("status") or _STATUS[message["type"]]
            return send(message)

        try:
            await self._app(scope, receive, seen)
        finally:
            self._tell(scope, status, began)

    def _tell(self, scope: Scope, status: int, began: float) -> None:
        state, now = scope["state"], self._clock.monotonic()
        caller = state.get("caller")
        visit = Visit(
            request_id=state.get("request_id", ""),
            method=scope.get("method", "GET"),
            path=scope["path"],
            route=self._route(scope),
            status=status,
            duration_s=now - began,
            ended=now,
            scheme=scope["scheme"],
            version=scope.get("http_version", "1.1"),
            server=scope.get("server"),
            client=scope.get("client"),
            user_agent=header(scope, b"user-agent") or "",
            caller=caller.name if caller is not None else "",
            trace=state.get("trace"),
        )
        for watch in self._watchers:
            watch(visit)
