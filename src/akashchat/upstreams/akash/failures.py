"""What Akash says when something went wrong, and what it means.

LLM failures arrive as text in a reply whose status is 200, so meaning must be read off the words.  The
table is tried from the top; each row names who says so.
"""

import re

from akashchat.errors import (
    AnswerCut,
    BadRequest,
    ContextLengthExceeded,
    GatewayError,
    ImageFailed,
    ModelNotFound,
    RateLimited,
    UpstreamError,
    UpstreamUnavailable,
)
from akashchat.upstreams.quoting import quoted

_TABLE: tuple[tuple[re.Pattern[str], type[GatewayError], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), kind, message)
    for pattern, kind, message in (
        # LiteLLM, behind the app; the app itself passes an unknown model on.
        (
            r"invalid model name passed in model=AkashGen",
            ImageFailed,
            "AkashGen could not start an image: its image service failed",
        ),
        (r"invalid model name passed in model", ModelNotFound, ""),
        (
            r"context.?length|maximum context|ContextWindowExceeded|message too long|too much content",
            ContextLengthExceeded,
            "",
        ),
        (r"rate.?limit|max parallel request|too many requests|no deployments", RateLimited, ""),
        (
            r"insufficient credits|exceeded.{0,20}budget",
            UpstreamUnavailable,
            "Akash's own account with its model provider is out of credits",
        ),
        (
            r"authentication error|invalid api key|invalid proxy server token|unauthorized",
            UpstreamError,
            "Akash could not authenticate to its own model backend",
        ),
        (r"error generating image", ImageFailed, ""),
        # Node's fetch, inside the app, when the connection to the model was cut.
        (
            r"^terminated$|other side closed|socket hang up|ECONNRESET",
            AnswerCut,
            "the model's answer was cut off inside Akash",
        ),
        # The AI SDK, before anything is sent to a model.
        (
            r"^invalid (prompt|argument)|unsupported role|must specify a content type|startsWith is not",
            BadRequest,
            "",
        ),
        (r"^bad request", BadRequest, ""),
        (
            r"tried to call unavailable tool",
            UpstreamError,
            "the model tried to call a tool, and Akash Chat cannot offer it any",
        ),
        (r"^failed after \d+ attempts", UpstreamError, ""),
        (r"^\[object object\]$", UpstreamError, "the model failed inside Akash, which does not say why"),
    )
)


def explained(text: str) -> GatewayError:
    """The error behind a message of Akash's; the caller sees the message, without secrets."""
    for pattern, kind, message in _TABLE:
        if pattern.search(text):
            return kind(message or f"Akash: {quoted(text)}")
    return UpstreamError(f"Akash: {quoted(text)}" if text.strip() else "Akash failed and does not say why")
