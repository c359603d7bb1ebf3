"""Counting and summarising what a Responses request says."""

from msgspec import Raw
from starlette.types import Receive, Scope, Send

from akashchat import tokens
from akashchat.clock import Chance, Clock
from akashchat.dialects.base import Stamp
from akashchat.dialects.responses.compact import asking_for_summary, render_compaction
from akashchat.errors import GatewayError
from akashchat.gateway.answer import Ask
from akashchat.gateway.gateway import Gateway
from akashchat.model.reply import Fold
from akashchat.policies.admission import Caller
from akashchat.server.answers import answer_headers
from akashchat.server.base import Reading, read_body, respond, respond_error
from akashchat.server.callers import admitted
from akashchat.server.limits import limit_headers
from akashchat.server.line import line_of, while_connected
from akashchat.server.remembering import Memory
from akashchat.wire import json

_NO_MODEL = Raw(b'"-"')


class InputTokens:
    """``POST /v1/responses/input_tokens``, by the counter of the limit check and of the usage."""

    def __init__(self, memory: Memory, gateway: Gateway, reading: Reading, clock: Clock) -> None:
        self._memory = memory
        self._gateway = gateway
        self._reading = reading
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count."""
        try:
            caller = await admitted(scope, self._gateway, "responses")
            body = _completed(await read_body(scope, receive, self._reading, self._clock))
            dialect = await self._memory.dialect(caller.owner, body)
            count = await tokens.counted(tokens.portions(dialect.parse(body)))
            await respond(send, 200, json.encode({"object": "response.input_tokens", "input_tokens": count}))
        except GatewayError as error:
            await respond_error(scope, send, error)


def _completed(body: bytes) -> bytes:
    """A body with a model: none is needed to count."""
    read = json.decode_body(body, dict[str, Raw])
    return json.encode(
        {"model": _NO_MODEL, **{name: value for name, value in read.items() if name != "stream"}}
    )


class Compact:
    """``POST /v1/responses/compact``: asks the model to sum the conversation up."""

    def __init__(
        self, memory: Memory, gateway: Gateway, reading: Reading, clock: Clock, chance: Chance
    ) -> None:
        self._memory = memory
        self._gateway = gateway
        self._reading = reading
        self._clock = clock
        self._chance = chance

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sum up."""
        try:
            caller = await admitted(scope, self._gateway, "responses")
            body = await read_body(scope, receive, self._reading, self._clock)
            scope["state"]["answer"] = True
            await while_connected(line_of(scope), self._answer(scope, send, caller, body))
        except GatewayError as error:
            headers = limit_headers(scope, self._clock.now())
            await respond_error(scope, send, self._gateway.worded(error), headers)

    async def _answer(self, scope: Scope, send: Send, caller: Caller, body: bytes) -> None:
        dialect = await self._memory.dialect(caller.owner, body)
        request = asking_for_summary(dialect.parse(body))
        stamp = Stamp(self._chance.token(12), int(self._clock.now()), str)
        scope["state"]["journey"] = request.journey
        fold = Fold()
        ask = Ask(scope["state"]["request_id"], dialect.name, caller)
        async with self._gateway.answer(ask, request) as answer:
            await answer.pour(fold.feed)
            body = render_compaction(fold.replies(), stamp)
            headers = [*answer_headers(answer, request), *limit_headers(scope, self._clock.now())]
            await respond(send, 200, body, headers)
        scope["state"]["complete"] = answer.complete
