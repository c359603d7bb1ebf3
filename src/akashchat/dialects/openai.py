"""What OpenAI's dialects share: the error object, usage, the model list.

https://platform.openai.com/docs/api-reference
"""

import math
from collections.abc import Sequence
from typing import Any

from akashchat.errors import GatewayError
from akashchat.model.catalogue import Model
from akashchat.model.events import Usage
from akashchat.model.limits import Standing, scarcest
from akashchat.wire import json


def error_object(error: GatewayError) -> dict[str, Any]:
    """One object that is both: OpenAI's ``error``, and the Go project's ``code`` and ``data.msg``."""
    return {
        "error": {
            "message": error.message,
            "type": error.type,
            "param": error.param,
            "code": error.code,
        },
        "code": error.status,
        "data": {"msg": error.message},
    }


def limit_headers(standings: Sequence[Standing], now: float) -> list[tuple[str, str]]:
    """Where limits stand, those of tokens by the one of which least is left.

    https://platform.openai.com/docs/guides/rate-limits#rate-limits-in-headers
    """
    headers = []
    for what, of_tokens in (("requests", False), ("tokens", True)):
        if (one := scarcest(standings, of_tokens=of_tokens)) is not None:
            headers += [
                (f"x-ratelimit-limit-{what}", f"{one.limit.most}"),
                (f"x-ratelimit-remaining-{what}", f"{one.left}"),
                (f"x-ratelimit-reset-{what}", _duration(one.limit.ends_at - now)),
            ]
    return headers


def _duration(seconds: float) -> str:
    """As Go writes one: ``1s``, ``6m0s``, ``12h0m5s``."""
    minutes, rest = divmod(max(0, math.ceil(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return (f"{hours}h" if hours else "") + (f"{minutes}m" if hours or minutes else "") + f"{rest}s"


def render_error(error: GatewayError) -> bytes:
    """A failure as a body."""
    return json.encode(error_object(error))


def usage_object(usage: Usage) -> dict[str, Any]:
    """Usage in OpenAI's words; an estimate says so in a field of its own."""
    tokens: dict[str, Any] = {
        "prompt_tokens": usage.input_tokens,
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.input_tokens + usage.output_tokens,
    }
    if usage.reasoning_tokens:
        tokens["completion_tokens_details"] = {"reasoning_tokens": usage.reasoning_tokens}
    if usage.estimated:
        tokens["estimated"] = True
    return tokens


def model_object(model: Model) -> dict[str, Any]:
    """One model with OpenAI's fields, its context length, and all that the Go project documents."""
    return {
        **akash_object(model),
        "object": "model",
        "created": model.created,
        "owned_by": model.owned_by,
        "context_length": model.context_window,
        "api_id": model.api_id,
        "upstreams": model.upstreams,
        **({"alias_of": model.alias_of} if model.alias_of else {}),
    }


def akash_object(model: Model) -> dict[str, Any]:
    """One model as the Go project lists it."""
    return {
        "id": model.id,
        "name": model.name,
        "description": model.description,
        "temperature": model.temperature,
        "top_p": model.top_p,
        "tokenLimit": model.context_window,
        "parameters": model.parameters,
        "architecture": model.architecture,
        "hf_repo": model.hf_repo,
        "aboutContent": model.about_content,
        "infoContent": model.info_content,
        "thumbnailId": model.thumbnail_id,
        "deployUrl": model.deploy_url,
        "available": model.available,
    }


def render_models(models: tuple[Model, ...], *, bare: bool = False) -> bytes:
    """The list: OpenAI's object, or the bare array of the Go project."""
    if bare:
        return json.encode([akash_object(model) for model in models])
    return json.encode({"object": "list", "data": [model_object(model) for model in models]})
