"""Which endpoint is where, and what each is made of."""

import asyncio
from functools import partial

from starlette.types import ASGIApp

from akashchat import __version__, tokens
from akashchat.app.admin import admin_table
from akashchat.app.ground import Ground
from akashchat.app.upstreams import Upstreams
from akashchat.dialects.base import Dialect
from akashchat.dialects.chat import Chat
from akashchat.dialects.chat.stream import ChatOptions
from akashchat.dialects.completions import Completions
from akashchat.dialects.images import Images
from akashchat.dialects.messages import Messages
from akashchat.dialects.messages.request import parse_count
from akashchat.dialects.ollama import STREAM_TYPE, OllamaChat, OllamaGenerate
from akashchat.dialects.responses import Responses
from akashchat.dialects.responses.reply import ResponsesOptions
from akashchat.gateway.gateway import Gateway
from akashchat.policies.passes import Passes
from akashchat.server.addresses import FILES_PATH, Addresses
from akashchat.server.admin.doctor import Doctor
from akashchat.server.admin.overview import Overview
from akashchat.server.admin.settings import Terms
from akashchat.server.admin.sums import OwnUsage
from akashchat.server.answers import AnswerOptions, Answers
from akashchat.server.base import Reading
from akashchat.server.catalogue import Capabilities, Models
from akashchat.server.compaction import Compact, InputTokens
from akashchat.server.counting import Counting
from akashchat.server.files import Files
from akashchat.server.forwarding import FORWARDED, Forwarding
from akashchat.server.health import Health, Ready
from akashchat.server.idempotency import Idempotent
from akashchat.server.metrics import MetricsPage
from akashchat.server.ollama import OllamaAnswers, Show, Tags, running, version
from akashchat.server.openapi import OpenApi
from akashchat.server.probes import Discarded, Hello
from akashchat.server.records import Records
from akashchat.server.remembering import Memory
from akashchat.server.responses import Response, ResponseAnswers
from akashchat.server.routes import Table, not_found
from akashchat.server.session import Session
from akashchat.server.socket import ResponseSocket
from akashchat.server.stream import Patience
from akashchat.server.tokenize import Detokenize, Tokenize
from akashchat.settings import Settings
from akashchat.upstreams.akash.models import IMAGE_MODEL
from akashchat.upstreams.akash.request import DEFAULT_TEMPERATURE, DEFAULT_TOP_P
from akashchat.web.pages import Assets, Page


