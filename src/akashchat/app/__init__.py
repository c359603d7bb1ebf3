"""The composition root: settings in, a running application out."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from akashchat.app.endpoints import Endpoints
from akashchat.app.upstreams import Upstreams
from akashchat.clock import Chance, Clock, SystemChance, SystemClock
from akashchat.dialects import anthropic
from akashchat.dialects.ollama import render_error as render_ollama_error
from akashchat.dialects.openai import render_error
from akashchat.dialects.responses.reply import ResponsesOptions
from akashchat.gateway.gateway import Gateway, GatewayOptions
from akashchat.model.aliases import Aliases
from akashchat.policies.admission import BearerToken
from akashchat.policies.links import Links
from akashchat.policies.passes import Passes
from akashchat.server.forms import ErrorForms
from akashchat.server.middleware import Boundary, Origins
from akashchat.server.remembering import Memory
from akashchat.server.routes import Paths
from akashchat.settings import Settings
from akashchat.storage.sqlite import SqliteStore
from akashchat.storage.table import SqliteOptions
from akashchat.telemetry.exposition import exposed
from akashchat.telemetry.logs import LogObserver
from akashchat.telemetry.metrics import Metrics
from akashchat.upstreams.akash.request import DEFAULT_TEMPERATURE, DEFAULT_TOP_P


def create_app(settings: Settings, *, clock: Clock | None = None, chance: Chance | None = None) -> ASGIApp:
    """The gateway as an ASGI application; connections open at its start-up and close at its end."""
    clock = clock or SystemClock()
    chance = chance or SystemChance()
    key = settings.bearer_token.get_secret_value()

    metrics = Metrics()
    passes = Passes(BearerToken(key), key, clock.now)
    upstreams = Upstreams(settings, clock, chance, drifted=metrics.drifted)
    metrics.looks.append(upstreams.figures)
    aliases = Aliases(settings.models.aliases)
    store = _store(settings, clock)
    log = LogObserver(clock, settings.logs.level, settings.logs.format)
    gateway = Gateway(
        upstreams.composed(aliases),
        upstreams.pictures,
        passes,
        Links(key),
        [log, metrics],
        clock=clock,
        options=GatewayOptions(strict=settings.strict, compat=settings.compat != "", aliases=aliases),
    )

    @asynccontextmanager
    async def lifespan(_: Any) -> AsyncIterator[None]:
        async with upstreams:
            try:
                yield
            finally:
                log.close()
                await store.close()

    memory = Memory(store, _responses_options(settings))
    endpoints = Endpoints(
        settings,
        gateway,
        memory,
        upstreams.forwarders,
        lambda: exposed(metrics.collect()),
        upstreams.states,
        passes=passes,
        clock=clock,
        chance=chance,
    )
    paths = Paths(endpoints.table(), lifespan, endpoints.sockets())
    return _with_cors(_boundary(settings, paths, chance), settings.server.cors_origins)


def _store(settings: Settings, clock: Clock) -> SqliteStore:
    storage = settings.storage
    return SqliteStore(SqliteOptions(path=storage.file(), retention_days=storage.retention_days), clock)


def _boundary(settings: Settings, paths: Paths, chance: Chance) -> Boundary:
    server, guarded = settings.server, bool(settings.bearer_token.get_secret_value())
    own = Origins(allowed=server.cors_origins, public_url=server.public_url, guarded=guarded)
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
            "x-akashchat-attempts",
            "x-akashchat-ignored",
            "x-akashchat-model",
            "x-akashchat-rescued",
            "x-akashchat-stale",
            "x-akashchat-upstream",
            "x-request-id",
            "x-should-retry",
        ],
        max_age=3600,
    )


def _responses_options(settings: Settings) -> ResponsesOptions:
    if settings.akash.sampling == "model":
        return ResponsesOptions()
    return ResponsesOptions(temperature=DEFAULT_TEMPERATURE, top_p=DEFAULT_TOP_P)
