"""``GET /health`` and ``GET /health/ready``, open to all."""

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

from starlette.types import Receive, Scope, Send

from akashchat.clock import Clock
from akashchat.errors import GatewayError, UpstreamTimeout
from akashchat.gateway.gateway import Gateway
from akashchat.server.base import respond
from akashchat.storage.base import ResponseStore
from akashchat.wire.json import encode

States: TypeAlias = Callable[[], Mapping[str, object]]
"""Gives what there is to tell of each upstream, by its name, as JSON."""
Look: TypeAlias = Callable[[], Awaitable[str]]
"""Gives in a word how something is."""


class Health:
    """The process is alive."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Say so."""
        await respond(send, 200, encode({"status": "ok", "message": "akashchat is running"}))


class Ready:
    """Whether the gateway can answer: the models of an upstream are known, from now or from before.

    Upstreams are asked through the catalogue, which asks at most twice a minute what fails, so probes may
    come as often as they like.  A store of responses that is not where it should be, and a Redis that is away, are
    told but prevent no answer.
    """

    def __init__(
        self,
        gateway: Gateway,
        store: ResponseStore,
        clock: Clock,
        timeout_s: float,
        states: States,
        redis: Look | None = None,
    ) -> None:
        self._gateway = gateway
        self._states = states
        self._redis = redis
        self._store = store
        self._clock = clock
        self._timeout_s = timeout_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Say whether, and why."""
        status, state = await self.state()
        await respond(send, status, encode(state))

    async def state(self) -> tuple[int, dict[str, object]]:
        """Whether, and why, as a status and what there is to tell."""
        status, state = await self._state()
        around = {"storage": await self._place(), "upstreams": self._states()}
        if self._redis is not None:
            around["redis"] = await self._redis()
        return status, {**state, **around}

    async def _state(self) -> tuple[int, dict[str, object]]:
        try:
            async with self._clock.timeout(self._timeout_s):
                catalogue = await self._gateway.catalogue()
        except TimeoutError:
            return _unavailable(UpstreamTimeout("the upstreams do not tell their models in time"))
        except GatewayError as error:
            return _unavailable(error)
        return 200, {"status": "ready", "models": len(catalogue.models), "stale": catalogue.stale}

    async def _place(self) -> str:
        try:
            return await self._store.place()
        except GatewayError as error:
            return error.message


def _unavailable(error: GatewayError) -> tuple[int, dict[str, object]]:
    return 503, {"status": "unavailable", "code": error.code, "message": error.message}
