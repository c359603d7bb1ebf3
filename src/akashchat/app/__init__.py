"""The composition root: settings in, a running application out."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from akashchat.app.ground import Ground
from akashchat.app.house import House
from akashchat.clock import Chance, Clock, SystemChance, SystemClock
from akashchat.dialects import anthropic
from akashchat.dialects.ollama import render_error as render_ollama_error
from akashchat.dialects.openai import render_error
from akashchat.policies.admission import Admission
from akashchat.server.forms import ErrorForms
from akashchat.server.middleware import Boundary, Origins
from akashchat.server.routes import Paths
from akashchat.settings import Settings

_LIMITED, _TOLD = ("requests", "tokens"), ("limit", "remaining", "reset")


def create_app(settings: Settings, *, clock: Clock | None = None, chance: Chance | None = None) -> ASGIApp:
    """The gateway as an ASGI application; connections open at its start-up and close at its end."""
    ground = Ground(settings, clock or SystemClock(), chance or SystemChance())
    house = House(settings, ground)

    @asynccontextmanager
    async def lifespan(_: Any) -> AsyncIterator[None]:
        async with ground, house:
            yield

    paths = Paths(house.table, lifespan, house.sockets)
    return _with_cors(_boundary(settings, paths, house.passes, ground.chance), settings.server.cors_origins)


def _boundary(settings: Settings, paths: Paths, door: Admission, chance: Chance) -> Boundary:
    server = settings.server
    own = Origins(allowed=server.cors_origins, public_url=server.public_url, guarded=lambda: not door.open)
    forms = ErrorForms(render_error, {"/api/": render_ollama_error}, {"/v1/messages": anthropic.render_error})
    return Boundary(paths, own, forms, chance)


def _with_cors(app: ASGIApp, origins: list[str]) -> ASGIApp:
    if not origins:
        return app
    return CORSMiddleware(
        app,
        allow_origins=origins,
        allow_methods=["*"],
        allow_headers=["*"],
        allow_credentials="*" not in origins,
        expose_headers=[
            "request-id",
            "retry-after",
            "x-akashchat-allowed-tokens",
            "x-akashchat-attempts",
            "x-akashchat-ignored",
            "x-akashchat-model",
            "x-akashchat-rescued",
            "x-akashchat-stale",
            "x-akashchat-upstream",
            *(f"x-ratelimit-{told}-{what}" for what in _LIMITED for told in _TOLD),
            *(f"anthropic-ratelimit-{what}-{told}" for what in _LIMITED for told in _TOLD),
            "x-request-id",
            "x-should-retry",
        ],
        max_age=3600,
    )
