"""Whole replies in Ollama's words, and what their last line has in common with a stream's."""

from datetime import UTC, datetime
from typing import Any

from akashchat.dialects.base import Stamp
from akashchat.dialects.ollama.request import Load
from akashchat.dialects.pictures import markdown
from akashchat.errors import GatewayError, InvalidToolCall
from akashchat.model.events import FinishReason, Usage
from akashchat.model.reply import Replies, Reply
from akashchat.model.request import Request, ToolCall
from akashchat.wire.json import decode_any, encode


def render_chat(replies: Replies, request: Request, stamp: Stamp) -> bytes:
    """One reply to a chat."""
    reply = replies.choices[0]
    message: dict[str, Any] = {
        "role": "assistant",
        "content": _text(reply, stamp),
        **_thoughts(reply, request),
    }
    if reply.calls:
        message["tool_calls"] = [call_object(i, call) for i, call in enumerate(reply.calls)]
    return encode({**envelope(request, stamp), "message": message, **_end(reply, stamp)})


def render_generation(replies: Replies, request: Request, stamp: Stamp) -> bytes:
    """One reply to a prompt."""
    reply = replies.choices[0]
    said = {"response": _text(reply, stamp), **_thoughts(reply, request)}
    return encode({**envelope(request, stamp), **said, **_end(reply, stamp)})


def render_loaded(load: Load, stamp: Stamp) -> bytes:
    """The reply to a request that says nothing, the same as a stream: the model is there, as it always is."""
    said: dict[str, Any] = (
        {"message": {"role": "assistant", "content": ""}} if load.chat else {"response": ""}
    )
    end = ending(FinishReason.STOP, Usage(0, 0), 0.0, 0.0)
    return encode({
        **envelope(load, stamp), **said, "done": True, **end, "done_reason": "load" if load.keep else "unload"
    })  # fmt: skip


def render_error(error: GatewayError) -> bytes:
    """A failure as a body, and as the last line of a stream; where it has a place in the body, with that."""
    param = error.param
    where = f"{param}: " if param and param not in error.message else ""
    return encode({"error": where + error.message})


def _text(reply: Reply, stamp: Stamp) -> str:
    return "\n\n".join(filter(None, [reply.text, *[markdown(image, stamp) for image in reply.images]]))


def _thoughts(reply: Reply, request: Request) -> dict[str, str]:
    return {"thinking": reply.reasoning} if reply.reasoning and request.thoughts == "shown" else {}


def _end(reply: Reply, stamp: Stamp) -> dict[str, Any]:
    return {"done": True, **ending(reply.finish_reason, reply.usage, stamp.elapsed(), 0.0)}


def envelope(request: Request, stamp: Stamp) -> dict[str, Any]:
    """What every line of an answer has in common."""
    return {"model": request.model, "created_at": moment(stamp.created)}


def moment(seconds: int) -> str:
    """A moment as Ollama writes it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def ending(reason: FinishReason, usage: Usage, total_s: float, first_s: float) -> dict[str, Any]:
    """Why an answer is over and what it cost, in tokens and nanoseconds; an estimate says so.

    The prompt's share of the time is what went by before the first word, where that is known.
    """
    told = FinishReason.STOP if reason is FinishReason.TOOL_CALLS else reason
    return {
        "done_reason": told.value,
        "total_duration": _nanoseconds(total_s),
        "load_duration": 0,
        "prompt_eval_count": usage.input_tokens,
        "prompt_eval_duration": _nanoseconds(first_s),
        "eval_count": usage.output_tokens,
        "eval_duration": _nanoseconds(total_s - first_s),
        **({"estimated": True} if usage.estimated else {}),
    }


def _nanoseconds(seconds: float) -> int:
    return max(0, round(seconds * 1e9))


def call_object(index: int, call: ToolCall) -> dict[str, Any]:
    """A call, whose arguments are an object here; raises ``InvalidToolCall`` where they are none."""
    try:
        arguments = decode_any(call.arguments.encode()) if call.arguments.strip() else {}
    except ValueError:
        arguments = None
    if not isinstance(arguments, dict):
        raise InvalidToolCall(f"the model called '{call.name}' with arguments that are no JSON object")
    function = {"index": index, "name": call.name, "arguments": arguments}
    return {"id": call.id, "function": function}
