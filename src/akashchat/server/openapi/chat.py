"""``POST /v1/chat/completions``."""

from typing import Any

from akashchat.errors import (
    BadRequest,
    BodyTooLarge,
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
from akashchat.server.openapi.errors import CLOSED, kinds, responses
from akashchat.server.openapi.parts import Schema, answer_headers, example, json_content, ref

_ABOUT = """\
Answers a conversation: whole, or as a stream.

A stream is a row of server-sent events. The first chunk has the role; then come the model's thoughts and the
text; then a chunk with the finish reason; then `usage`, where it was asked for; then `[DONE]`. Shortened:

```
data: {"object": "chat.completion.chunk", "choices": [{"delta": {"role": "assistant", "content": ""}}]}

data: {"object": "chat.completion.chunk", "choices": [{"delta": {"content": "Hello"}}]}

data: {"object": "chat.completion.chunk", "choices": [{"delta": {}, "finish_reason": "stop"}]}

data: [DONE]
```

While nothing comes, comments keep the connection awake. Whoever leaves ends the answer at Akash too.

A model that draws answers with a picture once it is ready: in Markdown as the content, and in `data` as
akashchat-api-go documents it. Its stream tells how far the picture is.
"""

_HELLO = [{"role": "user", "content": "Why is the sky blue?"}]
_ASKED = {
    "plain": example("A whole answer", {"model": "DeepSeek-V3.2", "messages": _HELLO}),
    "stream": example("A stream", {"model": "DeepSeek-V3.2", "messages": _HELLO, "stream": True}),
    "cut": example(
        "A short answer, with instructions",
        {
            "model": "DeepSeek-V3.2",
            "messages": [{"role": "system", "content": "Answer in one sentence."}, *_HELLO],
            "temperature": 0.2,
            "max_completion_tokens": 200,
        },
    ),
    "tools": example(
        "Tools",
        {
            "model": "DeepSeek-V3.2",
            "messages": _HELLO,
            "tools": [
                {
                    "type": "function",
                    "function": {
                        "name": "get_weather",
                        "description": "The weather in a city.",
                        "parameters": {
                            "type": "object",
                            "properties": {"city": {"type": "string"}},
                            "required": ["city"],
                        },
                    },
                }
            ],
        },
    ),
    "picture": example(
        "A picture",
        {"model": "AkashGen", "messages": [{"role": "user", "content": "A red fox in the snow"}]},
    ),
}


def _completion(content: str, model: str, usage: dict[str, Any], **message: str) -> dict[str, Any]:
    return {
        "id": "chatcmpl-81afeb122a8ff2af90c62803",
        "object": "chat.completion",
        "created": 1795338397,
        "model": model,
        "choices": [
            {
                "index": 0,
                "message": {
                    "role": "assistant",
                    "content": content,
                    "refusal": None,
                    "annotations": [],
                    **message,
                },
                "logprobs": None,
                "finish_reason": "stop",
            }
        ],
        "usage": usage,
    }


_PIC = "http://localhost:16571/v1/images/files/job_8c1f33ab_00001_.webp"
_ANSWERED = {
    "plain": example(
        "A whole answer",
        _completion(
            "Because air scatters blue light more than red.",
            "DeepSeek-V3.2",
            {"prompt_tokens": 9, "completion_tokens": 31, "total_tokens": 40},
            reasoning_content="Rayleigh scattering, in one sentence.",
        ),
    ),
    "picture": example(
        "A picture",
        {
            "code": 200,
            "data": {
                "model": "AkashGen",
                "jobId": "8c1f33ab-d63c-4087-a5ac-9662493b68ba",
                "prompt": "A red fox in the snow, soft light",
                "pic": _PIC,
            },
            **_completion(
                f"![A red fox in the snow, soft light]({_PIC})",
                "AkashGen",
                {"prompt_tokens": 6, "completion_tokens": 0, "total_tokens": 6, "estimated": True},
            ),
        },
    ),
}
_CHUNK = {
    "id": "chatcmpl-81afeb122a8ff2af90c62803",
    "object": "chat.completion.chunk",
    "created": 1795338397,
    "model": "DeepSeek-V3.2",
    "choices": [{"index": 0, "delta": {"content": "Because"}, "finish_reason": None}],
}


def paths() -> dict[str, Schema]:
    """The path."""
    return {"/v1/chat/completions": {"post": _operation()}}


def _operation() -> Schema:
    return {
        "operationId": "createChatCompletion",
        "tags": ["Chat"],
        "summary": "Answer a conversation",
        "description": _ABOUT,
        "requestBody": {"required": True, "content": json_content(ref("ChatRequest"), _ASKED)},
        "responses": {
            "200": {
                "description": "The answer; as server-sent events where `stream` is true.",
                "headers": answer_headers(),
                "content": {
                    **json_content({"anyOf": [ref("PictureCompletion"), ref("ChatCompletion")]}, _ANSWERED),
                    "text/event-stream": {
                        "schema": {
                            "description": "What follows `data:` in each event but the last, `[DONE]`.",
                            "anyOf": [ref("ChatCompletionChunk"), ref("Error")],
                        },
                        "examples": {"chunk": example("One event's data", _CHUNK)},
                    },
                },
            },
            **responses(
                *kinds(BadRequest, but=(NoImage, PreviousResponseNotFound)),
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
