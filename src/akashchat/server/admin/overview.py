"""``GET /admin/overview``: what there is to know of the gateway at this moment."""

from collections.abc import Awaitable, Callable, Mapping

from starlette.types import Receive, Scope, Send

from akashchat.clock import Clock
from akashchat.server.base import respond
from akashchat.server.health import Ready
from akashchat.wire.json import encode


class Overview:
    """The endpoint.  ``totals`` gives what was counted since the gateway began, by all its processes."""

    def __init__(
        self,
        version: str,
        began: float,
        ready: Ready,
        totals: Callable[[], Awaitable[Mapping[str, int]]],
        clock: Clock,
    ) -> None:
        self._version = version
        self._began = began
        self._ready = ready
        self._totals = totals
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Tell."""
        _, state = await self._ready.state()
        around = {name: state.pop(name) for name in ("storage", "upstreams")}
        told = {
            "object": "overview",
            "version": self._version,
            "started_at": int(self._began),
            "uptime_s": round(self._clock.now() - self._began, 1),
            "ready": state,
            **around,
            "totals": await self._totals(),
        }
        await respond(send, 200, encode(told))
