"""The composition root: settings in, a running application out."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from akashchat.app.endpoints import Endpoints
from akashchat.clock import Chance, Clock, SystemChance, SystemClock
from akashchat.dialects import anthropic
from akashchat.dialects.ollama import render_error as render_ollama_error
from akashchat.dialects.openai import render_error
from akashchat.dialects.responses.reply import ResponsesOptions
from akashchat.emulation.aliased import Aliased
from akashchat.emulation.choices import Choices
from akashchat.emulation.emulated import Emulated, EmulationOptions
from akashchat.gateway.gateway import Gateway, GatewayOptions
from akashchat.model.aliases import Aliases
from akashchat.policies.admission import BearerToken
from akashchat.policies.failover import Failover
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
from akashchat.upstreams.akash.drawing import Drawing, DrawingOptions
from akashchat.upstreams.akash.listing import ModelList
from akashchat.upstreams.akash.quota import Quota
from akashchat.upstreams.akash.request import DEFAULT_TEMPERATURE, DEFAULT_TOP_P, RequestOptions
from akashchat.upstreams.akash.sessions import Sessions
from akashchat.upstreams.akash.site import Site, SiteOptions
from akashchat.upstreams.akash.web import AkashWeb
from akashchat.upstreams.http.client import Http, HttpOptions
from akashchat.upstreams.listing import Listing


def create_app(settings: Settings, *, clock: Clock | None = None, chance: Chance | None = None) -> ASGIApp:
    """The gateway as an ASGI application; connections open at its start-up and close at its end."""
    clock = clock or SystemClock()
    chance = chance or SystemChance()
    key = settings.bearer_token.get_secret_value()

    http = Http(_http_options(settings), clock)
    site = Site(http, _site_options(settings))
    sessions = _sessions(settings, site, clock)
    drawing = Drawing(site, DrawingOptions(timeout_s=settings.akash.image_timeout_s), clock, chance)
    store = _store(settings, clock)
    models = ModelList(site, sessions, clock, AkashWeb.name)
    akash = AkashWeb(
        site,
        sessions,
        Listing(models.fetch, models.trusted, clock),
        Quota(site, clock),
        drawing,
        options=_request_options(settings),
        clock=clock,
        chance=chance,
    )
    aliases = Aliases(settings.models.aliases)
    log = LogObserver(clock, settings.logs.level, settings.logs.format)
    metrics = Metrics()
    passes = Passes(BearerToken(key), key, clock.now)
    upstreams = [Emulated(akash, _emulation_options(settings), chance)]
    gateway = Gateway(
        Aliased(Choices(Failover(upstreams, strict=settings.strict)), aliases),
        drawing,
        passes,
        Links(key),
        [log, metrics],
        clock=clock,
        options=GatewayOptions(strict=settings.strict, compat=settings.compat != "", aliases=aliases),
    )

    @asynccontextmanager
    async def lifespan(_: Any) -> AsyncIterator[None]:
        async with http:
            try:
                yield
            finally:
                log.close()
                await sessions.close()
                await store.close()

    memory = Memory(store, _responses_options(settings))
    endpoints = Endpoints(
        settings, gateway, memory, lambda: exposed(metrics.collect()), clock, chance, passes=passes
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
            "x-akashchat-ignored",
            "x-akashchat-model",
            "x-akashchat-stale",
            "x-request-id",
            "x-should-retry",
        ],
        max_age=3600,
    )


def _http_options(settings: Settings) -> HttpOptions:
    akash = settings.akash
    return HttpOptions(
        base_url=settings.akash_base_url,
        proxy=akash.proxy.get_secret_value(),
        connect_timeout_s=akash.connect_timeout_s,
        first_byte_timeout_s=akash.first_byte_timeout_s,
        idle_timeout_s=akash.idle_timeout_s,
    )


def _site_options(settings: Settings) -> SiteOptions:
    return SiteOptions(
        base_url=settings.akash_base_url,
        user_agent=settings.akash.user_agent,
        cookie=settings.akash.cookie.get_secret_value(),
    )


def _sessions(settings: Settings, site: Site, clock: Clock) -> Sessions:
    cookie, token = settings.akash.cookie, settings.akash.access_token
    return Sessions(site, clock, own_cookie=cookie.get_secret_value(), access_token=token.get_secret_value())


def _request_options(settings: Settings) -> RequestOptions:
    return RequestOptions(persona=settings.akash.persona, model_sampling=settings.akash.sampling == "model")


def _responses_options(settings: Settings) -> ResponsesOptions:
    if settings.akash.sampling == "model":
        return ResponsesOptions()
    return ResponsesOptions(temperature=DEFAULT_TEMPERATURE, top_p=DEFAULT_TOP_P)


def _emulation_options(settings: Settings) -> EmulationOptions:
    return EmulationOptions(
        split_reasoning=settings.chat.reasoning != "tags",
        thinks_first=tuple(settings.emulation.thinks_first),
    )
