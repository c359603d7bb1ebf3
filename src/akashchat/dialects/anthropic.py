"""What Anthropic's endpoints share: the error object, usage, the model list.

https://platform.claude.com/docs/en/api/errors
https://platform.claude.com/docs/en/api/models/list
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct

from akashchat.errors import BadRequest, ContextLengthExceeded, GatewayError
from akashchat.model.catalogue import Model
from akashchat.model.events import Usage
from akashchat.model.limits import Standing, scarcest
from akashchat.wire import json

_TYPES = {
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    500: "api_error",
    502: "api_error",
    503: "overloaded_error",
    504: "timeout_error",
}
"""The family of a failure by its status; ``invalid_request_error`` for every other one."""

MAX_PAGE = 1000
"""Models of one page; Anthropic's own limit."""


def error_object(error: GatewayError, request_id: str = "") -> dict[str, Any]:
    """Anthropic's form; a message says where the fault is, as there is no field for it."""
    told: dict[str, Any] = {
        "type": _TYPES.get(error.status, "invalid_request_error"), "message": _message(error)
    }  # fmt: skip
    if error.code is not None:
        told["details"] = {"error_code": error.code}
    return {"type": "error", "error": told, "request_id": request_id or None}


def _message(error: GatewayError) -> str:
    if isinstance(error, ContextLengthExceeded):
        # Claude Code shortens a conversation by itself when it reads these words.
        return f"prompt is too long: {error.message}"
    if error.param and error.param not in error.message:
        return f"{error.param}: {error.message}"
    return error.message


def limit_headers(standings: Sequence[Standing], now: float) -> list[tuple[str, str]]:  # noqa: ARG001  others' need it
    """Where limits stand, those of tokens by the one of which least is left.

    https://platform.claude.com/docs/en/api/rate-limits#response-headers
    """
    headers = []
    for what, of_tokens in (("requests", False), ("tokens", True)):
        if (one := scarcest(standings, of_tokens=of_tokens)) is not None:
            reset = datetime.fromtimestamp(one.limit.ends_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            headers += [
                (f"anthropic-ratelimit-{what}-limit", f"{one.limit.most}"),
                (f"anthropic-ratelimit-{what}-remaining", f"{one.left}"),
                (f"anthropic-ratelimit-{what}-reset", reset),
            ]
    return headers


def render_error(error: GatewayError, request_id: str = "") -> bytes:
    """A failure as a body."""
    return json.encode(error_object(error, request_id))


def delta_usage(usage: Usage) -> dict[str, Any]:
    """Usage at the end of a stream; an estimate says so in a field of its own, and nothing is ever cached."""
    thoughts = usage.reasoning_tokens
    tokens: dict[str, Any] = {
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "output_tokens_details": {"thinking_tokens": thoughts} if thoughts else None,
        "server_tool_use": None,
    }
    return {**tokens, "estimated": True} if usage.estimated else tokens


def usage_object(usage: Usage) -> dict[str, Any]:
    """Usage of a message; what only Anthropic has is ``null``."""
    return {**delta_usage(usage), "cache_creation": None, "inference_geo": None, "service_tier": None}


class Page(Struct, frozen=True):
    """Which part of a list is wanted: as many as ``limit`` after one id, or before one."""

    limit: int = MAX_PAGE
    after_id: str = ""
    before_id: str = ""


def page(limit: str | None, after_id: str | None, before_id: str | None) -> Page:
    """A page as an address asks for it; raises ``BadRequest``."""
    if limit is not None and not (limit.isascii() and limit.isdecimal() and 1 <= int(limit[:9]) <= MAX_PAGE):
        raise BadRequest(f"'limit' must be between 1 and {MAX_PAGE}", param="limit")
    if after_id and before_id:
        raise BadRequest("'after_id' and 'before_id' exclude each other", param="before_id")
    return Page(int(limit) if limit is not None else MAX_PAGE, after_id or "", before_id or "")


def model_object(model: Model) -> dict[str, Any]:
    """One model in Anthropic's words; what Akash does not tell is ``null``, and the date 1970."""
    return {
        "type": "model",
        "id": model.id,
        "display_name": model.name or model.id,
        "created_at": datetime.fromtimestamp(model.created, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "lifecycle": "active",
        "max_input_tokens": model.context_window,
        "max_tokens": None,
        "capabilities": None,
    }


def render_model(model: Model) -> bytes:
    """One model as a body."""
    return json.encode(model_object(model))


def render_models(models: tuple[Model, ...], wanted: Page) -> bytes:
    """One page of the list; raises ``BadRequest`` for an id that is not in it."""
    first, last = 0, len(models)
    if wanted.after_id:
        first = _place(models, wanted.after_id, "after_id") + 1
    elif wanted.before_id:
        last = _place(models, wanted.before_id, "before_id")
        first = max(0, last - wanted.limit)
    shown = models[first:last][: wanted.limit]
    more = first > 0 if wanted.before_id else first + len(shown) < len(models)
    return json.encode(
        {
            "data": [model_object(model) for model in shown],
            "has_more": more,
            "first_id": shown[0].id if shown else None,
            "last_id": shown[-1].id if shown else None,
        }
    )


def _place(models: tuple[Model, ...], model_id: str, name: str) -> int:
    for i, model in enumerate(models):
        if model.id == model_id:
            return i
    raise BadRequest(f"there is no model '{model_id}'", param=name)
