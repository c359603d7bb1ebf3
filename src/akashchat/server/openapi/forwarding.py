"""Endpoints that are passed on, where an upstream has them."""

from akashchat.errors import (
    BadRequest,
    BodyTooLarge,
    ContentRefused,
    ContextLengthExceeded,
    ForeignOrigin,
    InternalError,
    LimitsUnknown,
    ModelNotFound,
    NotSupported,
    RateLimited,
    RequestTimeout,
    Stopping,
    Unauthenticated,
    UpstreamError,
)
from akashchat.server.forwarding import FORWARDED
from akashchat.server.openapi.errors import CLOSED, Kind, kinds, responses
from akashchat.server.openapi.parts import Schema, example, headers, json_content, ref, text

_ABOUT = """\
Passed on as it is to an upstream that has the model and this endpoint (option `forwards`); only the model's name is
read, and replaced by what it is called there. Where no upstream has the endpoint it is not found. Akash Chat has none
of these.
"""

_SUMMARIES = {
    "embeddings": "Make embeddings",
    "rerank": "Rank texts",
    "moderations": "Judge texts",
    "audio/speech": "Speak a text",
    "audio/transcriptions": "Write down speech",
    "audio/translations": "Translate speech",
}
_FORMS = frozenset({"audio/transcriptions", "audio/translations"})
"""Those that take a file."""

SCHEMAS: dict[str, Schema] = {
    "ForwardedRequest": {
        "type": "object",
        "required": ["model"],
        "properties": {
            "model": text("A model's id, or another name for it."),
            "input": {"description": "What the upstream takes; all fields but `model` are its own."},
        },
    },
    "Forwarded": {"type": "object", "description": "What the upstream answered."},
}

_FAILURES: tuple[Kind, ...] = (
    BadRequest,
    ContextLengthExceeded,
    ContentRefused,
    Unauthenticated,
    NotSupported,
    *kinds(ModelNotFound),
    RequestTimeout,
    BodyTooLarge,
    *kinds(RateLimited),
    LimitsUnknown,
    *kinds(UpstreamError),
    Stopping,
    ForeignOrigin,
    *CLOSED,
    InternalError,
)


def paths() -> dict[str, Schema]:
    """The paths."""
    return {f"/v1/{what}": {"post": _operation(what)} for what in FORWARDED}


def _operation(what: str) -> Schema:
    return {
        "operationId": what.replace("/", "_"),
        "tags": ["Forwarded"],
        "summary": _SUMMARIES[what],
        "description": _ABOUT,
        "requestBody": {"required": True, "content": _asked(what)},
        "responses": {
            "200": {
                "description": "The upstream's reply.",
                "headers": headers(),
                "content": {"audio/*": {}} if what == "audio/speech" else json_content(ref("Forwarded")),
            },
            **responses(*_FAILURES),
        },
    }


def _asked(what: str) -> Schema:
    if what in _FORMS:
        return {"multipart/form-data": {"schema": ref("ForwardedRequest")}}
    return json_content(
        ref("ForwardedRequest"), {"hello": example("One", {"model": "a-model", "input": "Hello"})}
    )
