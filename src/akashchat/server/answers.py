"""The endpoint that answers, in whatever dialect it is given."""

from urllib.parse import quote

from msgspec import Struct
from starlette.types import Receive, Scope, Send

from akashchat.clock import Chance, Clock
from akashchat.dialects.base import Dialect, Stamp
from akashchat.errors import GatewayError
from akashchat.gateway.answer import Ask
from akashchat.gateway.gateway import Gateway
from akashchat.model.events import Failure
from akashchat.model.reply import Fold
from akashchat.model.request import Request
from akashchat.policies.admission import Caller
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
from akashchat.server.stream import EventResponse, Patience

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
    ) -> None:
        self._dialect = dialect
        self._gateway = gateway
        self._addresses = addresses
        self._options = options
        self._clock = clock
        self._chance = chance

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Admit, parse, answer."""
        try:
            caller = self._gateway.admit(key_of(scope))
            line = line_of(scope)
            body = await read_body(scope, receive, self._options.reading, self._clock)
            dialect = await self.dialect(caller, body)
            request = dialect.parse(body)
            ask = Ask(scope["state"]["request_id"], self._dialect.name, caller)
            stamp = Stamp(self._chance.token(12), int(self._clock.now()), self._addresses.file_url(scope))
            scope["state"]["answer"] = True
            await while_connected(line, self._answer(dialect, line, send, ask, request, stamp))
        except GatewayError as failure:
            error = self._gateway.worded(failure)
            await respond_error(scope, send, error)
        except CallerLeft:
            return

    async def dialect(self, caller: Caller, body: bytes) -> Dialect:  # noqa: ARG002  others need them
        """The dialect of one exchange; whoever must look something up for it does so here."""
        return self._dialect

    async def _answer(
        self, dialect: Dialect, line: Line, send: Send, ask: Ask, request: Request, stamp: Stamp
    ) -> None:
        ignored = await self._gateway.ignored(request)
        headers: Headers = [(b"x-akashchat-ignored", listed(ignored))] if ignored else []
        if request.stream:
            await self._stream(dialect, line, send, ask, request, stamp, headers=headers)
        else:
            await self._whole(dialect, send, ask, request, stamp, headers)

    async def _whole(
        self, dialect: Dialect, send: Send, ask: Ask, request: Request, stamp: Stamp, headers: Headers
    ) -> None:
        fold = Fold()
        async with self._gateway.answer(ask, request) as answer:
            await answer.pour(fold.feed)
            body = dialect.render_reply(fold.replies(), request, stamp)
            await respond(send, 200, body, headers)

    async def _stream(
        self,
        dialect: Dialect,
        line: Line,
        send: Send,
        ask: Ask,
        request: Request,
        stamp: Stamp,
        *,
        headers: Headers,
    ) -> None:
        encoder = dialect.encoder(request, stamp)
        patience = self._options.patience
        async with EventResponse(line, send, encoder, headers, patience, self._clock) as response:
            try:
                async with self._gateway.answer(ask, request) as answer:
                    await response.begin()
                    while not await answer.pour(response.write):
                        await response.drained()
                    await response.end()
            except GatewayError as error:
                if not await response.has_begun():
                    raise
                response.write([Failure(self._gateway.worded(error))])
                await response.end()


def listed(names: list[str]) -> bytes:
    """Names a caller chose, fit for a header: not too many, not too long, no odd characters."""
    shown = [quote(name[:_LONGEST_NAME], safe="[]$") for name in names[:_MOST_NAMES]]
    more = len(names) - len(shown)
    return ", ".join([*shown, f"and {more} more"] if more else shown).encode()
