"""A whole response."""

from collections.abc import Sequence
from typing import Any, Literal, TypeAlias, assert_never

from msgspec import Struct

from akashchat.dialects.base import Stamp
from akashchat.dialects.pictures import markdown
from akashchat.dialects.responses.output import (
    Fields,
    Status,
    call_form,
    call_item,
    image_item,
    message_item,
    reasoning_item,
    text_part,
)
from akashchat.dialects.responses.request import Asked
from akashchat.errors import CallerError, GatewayError, RateLimited
from akashchat.model.events import FinishReason, ImageReady, Usage
from akashchat.model.reply import ReasoningPart, Replies, Reply, ReplyPart
from akashchat.model.request import Request, TextPart, ToolCall
from akashchat.wire.json import encode

ResponseStatus: TypeAlias = Literal["in_progress", "completed", "incomplete", "failed"]

INCOMPLETE = {
    FinishReason.LENGTH: "max_output_tokens",
    FinishReason.CONTENT_FILTER: "content_filter",
}
"""Why a response is not complete, by why its answer ended."""


class ResponsesOptions(Struct, frozen=True, kw_only=True):
    """The sampling that is used where none is asked for, where it is one and the same for all models."""

    temperature: float | None = None
    top_p: float | None = None


_DEFAULTS: Fields = {
    "previous_response_id": None,
    "instructions": None,
    "tools": [],
    "tool_choice": "auto",
    "temperature": None,
    "top_p": None,
    "parallel_tool_calls": True,
    "text": {"format": {"type": "text"}, "verbosity": "medium"},
    "reasoning": {"effort": None, "summary": None},
    "max_output_tokens": None,
    "max_tool_calls": None,
    "metadata": {},
    "store": False,
    "user": None,
    "safety_identifier": None,
    "prompt_cache_key": None,
}


def response_id(stamp: Stamp) -> str:
    """The response's id."""
    return f"resp_{stamp.id}"


def response_object(
    request: Request,
    stamp: Stamp,
    options: ResponsesOptions,
    status: ResponseStatus,
    output: Sequence[Fields] = (),
    *,
    usage: Usage | None = None,
    reason: str | None = None,
    error: GatewayError | None = None,
) -> Fields:
    """A response in any state of its life."""
    echo = {**_DEFAULTS, **(request.told if isinstance(request, Asked) else {})}
    sampling = {
        "temperature": options.temperature if echo["temperature"] is None else echo["temperature"],
        "top_p": options.top_p if echo["top_p"] is None else echo["top_p"],
    }
    return {
        "id": response_id(stamp),
        "object": "response",
        "created_at": stamp.created,
        "completed_at": stamp.created + int(stamp.elapsed()) if status == "completed" else None,
        "status": status,
        "background": False,
        "error": None if error is None else _error(error),
        "incomplete_details": None if reason is None else {"reason": reason},
        "model": request.model,
        "output": output,
        **echo,
        **sampling,
        "presence_penalty": 0.0,
        "frequency_penalty": 0.0,
        "top_logprobs": 0,
        "truncation": "disabled",
        "service_tier": "default",
        "usage": None if usage is None else usage_object(usage),
    }


def usage_object(usage: Usage) -> dict[str, Any]:
    """Usage in this dialect's words; an estimate says so in a field of its own."""
    tokens: dict[str, Any] = {
        "input_tokens": usage.input_tokens,
        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens": usage.output_tokens,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning_tokens},
        "total_tokens": usage.input_tokens + usage.output_tokens,
    }
    if usage.estimated:
        tokens["estimated"] = True
    return tokens


def _error(error: GatewayError) -> Fields:
    """A failure; ``code`` is one of the few that OpenAI allows here, ``type`` says it as elsewhere."""
    code = "server_error"
    if isinstance(error, RateLimited):
        code = "rate_limit_exceeded"
    elif isinstance(error, CallerError):
        code = "invalid_prompt"
    return {"code": code, "message": error.message, "param": error.param, "type": error.code or error.type}


def render_reply(replies: Replies, request: Request, stamp: Stamp, options: ResponsesOptions) -> bytes:
    """A response that has ended."""
    reply = replies.choices[0]
    return encode(
        finished(request, stamp, options, reply.finish_reason, reply.usage, _output(reply, request, stamp))
    )


def finished(
    request: Request,
    stamp: Stamp,
    options: ResponsesOptions,
    why: FinishReason,
    usage: Usage,
    output: Sequence[Fields],
) -> Fields:
    """A response whose answer has ended."""
    reason = INCOMPLETE.get(why)
    status: ResponseStatus = "completed" if reason is None else "incomplete"
    return response_object(request, stamp, options, status, output, usage=usage, reason=reason)


def _output(reply: Reply, request: Request, stamp: Stamp) -> list[Fields]:
    """The items, in the order of the answer."""
    ended: Status = "incomplete" if reply.finish_reason in INCOMPLETE else "completed"
    items: list[Fields] = []
    for part in reply.parts:
        # Only the last item can have been cut.
        items += _items(part, request, stamp, len(items), ended if part is reply.parts[-1] else "completed")
    if all(item["type"] == "reasoning" for item in items):
        items.append(message_item(stamp, len(items), ended, text_part("")))
    return items


def _items(part: ReplyPart, request: Request, stamp: Stamp, index: int, status: Status) -> list[Fields]:
    match part:
        case TextPart(text):
            return [message_item(stamp, index, status, text_part(text))]
        case ReasoningPart(text):
            summary = isinstance(request, Asked) and request.summary
            return [reasoning_item(stamp, index, status, text, summary=summary)]
        case ToolCall(call_id, name, arguments):
            return [call_item(stamp, index, status, call_id, call_form(request, name), arguments)]
        case ImageReady():
            shown = text_part(markdown(part, stamp))
            return [image_item(stamp, index, part), message_item(stamp, index + 1, "completed", shown)]
        case _:
            assert_never(part)
