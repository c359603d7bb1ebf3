"""What Ollama's clients ask beside their questions.

``/api/tags``, ``/api/show``, ``/api/ps``, ``/api/version``; and at the addresses of answers, that a model be loaded.
"""

from starlette.types import Receive, Scope, Send

from akashchat.clock import Clock
from akashchat.dialects.base import Dialect, Stamp
from akashchat.dialects.ollama import (
    Load,
    parse_show,
    render_loaded,
    render_models,
    render_none,
    render_shown,
    render_version,
)
from akashchat.errors import GatewayError
from akashchat.gateway.answer import Ask
from akashchat.gateway.gateway import Gateway
from akashchat.model.request import Request
from akashchat.server.answers import Answers
from akashchat.server.base import Headers, Reading, read_body, respond, respond_error
from akashchat.server.callers import admitted


class OllamaAnswers(Answers):
    """``/api/chat`` and ``/api/generate``: a request that says nothing is answered without asking anybody.

    Ollama's clients begin with it and give up where it fails.
    """

    async def answer(
        self, dialect: Dialect, scope: Scope, send: Send, ask: Ask, request: Request, stamp: Stamp
    ) -> None:
        """See ``Answers``."""
        if not isinstance(request, Load):
            await super().answer(dialect, scope, send, ask, request, stamp)
            return
        await self.gateway.model(request.model, ask.caller.scope)
        await respond(send, 200, render_loaded(request, stamp))


class Tags:
    """The models on offer."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """List."""
        try:
            caller = await admitted(scope, self._gateway)
            catalogue = await self._gateway.catalogue(caller.scope)
        except GatewayError as error:
            await respond_error(scope, send, error)
            return
        headers: Headers = [(b"x-akashchat-stale", b"true")] if catalogue.stale else []
        await respond(send, 200, render_models(catalogue.models), headers)


class Told:
    """What is always the same: the version, and that no model takes room here."""

    def __init__(self, gateway: Gateway, body: bytes) -> None:
        self._gateway = gateway
        self._body = body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Tell."""
        try:
            await admitted(scope, self._gateway)
        except GatewayError as error:
            await respond_error(scope, send, error)
            return
        await respond(send, 200, self._body)


class Show:
    """One model."""

    def __init__(self, gateway: Gateway, reading: Reading, clock: Clock) -> None:
        self._gateway = gateway
        self._reading = reading
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Show it."""
        try:
            caller = await admitted(scope, self._gateway)
            model_id = parse_show(await read_body(scope, receive, self._reading, self._clock))
            model = await self._gateway.model(model_id, caller.scope)
            await respond(send, 200, render_shown(model, self._gateway.honours(model_id)))
        except GatewayError as error:
            await respond_error(scope, send, self._gateway.worded(error))


def version(gateway: Gateway) -> Told:
    """``/api/version``."""
    return Told(gateway, render_version())


def running(gateway: Gateway) -> Told:
    """``/api/ps``."""
    return Told(gateway, render_none())
