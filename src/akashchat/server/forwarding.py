"""Endpoints that the gateway only passes on: embeddings and the like, where an upstream has them.

Their bodies are nobody's business here but for the model's name, which says who is asked and may be another
there.  A reply is read whole before it is passed on, so that none is cut without a word.
"""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

import msgspec
from msgspec import Raw, Struct
from starlette.types import Receive, Scope, Send

from akashchat import tokens
from akashchat.clock import Clock
from akashchat.errors import BadRequest, GatewayError, ModelNotAllowed, ModelNotFound
from akashchat.gateway.gateway import Gateway
from akashchat.model.catalogue import shortened
from akashchat.model.journey import Journey
from akashchat.model.scope import Scope as KeyScope
from akashchat.policies.admission import Caller
from akashchat.server.base import (
    Reading,
    header,
    read_body,
    respond,
    respond_error,
)
from akashchat.server.callers import admitted
from akashchat.server.limits import limit_headers
from akashchat.server.line import line_of, while_connected
from akashchat.wire import json, multipart

FORWARDED = (
    "embeddings", "rerank", "moderations", "audio/speech", "audio/transcriptions", "audio/translations",
)  # fmt: skip
"""The endpoints, by their paths behind ``/v1/``."""

_MOST_BYTES = 64 * 1024 * 1024
"""Of a reply: some thousand embeddings, an hour of speech."""
_FORM = "multipart/form-data"


class Forwarded(Protocol):
    """A reply on its way."""

    @property
    def media_type(self) -> str:
        """Its media type."""
        ...

    async def read(self, limit: int) -> bytes:
        """Its body."""
        ...


class Forwarder(Protocol):
    """An upstream with endpoints beside chat."""

    @property
    def name(self) -> str:
        """The upstream's."""
        ...

    def forwards(self, what: str) -> bool:
        """Whether it has an endpoint, by its path behind ``/v1/``."""
        ...

    async def offers(self, model: str) -> bool:
        """Whether it has a model, or may have it."""
        ...

    def own_name(self, model: str) -> str:
        """What a model is called there."""
        ...

    def forward(self, what: str, body: bytes, media_type: str) -> AbstractAsyncContextManager[Forwarded]:
        """The reply to a body; raises what a refusal means."""
        ...


class Asked(Protocol):
    """A body that names a model."""

    @property
    def media_type(self) -> str:
        """Its media type."""
        ...

    @property
    def model(self) -> str:
        """The model's name."""
        ...

    def tokens(self) -> int:
        """How many it may be, at most, where nobody tells."""
        ...

    def naming(self, model: str) -> bytes:
        """The body with another name for the model."""
        ...


class Forwarding:
    """One endpoint, an ASGI application."""

    def __init__(
        self, what: str, gateway: Gateway, forwarders: Sequence[Forwarder], reading: Reading, clock: Clock
    ) -> None:
        self._what = what
        self._gateway = gateway
        self._forwarders = [one for one in forwarders if one.forwards(what)]
        self._reading = reading
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Admit, ask whoever has the model, pass on."""
        try:
            caller = await admitted(scope, self._gateway, self._what)
            body = await read_body(scope, receive, self._reading, self._clock)
            asked = read_asked(body, header(scope, b"content-type") or "application/json")
            await while_connected(line_of(scope), self._answer(caller, asked, scope, send))
        except GatewayError as error:
            headers = limit_headers(scope, self._clock.now())
            await respond_error(scope, send, self._gateway.worded(error), headers)

    async def _answer(self, caller: Caller, asked: Asked, scope: Scope, send: Send) -> None:
        model = self._gateway.true_model(asked.model)
        if not caller.scope.opens_model(asked.model, model):
            raise ModelNotAllowed(
                f"this key does not open the model '{shortened(asked.model)}'", param="model"
            )
        journey = scope["state"]["journey"] = Journey(caller=caller.name)
        async with self._gateway.limits.spending(caller, asked.tokens, journey) as spending:
            media_type, body = await self._forwarded(asked, model, caller.scope)
            if spending.is_limited:
                spending.used = used_in(body)
        headers = limit_headers(scope, self._clock.now())
        await respond(send, 200, body, headers, media_type=media_type.encode("latin-1", "replace"))

    async def _forwarded(self, asked: Asked, model: str, opened: KeyScope) -> tuple[str, bytes]:
        """The reply of the first that gives one; raises what the first failed with."""
        first: GatewayError | None = None
        for forwarder in self._forwarders:
            if not (opened.opens_upstream(forwarder.name) and await forwarder.offers(model)):
                continue
            body = asked.naming(forwarder.own_name(model))
            try:
                async with forwarder.forward(self._what, body, asked.media_type) as reply:
                    return reply.media_type, await reply.read(_MOST_BYTES)
            except GatewayError as error:
                first = first or error
                if not error.try_elsewhere:
                    break
        raise first or ModelNotFound(f"no upstream has a model '{model}' for {self._what}", param="model")


class _Named(Struct):
    model: str


class _Usage(Struct):
    total_tokens: int | None = None
    prompt_tokens: int | None = None


class _Told(Struct):
    usage: _Usage | None = None


class _Json:
    """JSON, of whose fields only the model's is read."""

    media_type = "application/json"

    def __init__(self, body: bytes, _: str) -> None:
        self.model = json.decode_body(body, _Named).model
        self._fields = json.decode_body(body, dict[str, Raw])
        self._body = body

    def tokens(self) -> int:
        """See ``Asked``."""
        return tokens.count(self._body.decode("utf-8", "replace"))

    def naming(self, model: str) -> bytes:
        """See ``Asked``; all else stays as it was written."""
        return json.encode({**self._fields, "model": model})


class _Form:
    """A form with files."""

    def __init__(self, body: bytes, media_type: str) -> None:
        self.media_type = media_type
        self._body = body
        self.model = multipart.field(body, media_type, "model") or ""

    def tokens(self) -> int:
        """See ``Asked``; what a recording comes to nobody can say beforehand."""
        return 0

    def naming(self, model: str) -> bytes:
        """See ``Asked``."""
        return multipart.replaced(self._body, self.media_type, "model", model)


def used_in(body: bytes) -> int | None:
    """The tokens that a reply tells of, if it does."""
    try:
        usage = msgspec.json.decode(body, type=_Told).usage
    except (msgspec.MsgspecError, UnicodeDecodeError):  # a sound, or usage of another kind
        return None
    return None if usage is None else usage.total_tokens or usage.prompt_tokens


def read_asked(body: bytes, media_type: str) -> Asked:
    """A body that names a model; raises ``BadRequest`` for one that does not."""
    asked: Asked = (_Form if media_type.lower().startswith(_FORM) else _Json)(body, media_type)
    if not asked.model.strip():
        raise BadRequest("'model' is missing", param="model")
    return asked
