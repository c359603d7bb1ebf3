"""A whole Chat Completions reply."""

from typing import Any

from akashchat.dialects.base import Stamp
from akashchat.dialects.chat.functions import FunctionsRequest, finish_reason
from akashchat.dialects.chat.stream import REASONING_FIELDS, ChatOptions, freeform
from akashchat.dialects.openai import usage_object
from akashchat.dialects.pictures import markdown, picture_url
from akashchat.model.reply import Replies, Reply
from akashchat.model.request import Request, TextPart, ToolCall
from akashchat.wire.json import encode


def render_reply(replies: Replies, request: Request, stamp: Stamp, options: ChatOptions) -> bytes:
    """One ``chat.completion``."""
    return encode(_completion(replies, request, stamp, options))


def render_picture(reply: Reply, request: Request, stamp: Stamp, options: ChatOptions) -> bytes:
    """One object that is both: a ``chat.completion`` with the picture in Markdown, and the Go project's.

    The latter documents ``{"code": 200, "data": {"model", "jobId", "prompt", "pic"}}``.
    """
    image = reply.images[0]
    picture = {
        "model": request.model,
        "jobId": image.job_id,
        "prompt": image.prompt,
        "pic": picture_url(image, stamp),
    }
    completion = _completion(Replies((reply,), reply.usage), request, stamp, options)
    return encode({"code": 200, "data": picture, **completion})


def _completion(replies: Replies, request: Request, stamp: Stamp, options: ChatOptions) -> dict[str, Any]:
    return {
        "id": f"chatcmpl-{stamp.id}",
        "object": "chat.completion",
        "created": stamp.created,
        "model": request.model,
        "choices": [
            {
                "index": index,
                "message": _message(reply, request, stamp, options),
                "logprobs": None,
                "finish_reason": finish_reason(reply.finish_reason, request),
            }
            for index, reply in enumerate(replies.choices)
        ],
        "usage": usage_object(replies.usage),
    }


def _message(reply: Reply, request: Request, stamp: Stamp, options: ChatOptions) -> dict[str, Any]:
    if len(reply.parts) == 1 and isinstance(part := reply.parts[0], TextPart):  # words, as in most replies
        return {"role": "assistant", "content": part.text, "refusal": None, "annotations": []}
    content = "\n\n".join(filter(None, [reply.text, *[markdown(image, stamp) for image in reply.images]]))
    fields: dict[str, Any] = {}
    if reply.reasoning:
        if options.reasoning == "tags":
            content = f"<think>\n{reply.reasoning}\n</think>\n\n{content}"
        fields = dict.fromkeys(REASONING_FIELDS[options.reasoning], reply.reasoning)
    custom = freeform(request)
    calls = [_call(call, custom=call.name in custom) for call in reply.calls]
    told: dict[str, Any] = {"tool_calls": calls} if calls else {}
    if calls and isinstance(request, FunctionsRequest):
        told = {"function_call": calls[0]["function"]}
    return {
        "role": "assistant",
        "content": None if calls and not content else content,
        "refusal": None,
        "annotations": [],
        **fields,
        **told,
    }


def _call(call: ToolCall, *, custom: bool) -> dict[str, Any]:
    if custom:
        return {"id": call.id, "type": "custom", "custom": {"name": call.name, "input": call.arguments}}
    function = {"name": call.name, "arguments": call.arguments}
    return {"id": call.id, "type": "function", "function": function}
