"""The pieces a description is made of."""

from collections.abc import Iterable
from typing import Any, TypeAlias

from akashchat.server.openapi import limits

Schema: TypeAlias = dict[str, Any]

COMMON_HEADERS: dict[str, Schema] = {
    "RequestId": {
        "description": "The request's id, the caller's own where it sent one; the log has it too.",
        "required": True,
        "schema": {"type": "string"},
    },
    "RetryAfter": {
        "description": "Seconds after which trying again may help, where that is known.",
        "schema": {"type": "integer", "minimum": 1},
    },
    "ShouldRetry": {
        "description": "`false` where trying again cannot help; OpenAI's own clients obey it.",
        "schema": {"type": "string", "enum": ["false"]},
    },
    "Authenticate": {
        "description": "How to show a key.",
        "schema": {"type": "string", "enum": ["Bearer"]},
    },
    "Ignored": {
        "description": "The parameters of the request that nobody here does, separated by commas; absent "
        "when there are none.",
        "schema": {"type": "string"},
        "example": "seed, logit_bias",
    },
    "Model": {
        "description": "The model that answers, where another name was asked for; else absent.",
        "schema": {"type": "string"},
        "example": "DeepSeek-V3.2",
    },
    "Upstream": {
        "description": "Who answers; absent from a stream that began before that was known.",
        "schema": {"type": "string"},
        "example": "akash",
    },
    "Attempts": {
        "description": "How often upstreams were asked until one answered; absent where `x-akashchat-upstream` is.",
        "schema": {"type": "integer", "minimum": 1},
        "example": 1,
    },
    "Rescued": {
        "description": "How often the answer was cut and asked for anew; absent where it was not. A stream says so in "
        "a comment, as it happens.",
        "schema": {"type": "integer", "minimum": 1},
        "example": 1,
    },
    **limits.HEADERS,
    "AllowedTokens": {
        "description": "After how many tokens an answer ends, as its length is reached: the key has no more left. It is "
        "absent where the request allows no more itself, or the key's tokens are not limited.",
        "schema": {"type": "integer", "minimum": 1},
        "example": 812,
    },
    "Stale": {
        "description": "`true` when Akash could not be asked again and the list is from before; else absent.",
        "schema": {"type": "string", "enum": ["true"]},
    },
}

_HEADERS = {
    "x-request-id": "RequestId",
    "retry-after": "RetryAfter",
    "x-should-retry": "ShouldRetry",
    "www-authenticate": "Authenticate",
    "x-akashchat-ignored": "Ignored",
    "x-akashchat-model": "Model",
    "x-akashchat-upstream": "Upstream",
    "x-akashchat-attempts": "Attempts",
    "x-akashchat-rescued": "Rescued",
    "x-akashchat-allowed-tokens": "AllowedTokens",
    **limits.NAMES,
    "x-akashchat-stale": "Stale",
}


def ref(name: str) -> Schema:
    """A schema of the document, by its name."""
    return {"$ref": f"#/components/schemas/{name}"}


def headers(*names: str) -> dict[str, Schema]:
    """These response headers, and the id that all responses have."""
    return {name: {"$ref": f"#/components/headers/{_HEADERS[name]}"} for name in ("x-request-id", *names)}


def answer_headers(left: Iterable[str] = limits.OPENAI) -> dict[str, Schema]:
    """The headers of an answer; ``left`` those that tell of the caller's limits."""
    told = ("ignored", "model", "upstream", "attempts", "rescued", "allowed-tokens")
    return headers(*(f"x-akashchat-{name}" for name in told), *left)


def fields(properties: dict[str, Schema], *, optional: tuple[str, ...] = (), about: str = "") -> Schema:
    """An object we send: every field is there but the ``optional`` ones."""
    described = {"description": about} if about else {}
    required = [name for name in properties if name not in optional]
    return {"type": "object", **described, "required": required, "properties": properties}


def text(about: str, **more: Any) -> Schema:
    """A string."""
    return {"type": "string", "description": about, **more}


def number(about: str, kind: str = "integer", **more: Any) -> Schema:
    """A number, whole unless said otherwise."""
    return {"type": kind, "description": about, **more}


def const(value: str, about: str = "") -> Schema:
    """A string that is always the same."""
    return {"type": "string", "const": value, **({"description": about} if about else {})}


def array(items: Schema, about: str = "", **more: Any) -> Schema:
    """A list."""
    return {"type": "array", **({"description": about} if about else {}), "items": items, **more}


def nullable(schema: Schema) -> Schema:
    """The same or ``null``."""
    kind = schema["type"]
    kinds = [*kind, "null"] if isinstance(kind, list) else [kind, "null"]
    allowed = {"enum": [*schema["enum"], None]} if "enum" in schema else {}
    return {**schema, "type": kinds, **allowed}


def json_content(schema: Schema, examples: dict[str, Schema] | None = None) -> Schema:
    """A JSON body; ``examples`` by name, each with ``summary`` and ``value``."""
    return {"application/json": {"schema": schema, **({"examples": examples} if examples else {})}}


def example(summary: str, value: Any) -> Schema:
    """One example."""
    return {"summary": summary, "value": value}
