"""The endpoint that answers, in whatever dialect it is given."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from msgspec import Struct
from starlette.types import Receive, Scope, Send

from akashchat.clock import Chance, Clock
from akashchat.dialects.base import Dialect, Stamp
from akashchat.errors import GatewayError
from akashchat.gateway.answer import Ask
from akashchat.gateway.gateway import Gateway
from akashchat.model.events import TERMINAL, Failure
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
            headers: Headers = [(b"x-akashchat-ignored", ", ".join(ignored).encode())] if ignored else []
            exchange = _Exchange(receive, send)
            scope["state"]["answer"] = True
            answer = self._stream if request.stream else self._whole
            await exchange.run(answer(exchange, ask, request, stamp, headers))
        except GatewayError as failure:
            error = self._gateway.worded(failure)
            await respond_error(send, error, self._dialect.render_error(error))
        except CallerLeft:
            return

    async def _whole(
        self, exchange: "_Exchange", ask: Ask, request: Request, stamp: Stamp, headers: Headers
    ) -> None:
        fold = Fold()
        async with self._gateway.answer(ask, request) as answer:
            async for batch in answer:
                if type(batch[-1]) in TERMINAL:
                    answer.ended(batch[-1])
                    fold.feed(batch)
                    break
                fold.feed(batch)
            body = self._dialect.render_reply(fold.replies(), request, stamp)
            await respond(exchange.send, 200, body, headers)
            exchange.over = True

    async def _stream(
        self, exchange: "_Exchange", ask: Ask, request: Request, stamp: Stamp, headers: Headers
    ) -> None:
        encoder = self._dialect.encoder(request, stamp)
        patience = self._options.patience
        async with EventResponse(exchange.send, encoder, headers, patience, self._clock) as response:
            try:
                async with self._gateway.answer(ask, request) as answer:
                    async for batch in answer:
                        if type(batch[-1]) in TERMINAL:
                            answer.ended(batch[-1])
                            await response.write(batch)
                            break
                        await response.write(batch)
                    await response.end()
                    exchange.over = True
            except GatewayError as error:
                if not await response.has_begun():
                    raise
                await response.write([Failure(self._gateway.worded(error))])
                await response.end()


class _Exchange:
    """One request being answered, for as long as its client is connected.

    ``over`` when the response is whole: then the client's leaving means nothing any more.
    """

    def __init__(self, receive: Receive, send: Send) -> None:
        self.send = send
        self.over = False
        self._receive = receive

    async def run(self, answering: Coroutine[Any, Any, None]) -> None:
        """Run ``answering`` to its end, or until the client leaves: then it is cancelled at once.

        It runs in a task of its own, so that each of its steps passes through few frames.
        """
        answer = asyncio.create_task(answering)
        leaving = asyncio.create_task(self._left())
        try:
            await asyncio.wait((answer, leaving), return_when=asyncio.FIRST_COMPLETED)
            if self.over:
                await asyncio.wait((answer,))
        finally:
            leaving.cancel()
            if not answer.done():
                answer.cancel()
                await asyncio.wait((answer,))
        if not answer.cancelled():
            answer.result()

    async def _left(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
