"""Server-sent events, the writing half; ``wire.frames`` reads them.

https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

DONE = b"data: [DONE]\n\n"
"""How OpenAI's streams end."""

PING = b": ping\n\n"
"""A comment: keeps proxies and clients awake and means nothing."""


def frame(data: bytes) -> bytes:
    """One event; ``data`` must hold no line breaks, which compact JSON never does."""
    return b"data: " + data + b"\n\n"


def named(event: str, data: bytes) -> bytes:
    """One event with a name."""
    return b"event: " + event.encode() + b"\ndata: " + data + b"\n\n"


def comment(text: str) -> bytes:
    """A comment of one line."""
    return b": " + " ".join(text.split()).encode("utf-8", "replace") + b"\n\n"
