"""``/v1/responses``."""

from typing import Any

from akashchat.errors import (
    BadRequest,
    BodyTooLarge,
    ForeignOrigin,
    InternalError,
    ModelNotFound,
    NoImage,
    RateLimited,
    RequestTimeout,
    Unauthenticated,
    UpstreamError,
)
from akashchat.server.openapi import responses_kept
from akashchat.server.openapi.errors import kinds, responses
from akashchat.server.openapi.parts import Schema, example, headers, json_content, ref

_ABOUT = """\
Answers, in the words of OpenAI's Responses: whole, or as a stream of events.

A stream begins with `response.created`; then each item of the output comes from `response.output_item.added` to
`response.output_item.done`; the last event is `response.completed`, `response.incomplete` or `response.failed`.
A failure before the first event has its own status instead. While nothing comes, comments keep the connection awake.
"""

_MODEL = "DeepSeek-V3.2"
_ASKED: dict[str, Schema] = {
    "plain": example("A whole answer", {"model": _MODEL, "input": "Why is the sky blue?"}),
    "stream": example(
        "A stream, with instructions",
        {
            "model": _MODEL,
            "instructions": "Answer in one sentence.",
            "input": [{"role": "user", "content": "Why is the sky blue?"}],
            "stream": True,
        },
    ),
}


def asking(*more: type[BadRequest]) -> dict[str, Schema]:
    """How an operation fails that asks a model."""
    return responses(
        *kinds(BadRequest, but=(NoImage, *more)),
        Unauthenticated,
        *kinds(ModelNotFound),
        RequestTimeout,
        BodyTooLarge,
        *kinds(RateLimited),
        *kinds(UpstreamError),
        ForeignOrigin,
        InternalError,
    )


def paths() -> dict[str, Schema]:
    """The paths."""
    return {"/v1/responses": {"post": _create()}, **responses_kept.paths()}


def _create() -> dict[str, Any]:
    return {
        "operationId": "createResponse",
        "tags": ["Responses"],
        "summary": "Answer",
        "description": _ABOUT,
        "requestBody": {"required": True, "content": json_content(ref("ResponsesRequest"), _ASKED)},
        "responses": {
            "200": {
                "description": "The answer; as server-sent events where `stream` is true.",
                "headers": headers("x-akashchat-ignored"),
                "content": {
                    **json_content(ref("Response")),
                    "text/event-stream": {"schema": ref("ResponseEvent")},
                },
            },
            **asking(),
        },
    }
