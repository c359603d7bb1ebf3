"""What ``POST /v1/chat/completions`` answers, whole and in chunks."""

from akashchat.server.openapi.parts import Schema, array, const, fields, nullable, number, ref, text

_FINISH_REASONS = ["stop", "length", "tool_calls", "function_call", "content_filter"]

_ID = text("The answer's id, `chatcmpl-…`.")
_CREATED = number("When it was made, in seconds since 1970.")
_MODEL = text("The model, as it was asked for.")
_REASONING = "The model's thoughts, where it had any."
_REASONING_TWIN = "The same, where the operator wants it under this name."
_CODE = number("`200`, as akashchat-api-go documents it.", const=200)

_CALL_ID = text("The call's id, to be named in the answer to it.")
_CALL: Schema = {
    "description": "A call of a function, or of a tool that takes plain text.",
    "oneOf": [
        fields(
            {
                "id": _CALL_ID,
                "type": const("function"),
                "function": fields({"name": text("Its name."), "arguments": text("Its arguments, as JSON.")}),
            }
        ),
        fields(
            {
                "id": _CALL_ID,
                "type": const("custom"),
                "custom": fields({"name": text("Its name."), "input": text("Its text.")}),
            }
        ),
    ],
}

_MESSAGE: Schema = fields(
    {
        "role": const("assistant"),
        "content": nullable(text("The answer; `null` where it is a tool call and nothing else.")),
        "reasoning_content": text(_REASONING),
        "reasoning": text(_REASONING_TWIN),
        "tool_calls": array(_CALL, "The functions the model calls."),
        "function_call": fields(
            {"name": text("Its name."), "arguments": text("Its arguments, as JSON.")},
            about="The call, where the request had `functions`.",
        ),
        "refusal": {"type": "null", "description": "Always `null`."},
        "annotations": {"type": "array", "maxItems": 0, "description": "Always empty."},
    },
    optional=("reasoning_content", "reasoning", "tool_calls", "function_call"),
)

_CHOICE: Schema = fields(
    {
        "index": number("Which of the `n` answers it is."),
        "message": _MESSAGE,
        "logprobs": {"type": "null", "description": "Always `null`."},
        "finish_reason": text("Why the answer is over.", enum=_FINISH_REASONS),
    }
)

_COMPLETION: dict[str, Schema] = {
    "id": _ID,
    "object": const("chat.completion"),
    "created": _CREATED,
    "model": _MODEL,
    "choices": array(_CHOICE, "The answers."),
    "usage": ref("Usage"),
}

_PICTURE: dict[str, Schema] = {
    "code": _CODE,
    "data": fields(
        {
            "model": text("The model that drew."),
            "jobId": text("The job's id at Akash."),
            "prompt": text("What was really drawn from; Akash may rewrite prompts."),
            "pic": text("The picture's address, or the picture itself as a `data:` URL."),
        },
        about="The picture, as akashchat-api-go documents it.",
    ),
}

_CALL_DELTA: Schema = fields(
    {
        "index": number("Which call."),
        "id": text("Its id, in its first chunk."),
        "type": text("In its first chunk.", enum=["function", "custom"]),
        "function": fields(
            {
                "name": text("Its name, in its first chunk."),
                "arguments": text("More of its arguments."),
            },
            optional=("name",),
        ),
        "custom": fields(
            {"name": text("Its name, in its first chunk."), "input": text("More of its text.")},
            optional=("name",),
        ),
    },
    optional=("id", "type", "function", "custom"),
)

_DELTA: Schema = fields(
    {
        "role": const("assistant", "In the first chunk."),
        "content": text("More of the answer."),
        "reasoning_content": text("More of the model's thoughts, or how far a picture is."),
        "reasoning": text(_REASONING_TWIN),
        "tool_calls": array(_CALL_DELTA, "More of the calls."),
        "function_call": fields(
            {"name": text("Its name, first."), "arguments": text("More of its arguments.")},
            optional=("name",),
            about="More of the call, where the request had `functions`.",
        ),
    },
    optional=("role", "content", "reasoning_content", "reasoning", "tool_calls", "function_call"),
    about="What is new; empty in the last chunk.",
)

_CHUNK_CHOICE: Schema = fields(
    {
        "index": number("Which of the `n` answers it belongs to."),
        "delta": _DELTA,
        "finish_reason": nullable(
            text("Why the answer is over, in its last chunk; else `null`.", enum=_FINISH_REASONS)
        ),
    }
)

SCHEMAS: dict[str, Schema] = {
    "ChatCompletion": fields(_COMPLETION, about="A whole answer."),
    "PictureCompletion": fields(
        {**_COMPLETION, **_PICTURE},
        about="A picture, in two forms at once: a whole `chat.completion` whose content shows the picture in "
        "Markdown, and `code` with `data` as akashchat-api-go documents them.",
    ),
    "ChatCompletionChunk": fields(
        {
            "id": _ID,
            "object": const("chat.completion.chunk"),
            "created": _CREATED,
            "model": _MODEL,
            "choices": array(_CHUNK_CHOICE, "One choice; none in the chunk that carries `usage`."),
            "usage": {
                "description": "Where it was asked for: `null`, and in the last chunk the tokens.",
                "anyOf": [ref("Usage"), {"type": "null"}],
            },
        },
        optional=("usage",),
        about="A piece of a streamed answer.",
    ),
    "Usage": fields(
        {
            "prompt_tokens": number("Tokens of the conversation."),
            "completion_tokens": number("Tokens of the answer, thoughts included."),
            "total_tokens": number("Both together."),
            "completion_tokens_details": fields(
                {"reasoning_tokens": number("Those that were thoughts.")},
                about="There where the gateway counted thoughts.",
            ),
            "estimated": {
                "type": "boolean",
                "const": True,
                "description": "There, and `true`, where Akash did not tell and the gateway counted.",
            },
        },
        optional=("completion_tokens_details", "estimated"),
        about="What the answer cost.",
    ),
}
