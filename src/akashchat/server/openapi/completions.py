"""``POST /v1/completions``."""

from typing import Any

from akashchat.dialects.completions.request import MAX_ANSWERS
from akashchat.errors import (
    BadRequest,
    BodyTooLarge,
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
from akashchat.server.openapi.errors import CLOSED, kinds, responses
from akashchat.server.openapi.parameters import Parameter, body
from akashchat.server.openapi.parts import (
    Schema,
    answer_headers,
    array,
    const,
    example,
    fields,
    json_content,
    nullable,
    number,
    ref,
    text,
)

_ABOUT = """\
Answers a prompt: whole, or as a stream that ends in `[DONE]`.

The models here converse, so the prompt is what the user says, and the answer is the completion. Several prompts
are each answered `n` times, prompt by prompt. Where a body names no `max_tokens` there is no limit: OpenAI's
limit of 16 would be filled with thoughts before a word is said.
"""

_BOOL: Schema = {"type": ["boolean", "null"]}
_PENALTY: Schema = {"type": ["number", "null"]}

_PARAMETERS: tuple[Parameter, ...] = (
    Parameter("model", "gateway", {"type": "string", "pattern": r"\S"}, "A model's id, from `/v1/models`."),
    Parameter(
        "prompt", "gateway",
        {
            "type": ["string", "array"], "minLength": 1, "items": {"type": "string", "minLength": 1},
            "minItems": 1, "maxItems": MAX_ANSWERS,
        },
        "A text, or several. Token ids are refused: each model has a vocabulary of its own.",
    ),
    Parameter("stream", "gateway", {**_BOOL, "default": False}, "Send the answer as it is made."),
    Parameter(
        "stream_options", "gateway",
        {"type": ["object", "null"], "properties": {"include_usage": {**_BOOL, "description": "Send it."}}},
        "Only with `stream`. With `include_usage`, the last chunk carries `usage`.",
    ),
    Parameter("echo", "gateway", {**_BOOL, "default": False}, "Repeat the prompt before the answer."),
    Parameter(
        "suffix", "gateway", {"type": ["string", "null"], "maxLength": 0},
        "Refused: the models here cannot fill a gap before a given end.",
    ),
    Parameter(
        "temperature", "upstream", {"type": ["number", "null"], "minimum": 0, "maximum": 2, "default": 0.85},
        "How freely words are chosen.",
    ),
    Parameter(
        "top_p", "upstream", {"type": ["number", "null"], "minimum": 0, "maximum": 1, "default": 1},
        "Choose among the most likely words only, those that make up this share.",
    ),
    Parameter(
        "max_tokens", "gateway", {"type": ["integer", "null"], "minimum": 1, "maximum": 2**31},
        "The answer ends after so many tokens, thoughts included; they are counted in the gateway.",
    ),
    Parameter(
        "stop", "gateway", {"type": ["string", "array", "null"], "items": {"type": "string"}, "maxItems": 16},
        "Up to 16 texts; the answer ends right before the first of them.",
    ),
    Parameter(
        "n", "gateway", {"type": ["integer", "null"], "minimum": 1, "maximum": MAX_ANSWERS, "default": 1},
        f"How many answers to each prompt; {MAX_ANSWERS} in all. Each is a request of its own to the upstream.",
    ),
    Parameter(
        "best_of", "nobody", {"type": ["integer", "null"], "minimum": 1, "maximum": 20},
        "Make so many answers and give the best `n` of them. The same number as `n` asks for nothing.",
    ),
    Parameter("logprobs", "nobody", {"type": ["integer", "null"]}, "Tell how likely the words were."),
    Parameter("logit_bias", "nobody", {"type": ["object", "null"]}, "Make tokens more or less likely."),
    Parameter("frequency_penalty", "nobody", _PENALTY, "Avoid words the more often they were said."),
    Parameter("presence_penalty", "nobody", _PENALTY, "Avoid words that were said."),
    Parameter("seed", "nobody", {"type": ["integer", "null"]}, "Choose the same words each time."),
    Parameter("user", "gateway", {"type": ["string", "null"]}, "Your own user, for the gateway's log."),
)  # fmt: skip

_CHOICE: Schema = fields(
    {
        "index": number("Which answer: prompt by prompt, `n` to each."),
        "text": text("The answer, or more of it."),
        "reasoning_content": text("The model's thoughts, or more of them."),
        "reasoning": text("The same, where the operator wants it under this name."),
        "logprobs": {"type": "null", "description": "Always `null`."},
        "finish_reason": nullable(
            text("Why the answer is over; `null` before its end.", enum=["stop", "length", "content_filter"])
        ),
    },
    optional=("reasoning_content", "reasoning"),
)
_COMMON: dict[str, Schema] = {
    "id": text("The answer's id, `cmpl-…`."),
    "object": const("text_completion"),
    "created": number("When it was made, in seconds since 1970."),
    "model": text("The model, as it was asked for."),
    "choices": array(_CHOICE, "The answers; none in the chunk that carries `usage`."),
}

SCHEMAS: dict[str, Schema] = {
    "CompletionRequest": body(_PARAMETERS, ("model", "prompt")),
    "Completion": fields({**_COMMON, "usage": ref("Usage")}, about="Whole answers."),
    "CompletionChunk": fields(
        {**_COMMON, "usage": {"description": "Where asked for.", "anyOf": [ref("Usage"), {"type": "null"}]}},
        optional=("usage",),
        about="A piece of a streamed answer.",
    ),
}

_SKY = "Why is the sky blue?"
_ASKED = {
    "plain": example("A whole answer", {"model": "DeepSeek-V3.2", "prompt": _SKY}),
    "several": example("Several prompts", {"model": "DeepSeek-V3.2", "prompt": [_SKY, "What is a fox?"]}),
}


def _completion(choice: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": "cmpl-81afeb122a8ff2af90c62803",
        "object": "text_completion",
        "created": 1795338397,
        "model": "DeepSeek-V3.2",
        "choices": [{"index": 0, "logprobs": None, **choice}],
    }


_USAGE = {"prompt_tokens": 9, "completion_tokens": 31, "total_tokens": 40}
_ANSWERED = {
    **_completion({"text": "Because air scatters blue light more than red.", "finish_reason": "stop"}),
    "usage": _USAGE,
}
_CHUNK = _completion({"text": "Because", "finish_reason": None})


def paths() -> dict[str, Schema]:
    """The path."""
    return {"/v1/completions": {"post": _operation()}}


def _operation() -> Schema:
    return {
        "operationId": "createCompletion",
        "tags": ["Completions"],
        "summary": "Answer a prompt",
        "description": _ABOUT,
        "requestBody": {"required": True, "content": json_content(ref("CompletionRequest"), _ASKED)},
        "responses": {
            "200": {
                "description": "The answers; as server-sent events where `stream` is true.",
                "headers": answer_headers(),
                "content": {
                    **json_content(ref("Completion"), {"plain": example("A whole answer", _ANSWERED)}),
                    "text/event-stream": {
                        "schema": {
                            "description": "What follows `data:` in each event but the last, `[DONE]`.",
                            "anyOf": [ref("CompletionChunk"), ref("Error")],
                        },
                        "examples": {"chunk": example("One event's data", _CHUNK)},
                    },
                },
            },
            **responses(
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
            ),
        },
    }
