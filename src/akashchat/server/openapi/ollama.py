"""Ollama's paths."""

from typing import Any

from akashchat.dialects.ollama import VERSION
from akashchat.errors import (
    AnswerCut,
    BadRequest,
    BodyTooLarge,
    ForeignOrigin,
    ImageFailed,
    ImageTimeout,
    InternalError,
    LimitsUnknown,
    ModelNotFound,
    NoImage,
    RateLimited,
    RequestTimeout,
    Unauthenticated,
    UpstreamError,
)
from akashchat.server.openapi.errors import CLOSED, Kind, kinds, responses
from akashchat.server.openapi.parts import Schema, answer_headers, example, headers, json_content, ref

_FORM = "OllamaError"
_BODY: tuple[Kind, ...] = (RequestTimeout, BodyTooLarge, ForeignOrigin)
_LISTING: tuple[Kind, ...] = (
    Unauthenticated,
    *kinds(RateLimited),
    *kinds(UpstreamError, but=(AnswerCut, ImageFailed, ImageTimeout)),
    InternalError,
)
_ANSWERING: tuple[Kind, ...] = (
    *kinds(BadRequest, but=(NoImage,)),
    Unauthenticated,
    *kinds(ModelNotFound),
    *kinds(RateLimited),
    LimitsUnknown,
    *kinds(UpstreamError),
    InternalError,
    *_BODY,
    *CLOSED,
)
_ABOUT = """\
A stream is a row of JSON objects, one a line, and is what comes unless `stream` is `false`. The last has `done`
with what the answer cost. A failure is a line with `error`. Pictures are shown as Markdown. While nothing comes,
lines without text keep the connection awake.
"""

_LINE = {"model": "DeepSeek-V3.2", "created_at": "2026-11-22T08:26:37Z"}
_HELLO = [{"role": "user", "content": "Hello"}]
_END = {
    "done": True,
    "done_reason": "stop",
    "total_duration": 1200000000,
    "load_duration": 0,
    "prompt_eval_count": 1,
    "prompt_eval_duration": 0,
    "eval_count": 9,
    "eval_duration": 1200000000,
}
_DETAILS = {
    "parent_model": "",
    "format": "",
    "family": "akash",
    "families": ["akash"],
    "parameter_size": "685B",
    "quantization_level": "",
}


def paths() -> dict[str, Schema]:
    """The paths."""
    return {
        "/api/chat": {
            "post": _answering(
                ("ollamaChat", "Answer a conversation", "OllamaChatRequest", "OllamaChatReply"),
                {"messages": _HELLO},
                {"message": {"role": "assistant", "content": "Hello!"}},
            )
        },
        "/api/generate": {
            "post": _answering(
                ("ollamaGenerate", "Answer a prompt", "OllamaGenerateRequest", "OllamaGenerateReply"),
                {"prompt": "Hello"},
                {"response": "Hello!"},
            )
        },
        "/api/tags": {"get": _listing("ollamaTags", "List the models", "x-akashchat-stale")},
        "/api/show": {"post": _showing()},
        "/api/ps": {"get": _listing("ollamaRunning", "List what is loaded: nothing ever is")},
        "/api/version": {"get": _version()},
    }


def _answering(names: tuple[str, str, str, str], asked: dict[str, Any], said: dict[str, Any]) -> Schema:
    operation, summary, request, reply = names
    question = example("One", {"model": "DeepSeek-V3.2", **asked})
    return {
        "operationId": operation,
        "tags": ["Ollama"],
        "summary": summary,
        "description": _ABOUT,
        "requestBody": {"required": True, "content": json_content(ref(request), {"hello": question})},
        "responses": {
            "200": {
                "description": "The answer.",
                "headers": answer_headers(),
                "content": {
                    **json_content(ref(reply), {"whole": example("Whole", {**_LINE, **said, **_END})}),
                    "application/x-ndjson": {
                        "schema": {"description": "Each line.", "anyOf": [ref(reply), ref(_FORM)]},
                        "examples": {"line": example("A line", {**_LINE, **said, "done": False})},
                    },
                },
            },
            **responses(*_ANSWERING, form=_FORM),
        },
    }


def _listing(operation: str, summary: str, *more: str) -> Schema:
    listed = {
        "name": "DeepSeek-V3.2",
        "model": "DeepSeek-V3.2",
        "modified_at": "2025-09-19T12:00:00Z",
        "size": 0,
        "digest": "28e8e5323b06e68cf9c9ad9f79125eebef4cf0d0d0d66f8e81e733f45ad2661b",
        "details": _DETAILS,
    }
    models = {"models": example("One model", {"models": [listed] if more else []})}
    failures = _LISTING if more else (Unauthenticated, InternalError)
    return _operation(operation, summary, json_content(ref("OllamaModels"), models), failures, *more)


def _showing() -> Schema:
    shown = {
        **dict.fromkeys(("modelfile", "parameters", "template", "license"), ""),
        "details": _DETAILS,
        "model_info": {"general.architecture": "akash", "akash.context_length": 64000},
        "capabilities": ["completion", "tools"],
        "modified_at": "2025-09-19T12:00:00Z",
    }
    failures: tuple[Kind, ...] = (BadRequest, *kinds(ModelNotFound), *_BODY, *_LISTING)
    content = json_content(ref("OllamaShown"), {"model": example("A model", shown)})
    asked = json_content(ref("OllamaShowRequest"), {"model": example("One", {"model": "DeepSeek-V3.2"})})
    return {
        **_operation("ollamaShow", "Show a model", content, failures),
        "requestBody": {"required": True, "content": asked},
    }


def _version() -> Schema:
    content = json_content(ref("OllamaVersion"), {"version": example("The version", {"version": VERSION})})
    return _operation("ollamaVersion", "Tell the version", content, (Unauthenticated, InternalError))


def _operation(
    operation: str, summary: str, content: Schema, failures: tuple[Kind, ...], *more: str
) -> Schema:
    return {
        "operationId": operation,
        "tags": ["Ollama"],
        "summary": summary,
        "responses": {
            "200": {"description": "Told.", "headers": headers(*more), "content": content},
            **responses(*failures, form=_FORM),
        },
    }
