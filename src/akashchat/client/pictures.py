"""A picture asked for, and what is told while it is made."""

import base64
import re
from collections.abc import Callable
from contextlib import aclosing
from typing import Any

from msgspec import Struct

from akashchat.client.failures import Cut, Refused, words
from akashchat.client.gateway import Gateway
from akashchat.wire.json import decode_any

_PATH = "/v1/images/generations"
_COMPLETED = b"image_generation.completed"
_FORMAT = re.compile(r"[a-z0-9]{1,10}\Z")


class Picture(Struct, frozen=True):
    """A picture; ``format`` is what it is encoded as, fit for a file's name, ``prompt`` what it was drawn from."""

    data: bytes
    format: str
    prompt: str

    @property
    def media_type(self) -> str:
        """What a browser would call it."""
        return f"image/{self.format}"


async def draw(gateway: Gateway, prompt: str, model: str, told: Callable[[str], None]) -> Picture:
    """Have a picture drawn; ``told`` is given each word about how far it is.  Raises ``Failed``.

    Without a model the gateway's own choice draws.
    """
    request = {"prompt": prompt, **({"model": model} if model else {})}
    async with aclosing(gateway.stream(_PATH, request)) as events:
        async for event in events:
            if isinstance(event, str):
                told(event)
            elif event.name == _COMPLETED:
                return _picture(decode_any(event.data))
            elif why := words(decode_any(event.data)):
                raise Refused(why)
    raise Cut("the picture never came")


def _picture(told: dict[str, Any]) -> Picture:
    form = str(told.get("output_format", ""))
    return Picture(
        base64.b64decode(told["b64_json"]),
        form if _FORMAT.match(form) else "img",
        str(told.get("revised_prompt") or ""),
    )
