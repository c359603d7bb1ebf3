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
from akashchat.model.scope import Scope as KeyScope
from akashchat.server.base import Reading, read_body, respond, respond_error
from akashchat.server.callers import admitted

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
            caller = await admitted(scope, self._gateway, "tokenize")
            body = await read_body(scope, receive, self._reading, self._clock)
            await respond(send, 200, await self._told(body, caller.scope))
        except GatewayError as error:
            await respond_error(scope, send, self._gateway.worded(error))

    async def _told(self, body: bytes, opened: KeyScope) -> bytes:
        raise NotImplementedError

    async def _window(self, model: str, opened: KeyScope) -> int | None:
        """How many tokens a model takes; raises ``ModelNotFound``."""
        return (await self._gateway.model(model, opened)).context_window if model else None


class Tokenize(_Endpoint):
    """Text in, tokens out."""

    async def _told(self, body: bytes, opened: KeyScope) -> bytes:
        asked = parse_tokenize(body)
        window = await self._window(asked.model, opened)
        found = self._counter.encode_request(asked.request)
        texts = [self._counter.decode([token]) or _PART for token in found] if asked.texts else None
        return render_tokens(found, window, texts)


class Detokenize(_Endpoint):
    """Tokens in, text out."""

    async def _told(self, body: bytes, opened: KeyScope) -> bytes:
        found, model = parse_detokenize(body)
        await self._window(model, opened)
        text = self._counter.decode(found)
        if text is None:
            raise BadRequest("these tokens are no text of the vocabulary cl100k_base", param="tokens")
        return render_text(text)
