"""The endpoint that counts a request's tokens and asks nobody."""

from collections.abc import Callable
from typing import TypeAlias

from starlette.types import Receive, Scope, Send

from akashchat import tokens
from akashchat.clock import Clock
from akashchat.errors import GatewayError
from akashchat.gateway.gateway import Gateway
from akashchat.model.request import Request
from akashchat.server.base import Reading, read_body, respond, respond_error
from akashchat.server.callers import admitted
from akashchat.wire.json import encode

Parse: TypeAlias = Callable[[bytes], Request]


class Counting:
    """``POST /v1/messages/count_tokens``: with the counter that tells an answer's usage, an estimate like it."""

    def __init__(self, gateway: Gateway, parse: Parse, reading: Reading, clock: Clock) -> None:
        self._gateway = gateway
        self._parse = parse
        self._reading = reading
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Admit, parse, count."""
        try:
            await admitted(scope, self._gateway, "messages")
            body = await read_body(scope, receive, self._reading, self._clock)
            count = await tokens.counted(tokens.portions(self._parse(body)))
            await respond(send, 200, encode({"input_tokens": count}))
        except GatewayError as error:
            await respond_error(scope, send, error)
