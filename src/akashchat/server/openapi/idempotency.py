"""``Idempotency-Key``, which all operations that answer heed."""

from akashchat.errors import IdempotencyKeyReused
from akashchat.server.openapi.errors import responses
from akashchat.server.openapi.messages import in_anthropics_form
from akashchat.server.openapi.parts import Schema

_KEY: Schema = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Who asks again with the same key and body gets the same answer, byte for byte, also while it is "
    "still being given; `idempotent-replayed: true` tells so. Answers are kept for `AKASHCHAT_POLICIES_IDEMPOTENCY_S`; "
    "what failed is not.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    "example": "0f8e4c1a-order-66",
}
_ANSWERING = (
    "/v1/chat/completions",
    "/v1/completions",
    "/v1/images/generations",
    "/v1/responses",
    "/v1/responses/compact",
    "/v1/messages",
    "/api/chat",
    "/api/generate",
)


def heeding_keys(paths: dict[str, Schema]) -> dict[str, Schema]:
    """The same paths, with what the key means to those that answer."""
    return {
        path: _heeding(path, methods) if path in _ANSWERING else methods for path, methods in paths.items()
    }


def _heeding(path: str, methods: Schema) -> Schema:
    refused = responses(IdempotencyKeyReused, form="OllamaError" if path.startswith("/api/") else "Error")
    if path == "/v1/messages":
        refused = in_anthropics_form(refused)
    post = methods["post"]
    parameters = [*post.get("parameters", ()), _KEY]
    described = {**post, "parameters": parameters, "responses": {**post["responses"], **refused}}
    return {**methods, "post": described}
