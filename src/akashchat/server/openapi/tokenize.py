"""``POST /tokenize`` and ``POST /detokenize``."""

from akashchat.dialects.tokenize.request import MAX_CHARACTERS, MAX_TOKENS
from akashchat.errors import (
    AnswerCut,
    BadRequest,
    BodyTooLarge,
    DialectNotAllowed,
    ForeignOrigin,
    ImageFailed,
    ImageTimeout,
    InternalError,
    ModelNotFound,
    RateLimited,
    RequestTimeout,
    Unauthenticated,
    UpstreamError,
)
from akashchat.server.openapi.errors import Kind, kinds, responses
from akashchat.server.openapi.parts import (
    Schema,
    array,
    example,
    fields,
    headers,
    json_content,
    nullable,
    number,
    ref,
    text,
)

_ABOUT = """\
Counts by the vocabulary cl100k_base, as the gateway does for limits and wherever Akash tells no usage. The
models' own vocabularies differ by some ten percent, so every count says that it is an estimate.
"""

_MODEL = nullable(text("A model's id; without one, no limit is told."))
_INTEGER: Schema = {"type": "integer"}

SCHEMAS: dict[str, Schema] = {
    "TokenizeRequest": {
        "type": "object",
        "properties": {
            "model": _MODEL,
            "prompt": text("A text. Either this or `messages`.", maxLength=MAX_CHARACTERS),
            "messages": array(ref("Message"), "A conversation. Pictures are not counted."),
            "return_token_strs": {"type": ["boolean", "null"], "description": "Tell each token's text too."},
        },
        "oneOf": [{"required": ["prompt"]}, {"required": ["messages"]}],
    },
    "Tokens": fields(
        {
            "count": number("How many."),
            "max_model_len": nullable(number("How many the model takes, where Akash tells.")),
            "tokens": array(_INTEGER, "Which."),
            "token_strs": {
                "type": ["array", "null"],
                "description": "Their texts, where asked for; a part of a character is shown as U+FFFD.",
                "items": {"type": "string"},
            },
            "estimated": {"type": "boolean", "const": True, "description": "Always `true`."},
        }
    ),
    "DetokenizeRequest": {
        "type": "object",
        "required": ["tokens"],
        "properties": {"model": _MODEL, "tokens": array(_INTEGER, "Tokens.", maxItems=MAX_TOKENS)},
    },
    "Detokenized": fields({"prompt": text("Their text.")}),
}

_FAILURES: tuple[Kind, ...] = (
    BadRequest,
    Unauthenticated,
    *kinds(ModelNotFound),
    RequestTimeout,
    BodyTooLarge,
    *kinds(RateLimited),
    *kinds(UpstreamError, but=(AnswerCut, ImageFailed, ImageTimeout)),
    DialectNotAllowed,
    ForeignOrigin,
    InternalError,
)

_TOLD = {"count": 1, "max_model_len": 64000, "tokens": [9906], "token_strs": None, "estimated": True}


def paths() -> dict[str, Schema]:
    """The paths."""
    return {
        "/tokenize": {
            "post": _operation(
                ("tokenize", "Count tokens", "TokenizeRequest", "Tokens"),
                {"model": "DeepSeek-V3.2", "prompt": "Hello"},
                _TOLD,
            )
        },
        "/detokenize": {
            "post": _operation(
                ("detokenize", "Read tokens", "DetokenizeRequest", "Detokenized"),
                {"tokens": [9906]},
                {"prompt": "Hello"},
            )
        },
    }


def _operation(names: tuple[str, str, str, str], asked: Schema, answered: Schema) -> Schema:
    operation, summary, request, reply = names
    return {
        "operationId": operation,
        "tags": ["Tokens"],
        "summary": summary,
        "description": _ABOUT,
        "requestBody": {
            "required": True,
            "content": json_content(ref(request), {"hello": example("One", asked)}),
        },
        "responses": {
            "200": {
                "description": "Told.",
                "headers": headers(),
                "content": json_content(ref(reply), {"hello": example("One", answered)}),
            },
            **responses(*_FAILURES),
        },
    }