class Endpoints:
    """Makes the endpoints of a gateway."""

    def __init__(
        self,
        settings: Settings,
        ground: Ground,
        upstreams: Upstreams,
        gateway: Gateway,
        *,
        passes: Passes,
        terms: Terms,
        leaving: asyncio.Event,
        records: Records | None,
    ) -> None:
        server = settings.server
        examine = ground.examine and partial(ground.examine, settings)
        self._doctor = Doctor(examine, ground.clock) if examine else None
        self._ground = ground
        self._clock = ground.clock
        self._chance = ground.chance
        self._upstreams = upstreams
        self._gateway = gateway
        self._passes = passes
        self._terms = terms
        self._leaving = leaving
        self._memory = Memory(ground.responses, _responses_options(settings))
        self._records = records
        redis = ground.redis.state if ground.redis is not None else None
        self._ready = Ready(
            gateway, self._memory.store, self._clock, server.ready_timeout_s, upstreams.states, redis
        )
        self._addresses = Addresses(gateway.links, server.public_url, f"http://{settings.server_address}")
        self._reading = Reading(limit=server.max_body_bytes, timeout_s=server.body_timeout_s)
        self._options = AnswerOptions(
            reading=self._reading, patience=Patience(grace_s=server.grace_s, ping_s=server.ping_s)
        )
        self._chat = ChatOptions(reasoning=settings.chat.reasoning, progress=settings.chat.progress)

    def table(self) -> Table:
        """Path → method → endpoint."""
        answered = {**self._openai(), **self._anthropic(), **self._ollama(), **self._tokens()}
        return {**answered, **self._forwarded(), **self._pages(), **self._admin()}

    def sockets(self) -> dict[str, ASGIApp]:
        """Path → endpoint of WebSockets."""
        socket = ResponseSocket(
            self._memory,
            self._gateway,
            self._addresses,
            self._clock,
            self._chance,
            most_bytes=self._reading.limit,
            leaving=self._leaving,
        )
        return {"/v1/responses": socket}

    def _once(self, endpoint: ASGIApp) -> ASGIApp:
        """The same, asked once by who asks twice."""
        return Idempotent(
            endpoint, self._ground.answered, self._gateway, self._reading, self._clock, records=self._records
        )

    def _answers(self, dialect: Dialect) -> ASGIApp:
        return self._once(
            Answers(dialect, self._gateway, self._addresses, self._options, self._clock, self._chance)
        )

    def _openai(self) -> Table:
        gateway, memory = self._gateway, self._memory
        chat, completions, images = Chat(self._chat), Completions(self._chat), Images(IMAGE_MODEL)
        responses = Responses(memory.options)
        dialects = (chat, responses, Messages(), completions, images, OllamaChat(), OllamaGenerate())
        response = Response(gateway, memory.store)
        answers = ResponseAnswers(memory, gateway, self._addresses, self._options, self._clock, self._chance)
        compact = Compact(memory, gateway, self._reading, self._clock, self._chance)
        return {
            "/v1/chat/completions": {"POST": self._answers(chat)},
            "/v1/completions": {"POST": self._answers(completions)},
            "/v1/images/generations": {"POST": self._answers(images)},
            f"{FILES_PATH}{{name}}": {"GET": Files(gateway)},
            "/v1/responses": {"POST": self._once(answers)},
            "/v1/responses/input_tokens": {"POST": InputTokens(memory, gateway, self._reading, self._clock)},
            "/v1/responses/compact": {"POST": self._once(compact)},
            "/v1/responses/{response_id}": {"GET": response.show, "DELETE": response.forget},
            "/v1/responses/{response_id}/input_items": {"GET": response.items},
            "/v1/responses/{response_id}/cancel": {"POST": response.cancel},
            "/v1/models": {"GET": Models(gateway)},
            "/v1/models/{model_id:path}": {"GET": Models(gateway)},
            "/v1/capabilities": {"GET": Capabilities(gateway, dialects)},
        }

    def _anthropic(self) -> Table:
        counting = Counting(self._gateway, parse_count, self._reading, self._clock)
        return {
            "/v1/messages": {"POST": self._answers(Messages())},
            "/v1/messages/count_tokens": {"POST": counting},
            "/api/hello": {"GET": Hello()},
            "/api/event_logging/batch": {"POST": Discarded()},
            "/api/event_logging/v2/batch": {"POST": Discarded()},
        }

    def _ollama(self) -> Table:
        chat, generate = (
            OllamaAnswers(
                dialect, self._gateway, self._addresses, self._options, self._clock, self._chance,
                stream_type=STREAM_TYPE,
            )
            for dialect in (OllamaChat(), OllamaGenerate())
        )  # fmt: skip
        return {
            "/api/chat": {"POST": self._once(chat)},
            "/api/generate": {"POST": self._once(generate)},
            "/api/tags": {"GET": Tags(self._gateway)},
            "/api/show": {"POST": Show(self._gateway, self._reading, self._clock)},
            "/api/ps": {"GET": running(self._gateway)},
            "/api/version": {"GET": version(self._gateway)},
        }

    def _tokens(self) -> Table:
        return {
            "/tokenize": {"POST": Tokenize(self._gateway, tokens, self._reading, self._clock)},
            "/detokenize": {"POST": Detokenize(self._gateway, tokens, self._reading, self._clock)},
        }

    def _forwarded(self) -> Table:
        """What some upstream has; the rest is not found, and told why."""
        forwarders = self._upstreams.forwarders
        offered = [what for what in FORWARDED if any(one.forwards(what) for one in forwarders)]
        return {
            f"/v1/{what}": {"POST": Forwarding(what, self._gateway, forwarders, self._reading, self._clock)}
            for what in offered
        }

    def _admin(self) -> Table:
        ground, telemetry = self._ground, self._ground.telemetry
        overview = Overview(__version__, telemetry.began, self._ready, telemetry.totals, self._clock)
        own = OwnUsage(self._gateway, ground.ledger.store, self._clock)
        admin = admin_table(ground, self._gateway, self._terms, overview, self._doctor, self._reading)
        return {"/v1/usage": {"GET": own}, **admin}

    def _pages(self) -> Table:
        session = Session(self._passes, self._gateway.limits, self._reading, self._clock)
        return {
            "/health": {"GET": Health()},
            "/health/ready": {"GET": self._ready},
            "/metrics": {"GET": MetricsPage(self._gateway, self._ground.telemetry.exposed)},
            "/openapi.json": {"GET": OpenApi(__version__)},
            "/docs": {"GET": Page("docs.html")},
            "/session": {"GET": session.show, "POST": session.sign_in, "DELETE": session.sign_out},
            "/assets/{name:path}": {"GET": Assets(not_found)},
            "/": {"GET": Page("index.html")},
        }


def _responses_options(settings: Settings) -> ResponsesOptions:
    if settings.akash.sampling == "model":
        return ResponsesOptions()
    return ResponsesOptions(temperature=DEFAULT_TEMPERATURE, top_p=DEFAULT_TOP_P)
