"""Pictures in replies: as an address, as data, as Markdown."""

import base64

from akashchat.dialects.base import Stamp
from akashchat.model.events import ImageReady

_MARKDOWN = str.maketrans({"[": r"\[", "]": r"\]", "\\": r"\\"})


def markdown(image: ImageReady, stamp: Stamp) -> str:
    """A picture in a text, described by its prompt."""
    described = " ".join(image.prompt.translate(_MARKDOWN).split())
    return f"![{described}]({picture_url(image, stamp)})"


def picture_url(image: ImageReady, stamp: Stamp) -> str:
    """Where a client finds the picture; the picture itself where there is only that."""
    if image.name:
        return stamp.file_url(image.name)
    return f"data:{image.media_type};base64,{base64_text(image)}"


def base64_text(image: ImageReady) -> str:
    """The picture's bytes as text."""
    return base64.b64encode(image.data).decode()
