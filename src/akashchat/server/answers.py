"""The endpoint that answers, in whatever dialect it is given."""

from urllib.parse import quote

from msgspec import Struct
from starlette.types import Receive, Scope, Send

from akashchat.clock import Chance, Clock
from akashchat.dialects.base import Dialect, Stamp
from akashchat.errors import GatewayError
from akashchat.gateway.answer import Answer, Ask
from akashchat.gateway.gateway import Gateway
from akashchat.model.events import Failure
from akashchat.model.reply import Fold
from akashchat.model.request import Request
from akashchat.server.addresses import Addresses
from akashchat.server.base import (
    CallerLeft,
    Headers,
    Reading,
    key_of,
    read_body,
    respond,
    respond_error,
)
from akashchat.server.line import Line, line_of, while_connected
from akashchat.server.stream import EVENT_STREAM, EventResponse, Patience

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
        self._gateway = gateway
        self._addresses = addresses
        self._options = options
        self._clock = clock
        self._chance = chance
        self._stream_type = stream_type

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Admit, parse, answer."""
        try:
            caller = self._gateway.admit(key_of(scope))
            body = await read_body(scope, receive, self._options.reading, self._clock)
            request = self._dialect.parse(body)
            ask = Ask(scope["state"]["request_id"], self._dialect.name, caller)
            stamp = self._stamp(scope)
            await self._answer(scope, send, ask, request, stamp)
        except GatewayError as failure:
            error = self._gateway.worded(failure)
            await respond_error(scope, send, error)
        except CallerLeft:
            return

    def _stamp(self, scope: Scope) -> Stamp:
        begun = self._clock.monotonic()
        return Stamp(
            self._chance.token(12),
            int(self._clock.now()),
            self._addresses.file_url(scope),
            lambda: self._clock.monotonic() - begun,
        )

    async def _answer(self, scope: Scope, send: Send, ask: Ask, request: Request, stamp: Stamp) -> None:
        ignored = await self._gateway.ignored(request)
        headers: Headers = [(b"x-akashchat-ignored", _listed(ignored))] if ignored else []
        if (model := self._gateway.true_model(request.model)) != request.model:
            headers.append((b"x-akashchat-model", quote(model, safe="/:@").encode()))
        scope["state"]["answer"] = True
        line = line_of(scope)
        if request.stream:
            await self._stream(line, send, ask, request, stamp, headers)
        else:
            await while_connected(line, self._whole(send, ask, request, stamp, headers))

    async def _whole(self, send: Send, ask: Ask, request: Request, stamp: Stamp, headers: Headers) -> None:
        fold = Fold()
        async with self._gateway.answer(ask, request) as answer:
            await answer.pour(fold.feed)
            body = self._dialect.render_reply(fold.replies(), request, stamp)
            await respond(send, 200, body, headers)

    async def _stream(
        self, line: Line, send: Send, ask: Ask, request: Request, stamp: Stamp, headers: Headers
    ) -> None:
        encoder = self._dialect.encoder(request, stamp)
        patience = self._options.patience
        async with EventResponse(
            line, send, encoder, headers, patience, self._clock, media_type=self._stream_type
        ) as response:
            try:
                await while_connected(line, self._poured(self._gateway.answer(ask, request), response))
            except GatewayError as error:
                if not await response.has_begun():
                    raise
                response.write([Failure(self._gateway.worded(error))])
                await response.end()

    async def _poured(self, opening: Answer, response: EventResponse) -> None:
        async with opening as answer:
            await response.begin()
            while not await answer.pour(response.write):
                await response.drained()
            await response.end()


def _listed(names: list[str]) -> bytes:
    """Names a caller chose, fit for a header: not too many, not too long, no odd characters."""
    shown = [quote(name[:_LONGEST_NAME], safe="[]$") for name in names[:_MOST_NAMES]]
    more = len(names) - len(shown)
    return ", ".join([*shown, f"and {more} more"] if more else shown).encode()
