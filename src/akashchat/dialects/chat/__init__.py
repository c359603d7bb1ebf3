"""OpenAI's Chat Completions, ``POST /v1/chat/completions``.

https://platform.openai.com/docs/api-reference/chat
"""

from akashchat.dialects.base import Encoder, Stamp
from akashchat.dialects.chat.reply import render_picture, render_reply
from akashchat.dialects.chat.request import PARAMETERS, SETTLED, parse
from akashchat.dialects.chat.stream import ChatEncoder, ChatOptions, ChoicesEncoder
from akashchat.model.reply import Replies
from akashchat.model.request import Request


class Chat:
    """The dialect."""

    name = "chat"
    parameters = PARAMETERS
    settled = SETTLED

    def __init__(self, options: ChatOptions) -> None:
        self._options = options

    def parse(self, body: bytes) -> Request:
        """See ``Dialect``."""
        return parse(body)

    def encoder(self, request: Request, stamp: Stamp) -> Encoder:
        """See ``Dialect``."""
        if request.n > 1:
            return ChoicesEncoder(request, stamp, self._options)
        return ChatEncoder(request, stamp, self._options)

    def render_reply(self, replies: Replies, request: Request, stamp: Stamp) -> bytes:
        """See ``Dialect``."""
        if request.n == 1 and replies.choices[0].images:
            return render_picture(replies.choices[0], request, stamp, self._options)
        return render_reply(replies, request, stamp, self._options)
