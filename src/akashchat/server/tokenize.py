"""``POST /tokenize`` and ``POST /detokenize``: the gateway's own counter, shown.

The count is the one that usage and limits go by wherever Akash tells no better.
"""

from typing import Protocol

from starlette.types import Receive, Scope, Send

from akashchat.clock import Clock
from akashchat.dialects.tokenize import parse_detokenize, parse_tokenize, render_text, render_tokens
from akashchat.errors import BadRequest, GatewayError
from akashchat.gateway.gateway import Gateway
from akashchat.model.request import Request
from akashchat.server.base import Reading, key_of, read_body, respond, respond_error

_PART = "\ufffd"
"""Stands for a token that is a part of a character."""


class Counter(Protocol):
    """What tokens a text has."""

    def encode_request(self, request: Request) -> list[int]:
        """The tokens of everything that is said in a request."""
        ...

    def decode(self, tokens: list[int]) -> str | None:
        """Their text; ``None`` where they are no whole text."""
        ...


class _Endpoint:
    def __init__(self, gateway: Gateway, counter: Counter, reading: Reading, clock: Clock) -> None:
        self._gateway = gateway
        self._counter = counter
        self._reading = reading
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Admit, read, tell."""
        try:
            await self._gateway.admit(key_of(scope))
            body = await read_body(scope, receive, self._reading, self._clock)
            await respond(send, 200, await self._told(body))
        except GatewayError as error:
            await respond_error(scope, send, self._gateway.worded(error))

    async def _told(self, body: bytes) -> bytes:
        raise NotImplementedError

    async def _window(self, model: str) -> int | None:
        """How many tokens a model takes; raises ``ModelNotFound``."""
        return (await self._gateway.model(model)).context_window if model else None


class Tokenize(_Endpoint):
    """Text in, tokens out."""

    async def _told(self, body: bytes) -> bytes:
        asked = parse_tokenize(body)
        window = await self._window(asked.model)
        found = self._counter.encode_request(asked.request)
        texts = [self._counter.decode([token]) or _PART for token in found] if asked.texts else None
        return render_tokens(found, window, texts)


class Detokenize(_Endpoint):
    """Tokens in, text out."""

    async def _told(self, body: bytes) -> bytes:
        found, model = parse_detokenize(body)
        await self._window(model)
        text = self._counter.decode(found)
        if text is None:
            raise BadRequest("these tokens are no text of the vocabulary cl100k_base", param="tokens")
        return render_text(text)
