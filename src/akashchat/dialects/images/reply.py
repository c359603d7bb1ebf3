"""A whole image generation reply."""

from typing import Any

from akashchat.dialects.base import Stamp
from akashchat.dialects.pictures import base64_text, picture_url
from akashchat.errors import NoImage
from akashchat.model.events import ImageReady
from akashchat.model.reply import Replies
from akashchat.model.request import Request
from akashchat.wire.json import encode

_LONGEST_QUOTE = 300


def render_reply(replies: Replies, request: Request, stamp: Stamp) -> bytes:
    """The pictures; raises ``NoImage`` when the model answered with text instead of any of them."""
    images = [image for reply in replies.choices for image in reply.images]
    if len(images) < len(replies.choices):
        text = next(reply.text for reply in replies.choices if not reply.images)
        raise no_image(text)
    as_data = request.picture is not None and request.picture.data
    return encode(
        {
            "created": stamp.created,
            "data": [_picture(image, stamp, as_data=as_data) for image in images],
            "output_format": images[0].media_type.partition("/")[2],
        }
    )


def no_image(text: str) -> NoImage:
    """The error of a model that talks instead of drawing."""
    said = " ".join(text.split())
    quote = said if len(said) <= _LONGEST_QUOTE else said[:_LONGEST_QUOTE] + "…"
    return NoImage(
        f"the model answered with text instead of an image: {quote or '(nothing)'}", param="prompt"
    )


def _picture(image: ImageReady, stamp: Stamp, *, as_data: bool) -> dict[str, Any]:
    where = {"b64_json": base64_text(image)} if as_data else {"url": picture_url(image, stamp)}
    return {**where, "revised_prompt": image.prompt}
