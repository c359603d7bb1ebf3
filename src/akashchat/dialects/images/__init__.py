"""OpenAI's image generation, ``POST /v1/images/generations``.

https://platform.openai.com/docs/api-reference/images/create
"""

from akashchat.dialects.base import Encoder, Stamp
from akashchat.dialects.images.reply import render_reply
from akashchat.dialects.images.request import PARAMETERS, SETTLED, parse
from akashchat.dialects.images.stream import ImagesEncoder
from akashchat.model.reply import Replies
from akashchat.model.request import Request


class Images:
    """The dialect; ``model`` is who draws when a body names nobody or an OpenAI model."""

    name = "images"
    parameters = PARAMETERS
    settled = SETTLED

    def __init__(self, model: str) -> None:
        self._model = model

    def parse(self, body: bytes) -> Request:
        """See ``Dialect``."""
        return parse(body, self._model)

    def encoder(self, request: Request, stamp: Stamp) -> Encoder:  # noqa: ARG002  a Dialect
        """See ``Dialect``."""
        return ImagesEncoder(stamp)

    def render_reply(self, replies: Replies, request: Request, stamp: Stamp) -> bytes:
        """See ``Dialect``."""
        return render_reply(replies, request, stamp)
