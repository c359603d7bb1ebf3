"""A conversation made short: asked of the model, and given back as one item.

OpenAI's item holds what only OpenAI can read.  Ours holds a summary in the model's words: opaque in form, as
clients expect it, and read back where it stands in a later ``input``.
https://platform.openai.com/docs/api-reference/responses/compact
"""

import msgspec

from akashchat.dialects.base import Stamp
from akashchat.dialects.responses.items import compaction_content
from akashchat.dialects.responses.output import item_id
from akashchat.dialects.responses.reply import response_id, usage_object
from akashchat.dialects.responses.request import Asked
from akashchat.errors import AnswerCut
from akashchat.model.events import FinishReason
from akashchat.model.reply import Replies
from akashchat.model.request import Message, TextPart, ToolChoice
from akashchat.wire.json import encode

_WISH = """\
Sum this conversation up for yourself: your summary takes the place of all that was said, and you go on from it.
Keep what was asked and decided, names, numbers, paths and code that matter word for word, what calls of tools gave,
what is done and what is left to do. Write the summary and nothing else."""


def asking_for_summary(request: Asked) -> Asked:
    """The same conversation, with the wish for a summary at its end."""
    wish = Message("user", (TextPart(_WISH),))
    return msgspec.structs.replace(
        request,
        messages=(*request.messages, wish),
        stream=False,
        tools=(),
        tool_choice=ToolChoice(),
        output=None,
        max_tokens=None,
    )


def render_compaction(replies: Replies, stamp: Stamp) -> bytes:
    """One ``response.compaction``; raises ``AnswerCut`` where the summary is none or not whole."""
    reply = replies.choices[0]
    if not reply.text.strip() or reply.finish_reason is not FinishReason.STOP:
        raise AnswerCut("the model gave no whole summary")
    item = {
        "id": item_id("cmp", stamp, 0),
        "type": "compaction",
        "encrypted_content": compaction_content(reply.text.strip()),
    }
    return encode(
        {
            "id": response_id(stamp),
            "object": "response.compaction",
            "created_at": stamp.created,
            "output": [item],
            "usage": usage_object(reply.usage),
        }
    )
