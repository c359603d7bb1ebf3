"""The endpoint that answers, in whatever dialect it is given."""

import functools
from collections.abc import Sequence
from typing import TypeVar
from urllib.parse import quote

import msgspec
from msgspec import Struct
from starlette.types import Receive, Scope, Send

from akashchat.clock import Chance, Clock
from akashchat.dialects.base import Dialect, Encoder, Stamp
from akashchat.errors import BadRequest, GatewayError
from akashchat.gateway.answer import Answer, Ask
from akashchat.gateway.gateway import Gateway
from akashchat.model.events import Failure
from akashchat.model.reply import Fold
from akashchat.model.request import Request
from akashchat.policies.admission import Caller
from akashchat.server.addresses import Addresses
from akashchat.server.base import (
    Headers,
    Reading,
    read_body,
    respond,
    respond_error,
)
from akashchat.server.callers import admitted
from akashchat.server.limits import limit_headers
from akashchat.server.line import line_of, while_connected
from akashchat.server.stream import EVENT_STREAM, EventResponse, Patience

R = TypeVar("R", bound=Request)

_MOST_NAMES, _LONGEST_NAME = 50, 64


class AnswerOptions(Struct, frozen=True, kw_only=True):
    """How bodies are read and streams are kept alive."""

    reading: Reading
    patience: Patience


class Answers:
    """One dialect's endpoint, an ASGI application."""

    def __init__(
        self,
        dialect: Dialect,
        gateway: Gateway,
        addresses: Addresses,
        options: AnswerOptions,
        clock: Clock,
        chance: Chance,
        *,
        stream_type: bytes = EVENT_STREAM,
    ) -> None:
        self._dialect = dialect
        self.gateway = gateway
        self._addresses = addresses
        self._options = options
        self._clock = clock
        self._chance = chance
        self._stream_type = stream_type

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Admit, parse, answer."""
        try:
            caller = await admitted(scope, self.gateway, self._dialect.name)
            body = await read_body(scope, receive, self._options.reading, self._clock)
            dialect = await self.dialect(caller, body)
            request = dialect.parse(body)
            ask = Ask(scope["state"]["request_id"], self._dialect.name, caller)
            await self.answer(dialect, scope, send, ask, request, self._stamp(scope))
        except GatewayError as failure:
            error = self.gateway.worded(failure)
            await respond_error(scope, send, error, limit_headers(scope, self._clock.now()))
        except RecursionError:  # what could be read may still be too deep to be written
            await respond_error(scope, send, BadRequest("the body is nested too deeply"))

    async def dialect(self, caller: Caller, body: bytes) -> Dialect:  # noqa: ARG002  others need them
        """The dialect of one exchange; whoever must look something up for it does so here."""
        return self._dialect

    def _stamp(self, scope: Scope) -> Stamp:
        begun = self._clock.monotonic()
        return Stamp(
            self._chance.token(12),
            int(self._clock.now()),
            self._addresses.file_url(scope),
            lambda: self._clock.monotonic() - begun,
        )

    async def answer(
        self, dialect: Dialect, scope: Scope, send: Send, ask: Ask, request: Request, stamp: Stamp
    ) -> None:
        """Answer what was read; raises ``GatewayError`` where no answer has begun."""
        scope["state"].update(answer=True, journey=request.journey)
        answer = self.gateway.answer(ask, request)
        if request.stream:
            await self._stream(dialect, scope, send, answer, request, stamp)
        else:
            await while_connected(line_of(scope), self._whole(dialect, scope, send, answer, request, stamp))
        scope["state"]["complete"] = answer.complete

    async def _whole(
        self, dialect: Dialect, scope: Scope, send: Send, answer: Answer, request: Request, stamp: Stamp
    ) -> None:
        fold = Fold()
        async with answer:
            await answer.pour(fold.feed)
            body = dialect.render_reply(fold.replies(), by_name(request, answer), stamp)
            await respond(send, 200, body, self._headers(scope, answer, request))

    async def _stream(
        self, dialect: Dialect, scope: Scope, send: Send, answer: Answer, request: Request, stamp: Stamp
    ) -> None:
        line = line_of(scope)

        def begun() -> tuple[Encoder, Headers]:
            return dialect.encoder(by_name(request, answer), stamp), self._headers(scope, answer, request)

        patience = self._options.patience
        async with EventResponse(
            line, send, begun, patience, self._clock, media_type=self._stream_type
        ) as response:
            answer.journey.hear = response.tell
            try:
                await while_connected(line, self._poured(answer, response))
            except GatewayError as error:
                if not await response.has_begun():
                    raise
                response.write([Failure(self.gateway.worded(error))])
                await response.end()
            finally:
                answer.journey.hear = None  # or each would hold the other

    def _headers(self, scope: Scope, answer: Answer, request: Request) -> Headers:
        return [*answer_headers(answer, request), *limit_headers(scope, self._clock.now())]

    async def _poured(self, answer: Answer, response: EventResponse) -> None:
        async with answer:
            await response.begin()
            while not await answer.pour(response.write):
                await response.drained()
            await response.end()


def by_name(request: R, answer: Answer) -> R:
    """The request, with the name of the model that really answers where another stands in for it."""
    model = answer.model
    return request if model == request.model else msgspec.structs.replace(request, model=model)


def answer_headers(answer: Answer, request: Request) -> Headers:
    """What an answer's headers tell: who answers and how, and what of the request nobody does."""
    headers: Headers = [(b"x-akashchat-ignored", listed(answer.ignored))] if answer.ignored else []
    if answer.true_model != request.model:
        headers.append((b"x-akashchat-model", _name(answer.true_model)))
    if answer.upstream:
        headers.append((b"x-akashchat-upstream", _name(answer.upstream)))
        headers.append((b"x-akashchat-attempts", b"%d" % answer.journey.tries))
    if answer.journey.rescues:
        headers.append((b"x-akashchat-rescued", b"%d" % answer.journey.rescues))
    return headers


@functools.lru_cache(maxsize=256)
def _name(name: str) -> bytes:
    """A name fit for a header."""
    return quote(name, safe="/:@").encode()


def listed(names: Sequence[str]) -> bytes:
    """Names a caller chose, fit for a header: not too many, not too long, no odd characters."""
    shown = [quote(name[:_LONGEST_NAME], safe="[]$") for name in names[:_MOST_NAMES]]
    more = len(names) - len(shown)
    return ", ".join([*shown, f"and {more} more"] if more else shown).encode()
