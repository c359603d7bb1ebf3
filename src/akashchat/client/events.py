"""What happens at a gateway, as it tells it."""

from collections.abc import AsyncGenerator
from typing import Any
from urllib.parse import urlencode

from akashchat.client.failures import Failed, understood
from akashchat.client.gateway import Gateway
from akashchat.wire.json import decode_any

_PATH = "/admin/events"


async def events(gateway: Gateway, filters: dict[str, str]) -> AsyncGenerator[dict[str, Any], None]:
    """Each answer as it ends, from now on; filters without a value count for nothing.  Raises ``Failed``."""
    asked = urlencode({name: value for name, value in filters.items() if value})
    async for frame in gateway.follow(f"{_PATH}?{asked}" if asked else _PATH):
        if not isinstance(frame, str):
            yield _told(frame.data)


def _told(data: bytes) -> dict[str, Any]:
    """What an event says; its ``error`` is a word of the answer it tells of, and no failure of this stream."""
    try:
        told = decode_any(data)
    except ValueError as error:
        raise Failed("what answers there is no gateway: an event without JSON") from error
    return understood(told, dict[str, Any])
