"""Endpoints that the gateway only passes on: embeddings and the like, where an upstream has them.

Their bodies are nobody's business here but for the model's name, which says who is asked and may be another
there.  A reply is read whole before it is passed on, so that none is cut without a word.
"""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Annotated, Protocol, TypeAlias

from msgspec import Meta, Raw, Struct
from starlette.types import Receive, Scope, Send

from akashchat.clock import Clock
from akashchat.errors import BadRequest, GatewayError, ModelNotFound
from akashchat.gateway.answer import Ask
from akashchat.gateway.forward import Forward
from akashchat.gateway.gateway import Gateway
from akashchat.model.events import Usage
from akashchat.server.base import (
    Reading,
    header,
    key_of,
    read_body,
    respond,
    respond_error,
)
from akashchat.server.line import line_of, while_connected
from akashchat.wire import json, multipart

FORWARDED = (
    "embeddings", "rerank", "moderations", "audio/speech", "audio/transcriptions", "audio/translations",
)  # fmt: skip
"""The endpoints, by their paths behind ``/v1/``."""

_MOST_BYTES = 64 * 1024 * 1024
"""Of a reply: some thousand embeddings, an hour of speech."""
_FORM = "multipart/form-data"

Count: TypeAlias = Annotated[int, Meta(ge=0, le=2**53)]


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
        """One word, as in all that is told of upstreams."""
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
            caller = await self._gateway.admit(key_of(scope))
            body = await read_body(scope, receive, self._reading, self._clock)
            asked = read_asked(body, header(scope, b"content-type") or "application/json")
            words = body if isinstance(asked, _Json) else b""
            ask = Ask(scope["state"]["request_id"], self._what, caller, words)
            scope["state"]["answer"] = True
            await while_connected(line_of(scope), self._answer(ask, asked, send))
        except GatewayError as error:
            await respond_error(scope, send, self._gateway.worded(error))

    async def _answer(self, ask: Ask, asked: Asked, send: Send) -> None:
        with self._gateway.forward(ask, asked.model) as forward:
            media_type, body = await self._forwarded(asked, forward)
            forward.done(usage_in(body, media_type))
            await respond(send, 200, body, media_type=media_type.encode("latin-1", "replace"))

    async def _forwarded(self, asked: Asked, forward: Forward) -> tuple[str, bytes]:
        """The reply of the first that gives one; raises what the first failed with."""
        first: GatewayError | None = None
        model = forward.true_model
        for forwarder in self._forwarders:
            if not await forwarder.offers(model):
                continue
            body = asked.naming(forwarder.own_name(model))
            try:
                with forward.asking(forwarder.name):
                    async with forwarder.forward(self._what, body, asked.media_type) as reply:
                        return reply.media_type, await reply.read(_MOST_BYTES)
            except GatewayError as error:
                first = first or error
                if not error.try_elsewhere:
                    break
        raise first or ModelNotFound(f"no upstream has a model '{model}' for {self._what}", param="model")


class _Named(Struct):
    model: str


class _Json:
    """JSON, of whose fields only the model's is read."""

    media_type = "application/json"

    def __init__(self, body: bytes, _: str) -> None:
        self.model = json.decode_body(body, _Named).model
        self._fields = json.decode_body(body, dict[str, Raw])

    def naming(self, model: str) -> bytes:
        """See ``Asked``; all else stays as it was written."""
        return json.encode({**self._fields, "model": model})


class _Form:
    """A form with files."""

    def __init__(self, body: bytes, media_type: str) -> None:
        self.media_type = media_type
        self._body = body
        self.model = multipart.field(body, media_type, "model") or ""

    def naming(self, model: str) -> bytes:
        """See ``Asked``."""
        return multipart.replaced(self._body, self.media_type, "model", model)


def read_asked(body: bytes, media_type: str) -> Asked:
    """A body that names a model; raises ``BadRequest`` for one that does not."""
    asked: Asked = (_Form if media_type.lower().startswith(_FORM) else _Json)(body, media_type)
    if not asked.model.strip():
        raise BadRequest("'model' is missing", param="model")
    return asked


class _Tokens(Struct):
    prompt_tokens: Count = 0
    completion_tokens: Count = 0
    input_tokens: Count = 0
    output_tokens: Count = 0


class _Counted(Struct):
    usage: _Tokens


def usage_in(body: bytes, media_type: str) -> Usage | None:
    """The tokens that a reply tells of, if it does: embeddings' by one name, speech's by another."""
    counted = json.decode_if(body, _Counted) if media_type.startswith("application/json") else None
    if counted is None:
        return None
    told = counted.usage
    asked, answered = told.prompt_tokens or told.input_tokens, told.completion_tokens or told.output_tokens
    return Usage(asked, answered) if asked or answered else None
