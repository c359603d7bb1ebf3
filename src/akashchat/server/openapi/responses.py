"""``/v1/responses``."""

from typing import Any

from akashchat.errors import (
    BadRequest,
    BodyTooLarge,
    DialectNotAllowed,
    ForeignOrigin,
    InternalError,
    LimitsUnknown,
    ModelNotFound,
    NoImage,
    PreviousResponseNotFound,
    RateLimited,
    RequestTimeout,
    Unauthenticated,
    UpstreamError,
)
from akashchat.server.openapi import responses_kept
from akashchat.server.openapi.errors import CLOSED, kinds, responses
from akashchat.server.openapi.parts import Schema, answer_headers, example, headers, json_content, ref

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
        LimitsUnknown,
        *kinds(UpstreamError),
        ForeignOrigin,
        *CLOSED,
        InternalError,
    )


def paths() -> dict[str, Schema]:
    """The paths."""
    return {
        "/v1/responses": {"post": _create()},
        "/v1/responses/input_tokens": {"post": _count()},
        "/v1/responses/compact": {"post": _compact()},
        **responses_kept.paths(),
    }


_CONVERSATION = {
    "conversation": example(
        "A conversation",
        {"model": _MODEL, "input": [{"role": "user", "content": "Why is the sky blue?"}]},
    )
}


def _count() -> dict[str, Any]:
    return {
        "operationId": "countInputTokens",
        "tags": ["Responses"],
        "summary": "Count a request's tokens",
        "description": "With the counter of the limit check and of estimated usage, whatever the model; a `model` may "
        "be left out.",
        "requestBody": {"required": True, "content": json_content(ref("ConversationRequest"), _CONVERSATION)},
        "responses": {
            "200": {"description": "The count.", "headers": headers(), "content": json_content(ref("InputTokens"))},
            **responses(
                BadRequest, PreviousResponseNotFound, Unauthenticated, RequestTimeout, BodyTooLarge, ForeignOrigin,
                DialectNotAllowed, InternalError,
            ),
        },
    }  # fmt: skip


def _compact() -> dict[str, Any]:
    return {
        "operationId": "compactResponse",
        "tags": ["Responses"],
        "summary": "Make a conversation short",
        "description": "The model sums the conversation up. The item that comes back holds its summary; put it in the "
        "place of all items before it. A conversation that does not fit the model cannot be summed up by it.",
        "requestBody": {"required": True, "content": json_content(ref("ConversationRequest"), _CONVERSATION)},
        "responses": {
            "200": {
                "description": "The summary.",
                "headers": answer_headers(),
                "content": json_content(ref("Compaction")),
            },
            **asking(),
        },
    }


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
                "headers": answer_headers(),
                "content": {
                    **json_content(ref("Response")),
                    "text/event-stream": {"schema": ref("ResponseEvent")},
                },
            },
            **asking(),
        },
    }
