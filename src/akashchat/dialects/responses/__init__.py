"""OpenAI's Responses, ``POST /v1/responses``.

https://platform.openai.com/docs/api-reference/responses
"""

from akashchat.dialects.base import Encoder, Stamp
from akashchat.dialects.responses.reply import ResponsesOptions, render_reply
from akashchat.dialects.responses.request import PARAMETERS, SETTLED, Recalled, parse
from akashchat.dialects.responses.stream import ResponsesEncoder
from akashchat.model.reply import Replies
from akashchat.model.request import Request


class Responses:
    """The dialect; it remembers nothing, so a body that refers to earlier ones is refused."""

    name = "responses"
    parameters = PARAMETERS
    settled = SETTLED

    def __init__(self, options: ResponsesOptions) -> None:
        self._options = options

    def parse(self, body: bytes) -> Request:
        """See ``Dialect``."""
        return parse(body, Recalled())

    def encoder(self, request: Request, stamp: Stamp) -> Encoder:
        """See ``Dialect``."""
        return ResponsesEncoder(request, stamp, self._options)

    def render_reply(self, replies: Replies, request: Request, stamp: Stamp) -> bytes:
        """See ``Dialect``."""
        return render_reply(replies, request, stamp, self._options)
