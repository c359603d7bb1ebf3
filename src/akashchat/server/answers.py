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
            answer = self._stream if request.stream else self._whole
            await _while_there(receive, answer(send, ask, request, stamp, headers))
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


async def _while_there(receive: Receive, answering: Coroutine[Any, Any, None]) -> None:
    """Run ``answering`` while the client is connected: it is cancelled the moment the client leaves.

    It runs in a task of its own, so that each of its steps passes through few frames, and the request's
    own task, deep inside the server, waits for the client to leave.
    """
    waiting = asyncio.current_task()
    assert waiting is not None  # noqa: S101  for the type checker: there is one in a coroutine
    answer = asyncio.create_task(answering)
    listening = True
    answer.add_done_callback(lambda _: listening and waiting.cancel())
    try:
        while (await receive())["type"] != "http.disconnect":
            pass
        listening = False
        answer.cancel()
        await answer
    except asyncio.CancelledError:
        if not answer.done():  # the server itself gives up
            answer.cancel()
            raise
        waiting.uncancel()
    if not answer.cancelled():
        answer.result()
