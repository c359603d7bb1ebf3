"""``POST /v1/messages`` and what belongs to it: the counting of tokens, and the probes of Claude Code."""

from akashchat.dialects.anthropic import error_object
from akashchat.errors import (
    BadRequest,
    BodyTooLarge,
    DialectNotAllowed,
    ForeignOrigin,
    InternalError,
    LimitsUnknown,
    ModelNotFound,
    NoImage,
    RateLimited,
    RequestTimeout,
    Unauthenticated,
    UpstreamError,
)
from akashchat.server.openapi import limits
from akashchat.server.openapi.errors import CLOSED, kinds, responses
from akashchat.server.openapi.parts import (
    Schema,
    answer_headers,
    const,
    example,
    fields,
    headers,
    json_content,
    ref,
)

_ABOUT = """\
Answers a conversation in Anthropic's words: whole, or as a stream. The `anthropic-version` and `anthropic-beta`
headers may be sent and change nothing, and so may a query such as `?beta=true`.

A stream is a row of named server-sent events: `message_start`; for each block of the answer
`content_block_start`, its deltas and `content_block_stop`; then `message_delta` with the reason and the usage,
then `message_stop`. `ping` events keep the connection awake. A failure is an `error` event, and nothing
follows it.
"""

_HELLO = [{"role": "user", "content": "Why is the sky blue?"}]
_LEAST = {"model": "DeepSeek-V3.2", "messages": _HELLO}
_ASKED = {
    "plain": example("A whole answer", {**_LEAST, "max_tokens": 1000}),
    "thinking": example(
        "A stream, with thoughts",
        {**_LEAST, "max_tokens": 1000, "stream": True, "thinking": {"type": "adaptive"}},
    ),
}
_ANSWERED = {
    "id": "msg_81afeb122a8ff2af90c62803",
    "type": "message",
    "role": "assistant",
    "model": "DeepSeek-V3.2",
    "content": [{"type": "text", "text": "Because air scatters blue light more than red.", "citations": []}],
    "stop_reason": "end_turn",
    "stop_sequence": None,
    "stop_details": None,
    "container": None,
    "usage": {
        "input_tokens": 9,
        "output_tokens": 31,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "output_tokens_details": None,
        "server_tool_use": None,
        "cache_creation": None,
        "inference_geo": None,
        "service_tier": None,
    },
}
_DELTA = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Because"}}
_FAILED = {"failed": example("A failure", error_object(BadRequest("'max_tokens' is missing"), "req_0123"))}

SCHEMAS: dict[str, Schema] = {
    "Greeting": fields({"message": const("hello")}),
    "Thanks": fields({"status": const("ok")}),
}


def paths() -> dict[str, Schema]:
    """The paths."""
    return {
        "/v1/messages": {"post": _create()},
        "/v1/messages/count_tokens": {"post": _count()},
        "/api/hello": {"get": _probe("getHello", "Whether somebody is there", "Greeting")},
        "/api/event_logging/batch": {"post": _discard("postEvents")},
        "/api/event_logging/v2/batch": {"post": _discard("postEventsV2")},
    }


def _create() -> Schema:
    return {
        "operationId": "createMessage",
        "tags": ["Messages"],
        "summary": "Answer a conversation",
        "description": _ABOUT,
        "requestBody": {"required": True, "content": json_content(ref("MessagesRequest"), _ASKED)},
        "responses": {
            "200": {
                "description": "The answer; as server-sent events where `stream` is true.",
                "headers": answer_headers(limits.ANTHROPIC),
                "content": {
                    **json_content(ref("AnthropicMessage"), {"plain": example("A whole answer", _ANSWERED)}),
                    "text/event-stream": {
                        "schema": {
                            "description": "What follows `data:` in each event.",
                            "anyOf": [ref("AnthropicEvent"), ref("AnthropicError")],
                        },
                        "examples": {"delta": example("One event's data", _DELTA)},
                    },
                },
            },
            **in_anthropics_form(
                responses(
                    *kinds(BadRequest, but=(NoImage,)),
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
            ),
        },
    }


def _count() -> Schema:
    return {
        "operationId": "countMessageTokens",
        "tags": ["Messages"],
        "summary": "Count a conversation's tokens",
        "description": "With the counter that also tells an answer's usage. Nobody is asked, so the model need not "
        "exist. Pictures and documents are not counted.",
        "requestBody": {
            "required": True,
            "content": json_content(ref("CountRequest"), {"plain": example("A conversation", _LEAST)}),
        },
        "responses": {
            "200": {
                "description": "How many.",
                "headers": headers(),
                "content": json_content(
                    ref("TokenCount"), {"plain": example("A count", {"input_tokens": 6})}
                ),
            },
            **in_anthropics_form(
                responses(
                    BadRequest,
                    Unauthenticated,
                    RequestTimeout,
                    BodyTooLarge,
                    ForeignOrigin,
                    DialectNotAllowed,
                    InternalError,
                )
            ),
        },
    }


def _probe(operation: str, summary: str, schema: str) -> Schema:
    return {
        "operationId": operation,
        "tags": ["Messages"],
        "summary": summary,
        "description": "Claude Code asks this.",
        "security": [],
        "responses": {
            "200": {"description": "Yes.", "headers": headers(), "content": json_content(ref(schema))},
            **responses(ForeignOrigin, InternalError),
        },
    }


def _discard(operation: str) -> Schema:
    return {
        **_probe(operation, "Take what Claude Code tells of itself", "Thanks"),
        "description": "It is thrown away unread.",
    }


def in_anthropics_form(failures: dict[str, Schema]) -> dict[str, Schema]:
    """The same failures with Anthropic's body."""
    content = json_content(ref("AnthropicError"), _FAILED)
    return {status: {**failure, "content": content} for status, failure in failures.items()}
