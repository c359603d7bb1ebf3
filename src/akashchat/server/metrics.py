"""``GET /metrics``, for whoever has the gateway's key, where there is one."""

from collections.abc import Callable

from starlette.types import Receive, Scope, Send

from akashchat.errors import GatewayError
from akashchat.gateway.gateway import Gateway
from akashchat.server.base import respond, respond_error
from akashchat.server.callers import admitted

_TYPE = b"text/plain; version=0.0.4; charset=utf-8"


class MetricsPage:
    """What Prometheus reads."""

    def __init__(self, gateway: Gateway, render: Callable[[], bytes]) -> None:
        self._gateway = gateway
        self._render = render

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Tell."""
        try:
            await admitted(scope, self._gateway)
        except GatewayError as error:
            await respond_error(scope, send, error)
        else:
            await respond(send, 200, self._render(), media_type=_TYPE)
