"""OpenAI's older Completions, ``POST /v1/completions``.

https://platform.openai.com/docs/api-reference/completions

Behind this are models that converse: a prompt is what the user says, and the answer is the completion.
"""

from akashchat.dialects.base import Encoder, Stamp
from akashchat.dialects.chat.stream import ChatOptions
from akashchat.dialects.completions.reply import render_reply
from akashchat.dialects.completions.request import PARAMETERS, SETTLED, parse
from akashchat.dialects.completions.stream import CompletionEncoder
from akashchat.model.reply import Replies
from akashchat.model.request import Request


class Completions:
    """The dialect."""

    name = "completions"
    parameters = PARAMETERS
    settled = SETTLED

    def __init__(self, options: ChatOptions) -> None:
        self._options = options

    def parse(self, body: bytes) -> Request:
        """See ``Dialect``."""
        return parse(body)

    def encoder(self, request: Request, stamp: Stamp) -> Encoder:
        """See ``Dialect``."""
        return CompletionEncoder(request, stamp, self._options)

    def render_reply(self, replies: Replies, request: Request, stamp: Stamp) -> bytes:
        """See ``Dialect``."""
        return render_reply(replies, request, stamp, self._options)
