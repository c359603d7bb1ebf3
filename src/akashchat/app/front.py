"""What stands before the endpoints: an id for each request, the form of its errors, and which pages may call."""

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from akashchat.app.ground import Ground
from akashchat.clock import Chance
from akashchat.dialects import anthropic
from akashchat.dialects.ollama import render_error as render_ollama_error
from akashchat.dialects.openai import render_error
from akashchat.policies.admission import Admission
from akashchat.server.forms import ErrorForms
from akashchat.server.middleware import Boundary, Origins
from akashchat.server.routes import Paths
from akashchat.settings import Settings

_LIMITED, _TOLD = ("requests", "tokens"), ("limit", "remaining", "reset")


def front(settings: Settings, paths: Paths, door: Admission, ground: Ground) -> ASGIApp:
    """The endpoints, behind it."""
    watched = ground.telemetry.watched(_boundary(settings, paths, door, ground.chance), paths.route)
    return _with_cors(watched, settings.server.cors_origins)


def _boundary(settings: Settings, inner: ASGIApp, door: Admission, chance: Chance) -> Boundary:
    server = settings.server
    own = Origins(allowed=server.cors_origins, public_url=server.public_url, guarded=lambda: not door.open)
    forms = ErrorForms(render_error, {"/api/": render_ollama_error}, {"/v1/messages": anthropic.render_error})
    return Boundary(inner, own, forms, chance)


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
            "server-timing",
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
