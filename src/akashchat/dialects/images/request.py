"""An image generation body, read."""

from typing import Literal

from msgspec import Raw, Struct

from akashchat.errors import BadRequest
from akashchat.model.request import Message, Picture, Request, TextPart
from akashchat.wire import json

_MAX_PICTURES = 10


class _Body(Struct):
    prompt: str
    model: str | None = None
    n: int | None = None
    response_format: Literal["url", "b64_json"] | None = None
    stream: bool | None = None
    user: str | None = None


_READ = frozenset(_Body.__struct_fields__)

# The pictures are what these ask for anyway: 1024 by 1024, WebP, whole.
_NO_EFFECT: dict[str, tuple[bytes, ...]] = {
    "size": (b'"1024x1024"', b'"auto"'),
    "quality": (b'"auto"', b'"standard"'),
    "background": (b'"auto"', b'"opaque"'),
    "moderation": (b'"auto"',),
    "output_format": (b'"webp"',),
    "output_compression": (b"100",),
    "partial_images": (b"0",),
}
PARAMETERS = frozenset({*_READ, *_NO_EFFECT, "style"})
"""Every parameter OpenAI documents for this dialect."""

SETTLED = {
    **dict.fromkeys(("prompt", "model", "response_format", "stream"), "gateway"),
    "user": "information",
}
"""Parameters that are no upstream's business, and what becomes of them."""

# Clients put these in without being asked; whoever names one wants a picture from whoever draws here.
_OPENAI_MODELS = ("dall-e", "gpt-image", "chatgpt-image")


def parse(body: bytes, model: str) -> Request:
    """A body as a request; raises ``BadRequest`` that says what was wrong and where."""
    asked = json.decode_body(body, dict[str, Raw])
    read = json.decode_body(body, _Body)
    if not read.prompt.strip():
        raise BadRequest("'prompt' must not be empty", param="prompt")
    if read.n is not None and not 1 <= read.n <= _MAX_PICTURES:
        raise BadRequest(f"'n' must be between 1 and {_MAX_PICTURES}, not {read.n}", param="n")
    named = read.model or model
    return Request(
        model=model if named.startswith(_OPENAI_MODELS) else named,
        messages=(Message("user", (TextPart(read.prompt),)),),
        stream=read.stream is True,
        n=read.n or 1,
        picture=Picture(data=read.response_format == "b64_json" or read.stream is True),
        user=read.user or "",
        options={
            name: value
            for name, value in asked.items()
            if name not in _READ
            and bytes(value).strip() != b"null"
            and bytes(value).strip() not in _NO_EFFECT.get(name, ())
        },
    )
