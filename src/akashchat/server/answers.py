"""The endpoint that answers, in whatever dialect it is given."""

import asyncio

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
from akashchat.server.stream import EventResponse, Patience


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
            body = await read_body(scope, receive, self._options.reading, self._clock)
            request = self._dialect.parse(body)
            ignored = self._gateway.ignored(request)
            ask = Ask(scope["state"]["request_id"], self._dialect.name, caller)
            stamp = Stamp(self._chance.token(12), int(self._clock.now()), self._addresses.file_url(scope))
            scope["state"]["answer"] = True
            headers: Headers = [(b"x-akashchat-ignored", ", ".join(ignored).encode())] if ignored else []
            async with _Presence(receive):
                if request.stream:
                    await self._stream(send, ask, request, stamp, headers)
                else:
                    await self._whole(send, ask, request, stamp, headers)
        except GatewayError as failure:
            error = self._gateway.worded(failure)
            await respond_error(send, error, self._dialect.render_error(error))
        except CallerLeft:
            return

    async def _whole(self, send: Send, ask: Ask, request: Request, stamp: Stamp, headers: Headers) -> None:
        fold = Fold()
        async with self._gateway.answer(ask, request) as answer:
            async for batch in answer:
                fold.feed(batch)
        body = self._dialect.render_reply(fold.replies(), request, stamp)
        await respond(send, 200, body, headers)

    async def _stream(self, send: Send, ask: Ask, request: Request, stamp: Stamp, headers: Headers) -> None:
        encoder = self._dialect.encoder(request, stamp)
        response = EventResponse(send, encoder, headers, self._options.patience, self._clock)
        try:
            async with self._gateway.answer(ask, request) as answer:
                async for batch in answer:
                    await response.write(batch)
        except GatewayError as error:
            response.close()
            if not response.begun:
                raise
            await response.write([Failure(self._gateway.worded(error))])
        except BaseException:
            response.close()
            raise
        await response.end()


class _Presence:
    """Runs its body while the client is connected: the body is cancelled the moment the client leaves."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._answering = asyncio.current_task()
        self._left = False

    async def __aenter__(self) -> None:
        self._watching = asyncio.ensure_future(self._watch())

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> bool:
        self._watching.cancel()
        if self._left and self._answering is not None:
            self._answering.uncancel()
        return self._left and kind is asyncio.CancelledError

    async def _watch(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        if self._answering is not None:
            self._left = True
            self._answering.cancel()
