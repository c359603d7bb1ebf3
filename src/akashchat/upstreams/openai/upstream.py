"""An OpenAI-compatible server as an upstream: a request in, a stream of events out."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, closing

from msgspec import Struct

from akashchat.clock import Chance, Clock
from akashchat.errors import BadRequest, ModelNotFound, UpstreamError
from akashchat.model.catalogue import Catalogue, Model, Price
from akashchat.model.events import Finish
from akashchat.model.request import Request
from akashchat.upstreams.base import Honour, Opening, Parts, Written
from akashchat.upstreams.decoded import Decoded
from akashchat.upstreams.http.client import HttpReply
from akashchat.upstreams.listing import Listing
from akashchat.upstreams.openai.answer import Exchange
from akashchat.upstreams.openai.api import Api
from akashchat.upstreams.openai.habits import Habits
from akashchat.upstreams.openai.models import ModelNames, read_models
from akashchat.upstreams.openai.parameters import honours
from akashchat.upstreams.openai.reply import WholeReply
from akashchat.upstreams.openai.request import Form, freeform_names, render
from akashchat.upstreams.openai.stream import ChatStream


class KeyedOptions(Struct, frozen=True, kw_only=True):
    """What it is asked for: see ``models.ModelNames``; ``lacks`` and ``forwards`` as in the settings."""

    names: ModelNames
    lacks: frozenset[str] = frozenset()
    forwards: frozenset[str] = frozenset()


class OpenAICompatible:
    """Answers from a server that speaks Chat Completions."""

    def __init__(self, api: Api, options: KeyedOptions, clock: Clock, chance: Chance) -> None:
        self._api = api
        self._names = options.names
        self._lacks = options.lacks
        self._forwards = options.forwards
        self._listing = Listing(self._list, self._trusted, clock)
        self._habits = Habits()
        self._monotonic = clock.monotonic
        self._chance = chance
        self.name = api.name

    def open(self, request: Request) -> Opening:
        """Begin an answer; see ``upstreams.base``."""
        return Opening(Written(self._answer(request)))

    def honours(self, model: str) -> Mapping[str, Honour]:
        """Nearly everything, less what the operator says it lacks, or its list says of the model."""
        return honours(self._lacking(model))

    async def catalogue(self) -> Catalogue:
        """Its models, under the names they have here."""
        return await self._listing.catalogue()

    def price(self, model: str) -> Price | None:
        """What a model's tokens cost, as far as the list at hand tells."""
        known = self._listing.known(model)
        return known.price if known else None

    async def _answer(self, request: Request) -> Parts:
        model = await self._found(request.model)
        if request.picture is not None:
            raise BadRequest(f"'{model.id}' does not draw", param="model")
        exchange = Exchange(
            upstream=self.name,
            token=self._chance.token(8),
            freeform=freeform_names(request),
            secret=self._api.key,
        )
        with closing(await self._ask(request)) as reply:
            whole = reply.media_type.endswith("/json")
            stream = Decoded(reply, WholeReply(exchange) if whole else ChatStream(exchange), self.name)
            try:
                yield stream
            finally:
                if isinstance(stream.end, Finish):
                    await reply.drain()

    async def _ask(self, request: Request) -> HttpReply:
        """Send the request, again where the upstream turns out to want it otherwise."""
        while True:
            body = self._written(request)
            try:
                further = request.journey.asking(self._monotonic())
                return await self._api.post("/chat/completions", body, further=further)
            except BadRequest as refusal:
                if not self._habits.learn(refusal, request.model):
                    raise

    def _written(self, request: Request) -> bytes:
        form = Form(
            model=self._names.own(request.model),
            lacks=self._lacking(request.model),
            usage=self._habits.usage,
            limit=self._habits.limit(request.model),
        )
        try:
            return render(request, form)
        except RecursionError:
            raise BadRequest("a schema is nested too deeply", param="tools") from None

    def _lacking(self, model: str) -> frozenset[str]:
        known = self._listing.known(model)
        return self._lacks.union(known.lacks) if known and known.lacks else self._lacks

    async def _found(self, name: str) -> Model:
        """The model of this name; raises ``ModelNotFound`` for one that is not there, or not to be asked for."""
        if not self._names.asks_for(name):
            raise ModelNotFound(
                f"'{name}' is not among the models that {self.name} is asked for", param="model"
            )
        return await self._listing.find(name)

    async def _list(self) -> tuple[Model, ...]:
        listed = await self._api.get("/models")
        if listed is not None:
            return self._names.applied(read_models(listed, self.name), self.name)
        if not (given := self._names.given(self.name)):
            raise UpstreamError(f"{self.name} has no list of models; name them in its option 'models'")
        return given

    def _trusted(self, model_id: str) -> Model:
        return Model(id=model_id, name=model_id, upstream=self.name)

    # -- what is passed on unread

    def forwards(self, what: str) -> bool:
        """Whether it has an endpoint beside chat."""
        return what in self._forwards

    async def offers(self, model: str) -> bool:
        """Whether it has a model, or may have it."""
        try:
            await self._found(model)
        except ModelNotFound:
            return False
        return True

    def own_name(self, model: str) -> str:
        """What a model is called there."""
        return self._names.own(model)

    @asynccontextmanager
    async def forward(self, what: str, body: bytes, media_type: str) -> AsyncIterator[HttpReply]:
        """The reply of an endpoint beside chat to a body, as it is; raises what a refusal means."""
        with closing(await self._api.post(f"/{what}", body, media_type)) as reply:
            yield reply
