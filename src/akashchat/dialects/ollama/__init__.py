"""Ollama's API: ``POST /api/chat`` and ``POST /api/generate``, and what its clients ask of models.

https://github.com/ollama/ollama/blob/main/docs/api.md

Its streams are lines of JSON, and they are what comes where a body does not say otherwise.
"""

from akashchat.dialects.base import Encoder, Stamp
from akashchat.dialects.ollama.models import (
    VERSION,
    parse_show,
    render_models,
    render_none,
    render_shown,
    render_version,
)
from akashchat.dialects.ollama.reply import render_chat, render_error, render_generation, render_loaded
from akashchat.dialects.ollama.request import (
    CHAT_PARAMETERS,
    GENERATE_PARAMETERS,
    SETTLED,
    Load,
    parse_chat,
    parse_generate,
)
from akashchat.dialects.ollama.stream import LineEncoder
from akashchat.model.reply import Replies
from akashchat.model.request import Request

__all__ = [
    "STREAM_TYPE",
    "VERSION",
    "Load",
    "OllamaChat",
    "OllamaGenerate",
    "parse_show",
    "render_error",
    "render_loaded",
    "render_models",
    "render_none",
    "render_shown",
    "render_version",
]

STREAM_TYPE = b"application/x-ndjson"
"""What the streams are."""


class OllamaChat:
    """``/api/chat``, a dialect."""

    name = "ollama_chat"
    parameters = CHAT_PARAMETERS
    settled = SETTLED

    def parse(self, body: bytes) -> Request:
        """See ``Dialect``."""
        return parse_chat(body)

    def encoder(self, request: Request, stamp: Stamp) -> Encoder:
        """See ``Dialect``."""
        return LineEncoder(request, stamp, chat=True)

    def render_reply(self, replies: Replies, request: Request, stamp: Stamp) -> bytes:
        """See ``Dialect``."""
        return render_chat(replies, request, stamp)


class OllamaGenerate:
    """``/api/generate``, a dialect."""

    name = "ollama_generate"
    parameters = GENERATE_PARAMETERS
    settled = SETTLED

    def parse(self, body: bytes) -> Request:
        """See ``Dialect``."""
        return parse_generate(body)

    def encoder(self, request: Request, stamp: Stamp) -> Encoder:
        """See ``Dialect``."""
        return LineEncoder(request, stamp, chat=False)

    def render_reply(self, replies: Replies, request: Request, stamp: Stamp) -> bytes:
        """See ``Dialect``."""
        return render_generation(replies, request, stamp)
