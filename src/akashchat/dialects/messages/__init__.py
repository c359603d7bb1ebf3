"""Anthropic's Messages, ``POST /v1/messages``.

https://platform.claude.com/docs/en/api/messages
"""

from akashchat.dialects.base import Encoder, Stamp
from akashchat.dialects.messages.reply import render_reply
from akashchat.dialects.messages.request import PARAMETERS, SETTLED, parse
from akashchat.dialects.messages.stream import MessagesEncoder
from akashchat.model.reply import Replies
from akashchat.model.request import Request


class Messages:
    """The dialect."""

    name = "messages"
    parameters = PARAMETERS
    settled = SETTLED

    def parse(self, body: bytes) -> Request:
        """See ``Dialect``."""
        return parse(body)

    def encoder(self, request: Request, stamp: Stamp) -> Encoder:
        """See ``Dialect``."""
        return MessagesEncoder(request, stamp)

    def render_reply(self, replies: Replies, request: Request, stamp: Stamp) -> bytes:
        """See ``Dialect``."""
        return render_reply(replies, request, stamp)
