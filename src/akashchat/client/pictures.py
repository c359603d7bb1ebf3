"""A picture asked for, and what is told while it is made."""

import re
from collections.abc import Callable
from contextlib import aclosing

from msgspec import Struct

from akashchat.client.failures import Cut, event_value, understood
from akashchat.client.gateway import Gateway

_PATH = "/v1/images/generations"
_COMPLETED = b"image_generation.completed"
_FORMAT = re.compile(r"[a-z0-9]{1,10}\Z")


class Completed(Struct, frozen=True):
    """What is read of the event that brings it."""

    b64_json: bytes
    output_format: str = ""
    revised_prompt: str | None = None


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
                continue
            value = event_value(event.data)
            if event.name == _COMPLETED:
                return _picture(understood(value, Completed))
    raise Cut("the picture never came")


def _picture(told: Completed) -> Picture:
    form = told.output_format if _FORMAT.match(told.output_format) else "img"
    return Picture(told.b64_json, form, told.revised_prompt or "")
