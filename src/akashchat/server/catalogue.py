"""What is on offer: models, and which parameters they follow."""

from collections.abc import Callable
from typing import TypeAlias

from starlette.types import Receive, Scope, Send

from akashchat.dialects import anthropic
from akashchat.dialects.base import Dialect
from akashchat.dialects.openai import model_object, render_models
from akashchat.errors import BadRequest, GatewayError
from akashchat.gateway.gateway import Gateway
from akashchat.model.catalogue import Model
from akashchat.model.scope import Scope as KeyScope
from akashchat.server.base import Headers, header, query, respond, respond_error
from akashchat.server.callers import admitted
from akashchat.server.forms import naming
from akashchat.wire.json import encode

_SAME = {
    "max_completion_tokens": "max_tokens",
    "max_output_tokens": "max_tokens",
    "topP": "top_p",
    "functions": "tools",
    "function_call": "tool_choice",
    "stop_sequences": "stop",
    "output_config": "response_format",
    "output_format": "response_format",
    "num_predict": "max_tokens",
    "format": "response_format",
    "text": "response_format",
    "think": "reasoning_effort",
}

_Render: TypeAlias = Callable[[tuple[Model, ...]], bytes]


class Models:
    """``GET /v1/models``, and ``/v1/models/{id}``, whose ids may hold slashes.

    Who sends ``anthropic-version`` gets Anthropic's shape, and errors in it; all others OpenAI's.
    """

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """List, or show one."""
        anthropics = header(scope, b"anthropic-version") is not None
        if anthropics:
            scope["state"]["render_error"] = naming(anthropic.render_error, scope)
        try:
            caller = await admitted(scope, self._gateway)
            model_id = scope.get("path_params", {}).get("model_id")
            if model_id is not None:
                model = await self._gateway.model(model_id, caller.scope)
                body = anthropic.render_model(model) if anthropics else encode(model_object(model))
                await respond(send, 200, body)
                return
            render = self._page(scope) if anthropics else self._list(scope)
            catalogue = await self._gateway.catalogue(caller.scope)
            headers: Headers = [(b"x-akashchat-stale", b"true")] if catalogue.stale else []
            await respond(send, 200, render(catalogue.models), headers)
        except GatewayError as error:
            await respond_error(scope, send, self._gateway.worded(error))

    def _list(self, scope: Scope) -> _Render:
        bare = _bare(query(scope, "format"), compat=self._gateway.options.compat)
        return lambda models: render_models(models, bare=bare)

    def _page(self, scope: Scope) -> _Render:
        page = anthropic.page(query(scope, "limit"), query(scope, "after_id"), query(scope, "before_id"))
        return lambda models: anthropic.render_models(models, page)


def _bare(form: str | None, *, compat: bool) -> bool:
    if form not in (None, "akash", "openai"):
        raise BadRequest(f"'format' must be 'openai' or 'akash', not '{form}'", param="format")
    return form == "akash" or (compat and form is None)


class Capabilities:
    """``GET /v1/capabilities``: who does what each parameter asks, per dialect and model.

    ``upstream`` and ``gateway`` do it; ``information`` is taken, and no answer depends on it; ``ignored``
    is named in ``x-akashchat-ignored``, or refused when the gateway is strict.  With ``dialect`` of that one alone.
    """

    def __init__(self, gateway: Gateway, dialects: tuple[Dialect, ...]) -> None:
        self._gateway = gateway
        self._dialects = dialects

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Tell."""
        try:
            caller = await admitted(scope, self._gateway)
            dialects = self._wanted(query(scope, "dialect"), caller.scope)
            catalogue = await self._gateway.catalogue(caller.scope)
        except GatewayError as error:
            await respond_error(scope, send, error)
            return
        models = {
            model.id: {
                "context_length": model.context_window,
                "draws": model.draws,
                "parameters": {dialect.name: self._told(dialect, model.id) for dialect in dialects},
            }
            for model in catalogue.models
        }
        body = {"object": "capabilities", "strict": self._gateway.options.strict, "models": models}
        await respond(send, 200, encode(body))

    def _wanted(self, name: str | None, opened: KeyScope) -> tuple[Dialect, ...]:
        """The dialects to tell of, of those that the key opens; raises ``BadRequest``."""
        known = tuple(dialect for dialect in self._dialects if opened.opens_dialect(dialect.name))
        if name is None:
            return known
        found = tuple(dialect for dialect in known if dialect.name == name)
        if not found:
            listed = ", ".join(f"'{dialect.name}'" for dialect in known)
            raise BadRequest(f"'dialect' must be one of {listed}, not '{name}'", param="dialect")
        return found

    def _told(self, dialect: Dialect, model_id: str) -> dict[str, str]:
        doer = self._gateway.doer(model_id)
        return {
            name: dialect.settled.get(name) or str(doer(_by_openai(name)))
            for name in sorted(dialect.parameters)
        }


def _by_openai(name: str) -> str:
    """A parameter by OpenAI's name for it, where it has one."""
    own = name.removeprefix("options.")
    return _SAME.get(own, own)
