"""The gateway on a loopback port, in the test's own event loop."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from akashchat.app import create_app
from akashchat.clock import Chance, Clock
from akashchat.doctor.visit import examine
from akashchat.server.listening import listen
from akashchat.server.serve import server_config
from akashchat.settings import Settings

ONCE: dict[str, Any] = {"policies": {"rescue": False}, "akash": {"retries": 0}}
"""Options of a gateway that asks Akash once and tells what came of it."""


@asynccontextmanager
async def running(
    akash_url: str, clock: Clock | None = None, chance: Chance | None = None, **options: object
) -> AsyncIterator[str]:
    """Run a gateway before ``akash_url`` and give its address; ``options`` are settings by name.

    A failure is told as it comes: tests of how it looks need not provoke it twice.
    """
    calm: dict[str, dict[str, object]] = {
        "storage": {"path": ":memory:"},  # tests write nothing into anybody's home
        "akash": {"retries": 0},
        "policies": {"breaker_failures": 1000},
    }
    for name, value in options.items():
        calm[name] = {**calm[name], **value} if name in calm and isinstance(value, dict) else value  # type: ignore[assignment]
    settings = Settings(_env_file=None, AKASH_BASE_URL=akash_url, **calm)  # type: ignore[arg-type]
    app = create_app(settings, clock=clock, chance=chance, examine=examine)
    async with served(app, most_bytes=settings.server.max_body_bytes) as url:
        yield url


@asynccontextmanager
async def served(app: ASGIApp, **limits: int) -> AsyncIterator[str]:
    """Serve an application and give its address."""
    sockets = listen("127.0.0.1", 0)
    config = server_config(app, 1, **limits)
    # As ``serve`` would, less its ticking, and at the end without its patience: nothing is left to wait for.
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup(sockets)
    try:
        yield f"http://127.0.0.1:{sockets[0].getsockname()[1]}"
    finally:
        for listening in server.servers:
            listening.close()
        for connection in list(server.server_state.connections):
            connection.transport.abort()
        await asyncio.gather(*server.server_state.tasks, return_exceptions=True)
        await server.lifespan.shutdown()
