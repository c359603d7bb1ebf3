"""The document as a whole: the rooms' paths and schemas, and what they have in common."""

from typing import Any

from akashchat.server.openapi import (
    admin_keys,
    admin_usage,
    chat,
    chat_reply,
    chat_request,
    completions,
    forwarding,
    images,
    messages,
    messages_reply,
    messages_request,
    models,
    ollama,
    ollama_bodies,
    pages,
    responses,
    responses_reply,
    responses_request,
    tokenize,
)
from akashchat.server.openapi.errors import ERROR, EXAMPLES, table
from akashchat.server.openapi.idempotency import heeding_keys
from akashchat.server.openapi.parts import COMMON_HEADERS, Schema

_ABOUT = """\
akashchat puts OpenAI's API before Akash Chat, so that any OpenAI client can use the models there.
Give your client this gateway's address with `/v1` as its base URL.

A key is needed only where the operator of this gateway has set or issued one. Send it as OpenAI's clients send
theirs: `Authorization: Bearer <key>`. A key may open some models, dialects and upstreams alone; what it does not open is
not listed, and refused with status 403.

**Nothing is silently ignored.** Each parameter says who does what it asks: the *upstream*, which is Akash
Chat; the *gateway*; or nobody. What nobody does is named in the response header `x-akashchat-ignored`, or
refused with status 400 where the operator wants strictness. A value that asks for what happens anyway, such
as `0` for a penalty, is not named. A parameter that is not described here is named too.

Every response carries `x-request-id`: your own, where you send one of up to 128 letters, digits, `.`, `_`
and `-`. The same stands in `request-id`, which Anthropic's clients read.

Every `GET` also answers `HEAD`, and every path answers `OPTIONS`.
"""

_ERRORS = """\
A failure has a status of 400 or more and a body that is two forms in one: OpenAI's `error`, and `code` with
`data.msg` as akashchat-api-go documents them. OpenAI's own clients understand it as it is. Under `/api/` it is
Ollama's object, `{"error": "…"}`.

What other gateways have and no upstream of this one can do, such as files, and mostly embeddings and speech, answers 404
with the code `not_supported`, and says what to do instead.

Under `/v1/messages`, and for the models where `anthropic-version` is sent, it has Anthropic's form instead.

A stream that fails after it began has spent its status. The error object is then its last event, and neither
a finish nor `[DONE]` follows: an answer that was cut never looks complete.

"""

_TAGS = (
    ("Chat", "Conversations, in the words of OpenAI's Chat Completions."),
    ("Responses", "Conversations, in the words of OpenAI's Responses."),
    ("Messages", "Conversations, in the words of Anthropic's Messages."),
    ("Completions", "Texts, in the words of OpenAI's older Completions."),
    ("Images", "Pictures, in the words of OpenAI's Images API."),
    ("Models", "What there is to choose from, and what each model follows."),
    ("Ollama", "The same models, in the words of Ollama's API."),
    ("Tokens", "How many tokens a text has, by the gateway's own counter."),
    ("Forwarded", "What is passed on to an upstream that has it, and described there."),
    ("Admin", "For the operator, with `BEARER_TOKEN` or a key issued for an admin."),
    ("Health", "For load balancers and monitors; no key is needed."),
    ("Pages", "What a person sees; no key is needed."),
)

_KEYS = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "The gateway's key, or one that was issued, where one is needed.",
    },
    "apiKey": {
        "type": "apiKey",
        "in": "header",
        "name": "x-api-key",
        "description": "The same key, for clients that send it this way.",
    },
}


def document(version: str) -> dict[str, Any]:
    """The description of this version."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "akashchat",
            "version": version,
            "summary": "OpenAI's API before Akash Chat",
            "description": _ABOUT,
            "license": {"name": "AGPL-3.0-only", "identifier": "AGPL-3.0-only"},
        },
        "servers": [{"url": "/", "description": "This gateway"}],
        "security": [{}, {"bearer": []}, {"apiKey": []}],
        "tags": [
            *[{"name": name, "description": about} for name, about in _TAGS],
            {"name": "Errors", "description": _ERRORS + table()},
        ],
        "paths": heeding_keys(_paths()),
        "components": {
            "schemas": _schemas(),
            "headers": COMMON_HEADERS,
            "examples": EXAMPLES,
            "securitySchemes": _KEYS,
        },
    }


def _paths() -> dict[str, Schema]:
    """The operations, by path."""
    return {
        **chat.paths(),
        **completions.paths(),
        **responses.paths(),
        **messages.paths(),
        **images.paths(),
        **models.paths(),
        **ollama.paths(),
        **tokenize.paths(),
        **forwarding.paths(),
        **pages.paths(),
        **admin_keys.paths(),
        **admin_usage.paths(),
    }


def _schemas() -> dict[str, Schema]:
    """The shapes of bodies, by name."""
    return {
        **chat_request.SCHEMAS,
        **chat_reply.SCHEMAS,
        **responses_request.SCHEMAS,
        **responses_reply.SCHEMAS,
        **completions.SCHEMAS,
        **ollama_bodies.SCHEMAS,
        **tokenize.SCHEMAS,
        **forwarding.SCHEMAS,
        **messages.SCHEMAS,
        **messages_request.SCHEMAS,
        **messages_reply.SCHEMAS,
        **images.SCHEMAS,
        **models.SCHEMAS,
        **pages.SCHEMAS,
        **admin_keys.SCHEMAS,
        **admin_usage.SCHEMAS,
        "Error": ERROR,
    }
