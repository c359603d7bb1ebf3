"""The simulator run by itself, for a person to look at."""

import asyncio
from collections.abc import Callable
from typing import Final

from akashchat.simulator.catalogue import Dialect
from akashchat.simulator.quota import AKASH_QUOTA_TOKENS
from akashchat.simulator.server import Simulator

DEFAULT_PORT: Final = 16572
"""Beside the gateway's own."""


async def serve(
    host: str = "127.0.0.1",
    port: int = DEFAULT_PORT,
    *,
    dialect: Dialect = "new",
    pace_s: float = 0.03,
    quota_tokens: int | None = AKASH_QUOTA_TOKENS,
    access_token: str | None = None,
    image_s: float = 3.0,
    announce: Callable[[Simulator], None] | None = None,
) -> None:
    """Run a simulator at a human pace until cancelled; ``announce`` is called once it listens."""
    simulator = Simulator(
        dialect=dialect,
        host=host,
        port=port,
        pace_s=pace_s,
        quota_tokens=quota_tokens,
        access_token=access_token,
        image_s=image_s,
    )
    async with simulator:
        if announce is not None:
            announce(simulator)
        await asyncio.Event().wait()
