"""A whole reply of the Messages API."""

from typing import Any, assert_never

import msgspec

from akashchat.dialects.anthropic import usage_object
from akashchat.dialects.base import Stamp
from akashchat.dialects.pictures import markdown
from akashchat.errors import InvalidToolCall
from akashchat.model.events import FinishReason, ImageReady, Usage
from akashchat.model.reply import ReasoningPart, Replies, Reply
from akashchat.model.request import Request, TextPart, ToolCall
from akashchat.wire.json import encode

SIGNATURE = ""
"""Thoughts of other models are not signed.  Official clients ask for a text here and take this one."""

BLANK = " \t\r\n"
"""What may stand around JSON."""

_REASONS = {
    FinishReason.STOP: "end_turn",
    FinishReason.LENGTH: "max_tokens",
    FinishReason.TOOL_CALLS: "tool_use",
    FinishReason.CONTENT_FILTER: "refusal",
}


def render_reply(replies: Replies, request: Request, stamp: Stamp) -> bytes:
    """One ``message``; raises ``InvalidToolCall`` for a call whose arguments are no object."""
    reply = replies.choices[0]
    return encode(
        {
            **message(request, stamp, _content(reply, request, stamp), reply.usage),
            **stop(reply.finish_reason, reply.stopped_by),
        }
    )


def message(request: Request, stamp: Stamp, content: list[dict[str, Any]], usage: Usage) -> dict[str, Any]:
    """A message that has not stopped."""
    return {
        "id": f"msg_{stamp.id}",
        "type": "message",
        "role": "assistant",
        "model": request.model,
        "content": content,
        "stop_reason": None,
        "stop_sequence": None,
        "stop_details": None,
        "container": None,
        "usage": usage_object(usage),
    }


def stop(reason: FinishReason, stopped_by: str) -> dict[str, Any]:
    """Why an answer is over."""
    refused = {"type": "refusal", "category": None, "explanation": None}
    return {
        "stop_reason": "stop_sequence" if stopped_by else _REASONS[reason],
        "stop_sequence": stopped_by or None,
        "stop_details": refused if reason is FinishReason.CONTENT_FILTER else None,
        "container": None,
    }


def text_block(text: str) -> dict[str, Any]:
    """A block of text."""
    return {"type": "text", "text": text, "citations": []}


def thinking_block(thoughts: str) -> dict[str, Any]:
    """A block of thoughts."""
    return {"type": "thinking", "thinking": thoughts, "signature": SIGNATURE}


def tool_block(call_id: str, name: str, arguments: Any) -> dict[str, Any]:
    """A call."""
    return {
        "type": "tool_use",
        "id": call_id,
        "name": name,
        "input": arguments,
        "caller": {"type": "direct"},
    }


def arguments_of(call: ToolCall) -> msgspec.Raw:
    """A call's arguments as they are, an empty object where there are none; raises ``InvalidToolCall``."""
    text = call.arguments.strip(BLANK) or "{}"
    try:
        msgspec.json.decode(text, type=dict[str, Any])
    except (msgspec.MsgspecError, RecursionError):
        raise InvalidToolCall(f"the arguments of a call of '{call.name}' are not a JSON object") from None
    return msgspec.Raw(text.encode())


def _content(reply: Reply, request: Request, stamp: Stamp) -> list[dict[str, Any]]:
    """The blocks, in the order of the answer."""
    blocks: list[dict[str, Any]] = []
    for part in reply.parts:
        match part:
            case TextPart(text):
                _say(blocks, text)
            case ImageReady():
                _say(blocks, markdown(part, stamp))
            case ReasoningPart(text):
                if request.thoughts != "hidden":
                    blocks.append(thinking_block(text if request.thoughts == "shown" else ""))
            case ToolCall():
                blocks.append(tool_block(part.id, part.name, arguments_of(part)))
            case _:
                assert_never(part)
    return blocks


def _say(blocks: list[dict[str, Any]], text: str) -> None:
    """More text: in a block of its own only where none is open."""
    if blocks and blocks[-1]["type"] == "text":
        blocks[-1]["text"] += text
    else:
        blocks.append(text_block(text))
