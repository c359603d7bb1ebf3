"""``/v1/responses`` as a WebSocket: one connection, many responses, one at a time.

A message asks for a response, and its events come back, a message each.  What was answered on the connection is
there for what follows on it, also where it is not to be kept; until going on from it fails, as with OpenAI.
https://platform.openai.com/docs/guides/websocket-mode
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from msgspec import Raw, Struct
from starlette.types import Receive, Scope, Send

from akashchat.clock import Chance, Clock
from akashchat.dialects.base import Stamp
from akashchat.dialects.openai import error_object
from akashchat.dialects.responses.reply import ResponsesOptions
from akashchat.dialects.responses.request import Asked
from akashchat.dialects.responses.stream import ResponsesEncoder, json_line
from akashchat.errors import BadRequest, GatewayError
from akashchat.gateway.answer import Answer, Ask
from akashchat.gateway.gateway import Gateway
from akashchat.model.events import Event, Finish, FinishReason, Usage
from akashchat.model.request import Request
from akashchat.policies.admission import Caller
from akashchat.server.addresses import Addresses
from akashchat.server.answers import by_name
from akashchat.server.callers import admitted
from akashchat.server.limits import limit_headers
from akashchat.server.recent import Recent
from akashchat.server.remembering import Memory, kept_response
from akashchat.server.upgrade import refuse
from akashchat.wire import json


class _Wish(Struct):
    type: str
    generate: bool | None = None
    previous_response_id: str | None = None


_OF_THE_MESSAGE = frozenset({"type", "generate", "stream", "stream_options"})
_TRUE = Raw(b"true")
_MOST_WAITING = 8
"""Messages behind the one that is being answered."""
_TOO_MUCH = 1008
"""RFC 6455, section 7.4.1: against the rules of whoever closes."""


class ResponseSocket:
    """The endpoint."""

    def __init__(
        self,
        memory: Memory,
        gateway: Gateway,
        addresses: Addresses,
        clock: Clock,
        chance: Chance,
        *,
        most_bytes: int,
    ) -> None:
        self._memory = memory
        self._gateway = gateway
        self._addresses = addresses
        self._clock = clock
        self._chance = chance
        self._most_bytes = most_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Admit, then answer until the caller leaves."""
        await receive()
        try:
            await admitted(scope, self._gateway, "responses")
        except GatewayError as error:
            await refuse(scope, send, error)
            return
        await send({"type": "websocket.accept"})
        recent = Recent(self._memory.store)
        inbox = _Inbox(receive, self._most_bytes)
        filling = asyncio.create_task(inbox.fill())
        answering = asyncio.create_task(self._answer_all(scope, send, recent, inbox))
        try:
            await asyncio.wait((filling, answering), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (filling, answering):
                task.cancel()
            await asyncio.wait((filling, answering))
        with suppress(OSError):  # the caller left while something was sent to it
            if not answering.cancelled():
                answering.result()
            elif inbox.full:
                await send({"type": "websocket.close", "code": _TOO_MUCH, "reason": "too much waits"})

    async def _answer_all(self, scope: Scope, send: Send, recent: Recent, inbox: "_Inbox") -> None:
        while True:
            data = await inbox.next()
            previous = ""
            try:
                wish, body = _read(data)
                previous = wish.previous_response_id or ""
                caller = await admitted(scope, self._gateway, "responses")  # the key may have ended meanwhile
                await self._answer(scope, send, caller, recent, wish, body)
            except GatewayError as failure:
                recent.forget(previous)
                await send({"type": "websocket.send", "text": _error(self._gateway.worded(failure))})

    def _left(self, scope: Scope, answer: Answer) -> dict[str, str]:
        """What the headers of an answer would tell of a caller's limits."""
        scope["state"]["journey"] = answer.journey
        return {name.decode(): value.decode() for name, value in limit_headers(scope, self._clock.now())}

    async def _answer(
        self, scope: Scope, send: Send, caller: Caller, recent: Recent, wish: _Wish, body: bytes
    ) -> None:
        """One response; raises ``GatewayError`` for what prevents it."""
        memory = Memory(recent, self._memory.options)
        dialect = await memory.dialect(caller.owner, body)
        request = dialect.parse(body)
        stamp = Stamp(self._chance.token(12), int(self._clock.now()), self._addresses.file_url(scope))
        answer = self._gateway.answer(Ask(scope["state"]["request_id"], dialect.name, caller), request)
        if wish.generate is False:
            written = _Written(send, caller, request, stamp, recent, memory.options)
            await written.begin(_told(answer, request))
            await written.write([Finish(FinishReason.STOP, Usage(0, 0))])
            return
        async with answer:
            written = _Written(send, caller, by_name(request, answer), stamp, recent, memory.options)
            await written.begin({**_told(answer, request), **self._left(scope, answer)})
            async for batch in answer:
                await written.write(batch)


def _told(answer: Answer, request: Request) -> dict[str, Any]:
    """What the headers of an answer would tell."""
    told: dict[str, Any] = {}
    if answer.ignored:
        told["x-akashchat-ignored"] = answer.ignored
    if answer.true_model != request.model:
        told["x-akashchat-model"] = answer.true_model
    if answer.upstream:
        told["x-akashchat-upstream"] = answer.upstream
        told["x-akashchat-attempts"] = answer.journey.tries
    return told


class _Inbox:
    """What the caller has sent and what is not yet read of it: not more than a few messages."""

    def __init__(self, receive: Receive, most_bytes: int) -> None:
        self._receive = receive
        self._most_bytes = most_bytes
        self._bytes = 0
        self._waiting: asyncio.Queue[bytes] = asyncio.Queue(_MOST_WAITING)
        self.full = False
        """Whether the caller has sent too much."""

    async def fill(self) -> None:
        """Take in what comes, until the caller leaves or has sent too much."""
        while (message := await self._receive())["type"] == "websocket.receive":
            text = message.get("text")
            data = message.get("bytes") or b"" if text is None else text.encode("utf-8", "replace")
            self._bytes += len(data)
            if self._waiting.full() or (self._bytes > self._most_bytes and not self._waiting.empty()):
                self.full = True
                return
            self._waiting.put_nowait(data)

    async def next(self) -> bytes:
        """The next message, as soon as it is there."""
        data = await self._waiting.get()
        self._bytes -= len(data)
        return data


class _Written:
    """One response on its way, a message an event."""

    def __init__(
        self,
        send: Send,
        caller: Caller,
        request: Asked,
        stamp: Stamp,
        recent: Recent,
        options: ResponsesOptions,
    ) -> None:
        self._send = send
        self._caller = caller
        self._request = request
        self._stamp = stamp
        self._recent = recent
        self._encoder = ResponsesEncoder(request, stamp, options, json_line)

    async def begin(self, told: dict[str, Any]) -> None:
        """The first events; there are no headers, so the first one has what they would tell."""
        lines = self._encoder.start().splitlines()
        if told:
            lines[0] = lines[0][:-1] + b"," + json.encode(told)[1:]
        await self._tell(lines)

    async def write(self, batch: Sequence[Event]) -> None:
        """What a batch becomes; a response that has ended is remembered before anybody knows of it."""
        lines = b"".join(map(self._encoder.encode, batch)).split(b"\n")[:-1]
        if self._encoder.final is not None:
            final = json.encode(self._encoder.final)
            kept = kept_response(self._caller.owner, self._request, self._stamp, final)
            if self._encoder.final["status"] == "failed":
                self._recent.forget(kept.previous)
            self._recent.keep(kept, lasting=self._request.store)
        await self._tell(lines)

    async def _tell(self, lines: list[bytes]) -> None:
        for line in lines:
            await self._send({"type": "websocket.send", "text": line.decode()})


def _read(data: bytes) -> tuple[_Wish, bytes]:
    """What a message wants, and the body it asks with; raises ``BadRequest``."""
    wish = json.decode_body(data, _Wish)
    if wish.type != "response.create":
        raise BadRequest("'type' must be 'response.create'", param="type")
    fields = json.decode_body(data, dict[str, Raw])
    body = {name: value for name, value in fields.items() if name not in _OF_THE_MESSAGE}
    return wish, json.encode({**body, "stream": _TRUE})


def _error(error: GatewayError) -> str:
    """A failure before a response began: OpenAI's event, and its form on a WebSocket, which always has a code."""
    told = error_object(error)["error"]
    fields = {name: told[name] for name in ("code", "message", "param")}
    inner = {**told, "code": told["code"] or told["type"]}
    event = {"type": "error", "status": error.status, **fields, "error": inner, "sequence_number": 0}
    return json.encode(event).decode()
