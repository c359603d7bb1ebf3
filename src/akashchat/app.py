"""The composition root: settings in, a running application out."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from akashchat import __version__, tokens
from akashchat.clock import Chance, Clock, SystemChance, SystemClock
from akashchat.dialects import anthropic
from akashchat.dialects.base import Dialect
from akashchat.dialects.chat import Chat
from akashchat.dialects.chat.stream import ChatOptions
from akashchat.dialects.completions import Completions
from akashchat.dialects.images import Images
from akashchat.dialects.messages import Messages
from akashchat.dialects.messages.request import parse_count
from akashchat.dialects.ollama import STREAM_TYPE, OllamaChat, OllamaGenerate
from akashchat.dialects.ollama import render_error as render_ollama_error
from akashchat.dialects.openai import render_error
from akashchat.dialects.responses import Responses
from akashchat.dialects.responses.reply import ResponsesOptions
from akashchat.emulation.aliased import Aliased
from akashchat.emulation.choices import Choices
from akashchat.emulation.emulated import Emulated, EmulationOptions
from akashchat.gateway.gateway import Gateway, GatewayOptions
from akashchat.model.aliases import Aliases
from akashchat.policies.admission import BearerToken
from akashchat.policies.links import Links
from akashchat.server.addresses import FILES_PATH, Addresses
from akashchat.server.answers import AnswerOptions, Answers
from akashchat.server.base import Reading
from akashchat.server.catalogue import Capabilities, Models
from akashchat.server.compaction import Compact, InputTokens
from akashchat.server.counting import Counting
from akashchat.server.files import Files
from akashchat.server.forms import ErrorForms
from akashchat.server.health import Health, Ready
from akashchat.server.middleware import Boundary, Origins
from akashchat.server.ollama import Show, Tags, running, version
from akashchat.server.openapi import OpenApi
from akashchat.server.probes import Discarded, Hello
from akashchat.server.remembering import Memory
from akashchat.server.responses import Response, ResponseAnswers
from akashchat.server.routes import Paths, not_found
from akashchat.server.socket import ResponseSocket
from akashchat.server.stream import EVENT_STREAM, Patience
from akashchat.server.tokenize import Detokenize, Tokenize
from akashchat.settings import Settings
from akashchat.storage.sqlite import SqliteOptions, SqliteStore
from akashchat.telemetry.logs import LogObserver
from akashchat.upstreams.akash.drawing import Drawing, DrawingOptions
from akashchat.upstreams.akash.listing import Listing
from akashchat.upstreams.akash.models import IMAGE_MODEL
from akashchat.upstreams.akash.quota import Quota
from akashchat.upstreams.akash.request import DEFAULT_TEMPERATURE, DEFAULT_TOP_P, RequestOptions
from akashchat.upstreams.akash.sessions import Sessions
from akashchat.upstreams.akash.site import Site, SiteOptions
from akashchat.upstreams.akash.web import AkashWeb
from akashchat.upstreams.http.client import Http, HttpOptions
from akashchat.web.pages import Assets, Page


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
    akash = AkashWeb(
        site,
        sessions,
        Listing(site, sessions, clock, AkashWeb.name),
        Quota(site, clock),
        drawing,
        options=_request_options(settings),
        clock=clock,
        chance=chance,
    )
    aliases = Aliases(settings.models.aliases)
    log = LogObserver(clock, settings.logs.level, settings.logs.format)
    gateway = Gateway(
        Aliased(Choices(Emulated(akash, _emulation_options(settings), chance)), aliases),
        drawing,
        BearerToken(key),
        Links(key),
        [log],
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
    table = _table(settings, gateway, memory, clock, chance)
    paths = Paths(table, lifespan, _sockets(settings, gateway, memory, clock, chance))
    origins = settings.server.cors_origins
    own = Origins(allowed=origins, public_url=settings.server.public_url, guarded=bool(key))
    forms = ErrorForms(render_error, {"/api/": render_ollama_error}, {"/v1/messages": anthropic.render_error})
    return _with_cors(Boundary(paths, own, forms, chance), origins)


def _table(
    settings: Settings, gateway: Gateway, memory: Memory, clock: Clock, chance: Chance
) -> dict[str, dict[str, ASGIApp]]:
    """Path → method → endpoint; what is called most comes first."""
    server = settings.server
    addresses = _addresses(settings, gateway)
    options = AnswerOptions(
        reading=Reading(limit=server.max_body_bytes, timeout_s=server.body_timeout_s),
        patience=Patience(grace_s=server.grace_s, ping_s=server.ping_s),
    )
    chat_options = ChatOptions(reasoning=settings.chat.reasoning, progress=settings.chat.progress)
    chat, completions, images = Chat(chat_options), Completions(chat_options), Images(IMAGE_MODEL)
    ollama = (OllamaChat(), OllamaGenerate())
    messages = Messages()
    response = Response(gateway, memory.store)
    dialects = (chat, Responses(memory.options), messages, completions, images, *ollama)

    def answers(dialect: Dialect, stream_type: bytes = EVENT_STREAM) -> Answers:
        return Answers(dialect, gateway, addresses, options, clock, chance, stream_type=stream_type)

    return {
        "/v1/chat/completions": {"POST": answers(chat)},
        "/v1/responses": {"POST": ResponseAnswers(memory, gateway, addresses, options, clock, chance)},
        "/v1/messages": {"POST": answers(messages)},
        "/v1/messages/count_tokens": {
            "POST": Counting(gateway, parse_count, tokens.portions, tokens.count, options.reading, clock)
        },
        "/v1/completions": {"POST": answers(completions)},
        "/v1/images/generations": {"POST": answers(images)},
        "/api/chat": {"POST": answers(ollama[0], STREAM_TYPE)},
        "/api/generate": {"POST": answers(ollama[1], STREAM_TYPE)},
        "/api/tags": {"GET": Tags(gateway)},
        "/api/show": {"POST": Show(gateway, options.reading, clock)},
        "/api/ps": {"GET": running(gateway)},
        "/api/version": {"GET": version(gateway)},
        "/tokenize": {"POST": Tokenize(gateway, tokens, options.reading, clock)},
        "/detokenize": {"POST": Detokenize(gateway, tokens, options.reading, clock)},
        f"{FILES_PATH}{{name}}": {"GET": Files(gateway)},
        "/v1/responses/input_tokens": {"POST": InputTokens(memory, gateway, options.reading, clock)},
        "/v1/responses/compact": {"POST": Compact(memory, gateway, options.reading, clock, chance)},
        "/v1/responses/{response_id}": {"GET": response.show, "DELETE": response.forget},
        "/v1/responses/{response_id}/input_items": {"GET": response.items},
        "/v1/responses/{response_id}/cancel": {"POST": response.cancel},
        "/v1/models": {"GET": Models(gateway)},
        "/v1/models/{model_id:path}": {"GET": Models(gateway)},
        "/v1/capabilities": {"GET": Capabilities(gateway, dialects)},
        "/api/hello": {"GET": Hello()},
        "/api/event_logging/batch": {"POST": Discarded()},
        "/api/event_logging/v2/batch": {"POST": Discarded()},
        "/health": {"GET": Health()},
        "/health/ready": {"GET": Ready(gateway, clock, server.ready_timeout_s)},
        "/openapi.json": {"GET": OpenApi(__version__)},
        "/docs": {"GET": Page("docs.html")},
        "/assets/{name}": {"GET": Assets(not_found)},
        "/": {"GET": Page("index.html")},
    }


def _store(settings: Settings, clock: Clock) -> SqliteStore:
    storage = settings.storage
    return SqliteStore(SqliteOptions(path=storage.file(), retention_days=storage.retention_days), clock)


def _addresses(settings: Settings, gateway: Gateway) -> Addresses:
    return Addresses(gateway.links, settings.server.public_url, f"http://{settings.server_address}")


def _sockets(
    settings: Settings, gateway: Gateway, memory: Memory, clock: Clock, chance: Chance
) -> dict[str, ASGIApp]:
    """Path → endpoint of WebSockets."""
    addresses = _addresses(settings, gateway)
    return {"/v1/responses": ResponseSocket(memory, gateway, addresses, clock, chance)}


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
