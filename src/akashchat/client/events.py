"""What happens at a gateway, as it tells it."""

from collections.abc import AsyncGenerator
from typing import Any
from urllib.parse import urlencode

from akashchat.client.failures import event_value
from akashchat.client.gateway import Gateway

_PATH = "/admin/events"


async def events(gateway: Gateway, filters: dict[str, str]) -> AsyncGenerator[dict[str, Any], None]:
    """Each answer as it ends, from now on; filters without a value count for nothing.  Raises ``Failed``."""
    asked = urlencode({name: value for name, value in filters.items() if value})
    async for frame in gateway.follow(f"{_PATH}?{asked}" if asked else _PATH):
        if not isinstance(frame, str):
            yield event_value(frame.data)
