"""A whole Completions reply."""

from typing import Any

from akashchat.dialects.base import Stamp
from akashchat.dialects.chat.stream import REASONING_FIELDS, ChatOptions
from akashchat.dialects.completions.stream import envelope, finish_reason, prompt
from akashchat.dialects.openai import usage_object
from akashchat.dialects.pictures import markdown
from akashchat.model.reply import Replies, Reply
from akashchat.model.request import Request
from akashchat.wire.json import encode


def render_reply(replies: Replies, request: Request, stamp: Stamp, options: ChatOptions) -> bytes:
    """One ``text_completion``."""
    choices = [_choice(i, reply, request, stamp, options) for i, reply in enumerate(replies.choices)]
    return encode({**envelope(request, stamp), "choices": choices, "usage": usage_object(replies.usage)})


def _choice(index: int, reply: Reply, request: Request, stamp: Stamp, options: ChatOptions) -> dict[str, Any]:
    text = reply.text + "".join([markdown(image, stamp) for image in reply.images])
    fields: dict[str, Any] = {}
    if reply.reasoning:
        if options.reasoning == "tags":
            text = f"<think>\n{reply.reasoning}\n</think>\n\n{text}"
        fields = dict.fromkeys(REASONING_FIELDS[options.reasoning], reply.reasoning)
    return {
        "index": index,
        "text": prompt(request, index) + text if request.echo else text,
        **fields,
        "logprobs": None,
        "finish_reason": finish_reason(reply.finish_reason),
    }
