"""What the server asks for, whatever the dialect."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from msgspec import Struct

from akashchat.clock import Clock
from akashchat.errors import ErrorModel, GatewayError, ModelNotFound
from akashchat.gateway.answer import Answer, Ask
from akashchat.model.aliases import NO_ALIASES, Aliases
from akashchat.model.catalogue import Catalogue, Model, unknown_model
from akashchat.model.request import Request
from akashchat.policies.admission import EVERYTHING, UNLIMITED, Admission, Caller, Scope
from akashchat.policies.limits import Limits
from akashchat.policies.links import Links
from akashchat.policies.reserved import Reserved
from akashchat.telemetry.base import Observer
from akashchat.upstreams.base import Honour, Opened, Upstream, honour_of


class FileReply(Protocol):
    """A picture on its way."""

    @property
    def media_type(self) -> str:
        """Its media type."""
        ...

    async def read(self, limit: int) -> bytes:
        """Its bytes."""
        ...


class Files(Protocol):
    """Where pictures are."""

    def file(self, name: str) -> AbstractAsyncContextManager[FileReply]:
        """One picture; raises ``NotFound``."""
        ...


class GatewayOptions(Struct, frozen=True, kw_only=True):
    """``strict`` tells that what cannot be honoured is refused; ``compat`` fails as the Go project does.

    ``trusts_users`` tells that callers may say for whom they ask.
    """

    strict: bool = False
    trusts_users: bool = False
    compat: bool = False
    aliases: Aliases = NO_ALIASES


class Gateway:
    """Admits, answers, and tells what happened."""

    def __init__(
        self,
        upstream: Upstream,
        files: Files,
        admission: Admission,
        links: Links,
        observers: Sequence[Observer],
        *,
        limits: Limits,
        clock: Clock,
        options: GatewayOptions,
    ) -> None:
        self._upstream = upstream
        self._admission = admission
        self._observers = observers
        self._clock = clock
        self.limits = limits
        self.options = options
        self.files = files
        self.links = links

    @property
    def open(self) -> bool:
        """Whether no key is needed."""
        return self._admission.open

    async def admit(self, key: str | None) -> Caller:
        """The caller behind a key; raises ``Unauthenticated``."""
        return await self._admission.admit(key)

    def answer(self, ask: Ask, request: Request) -> Answer:
        """An answer, to be entered; raises before the first event, and not after it."""
        opened: Opened
        if ask.caller.allowance == UNLIMITED:
            opened = self._upstream.open(request)
        else:
            opened = Reserved(self._upstream, request, ask.caller, self.limits)
        means = self.true_model(request.model)
        return Answer(opened, ask, request, self._observers, self._clock, name_means=means)

    def true_model(self, name: str) -> str:
        """The model a name stands for; the name itself where it is no alias."""
        return self.options.aliases.resolve(name)

    def worded(self, error: GatewayError) -> GatewayError:
        """The error as this gateway's callers expect it."""
        if self.options.compat and isinstance(error, ModelNotFound):
            return ErrorModel("Error Model.", param=error.param)
        return error

    def honours(self, model: str) -> Mapping[str, Honour]:
        """Who does what a parameter asks."""
        return self._upstream.honours(model)

    def doer(self, model: str) -> Callable[[str], Honour]:
        """Gives who does what a parameter asks, by OpenAI's name for it."""
        honours = self._upstream.honours(model)
        return lambda name: honour_of(name, honours)

    async def catalogue(self, scope: Scope = EVERYTHING) -> Catalogue:
        """The models on offer, as far as a key opens them."""
        return (await self._upstream.catalogue()).within(scope)

    async def model(self, model_id: str, scope: Scope = EVERYTHING) -> Model:
        """One model; raises ``ModelNotFound``, also for one that a key does not open."""
        catalogue = await self._upstream.catalogue()
        found = catalogue.find(model_id) or self.options.aliases.find(catalogue, model_id)
        opened = found.within(scope) if found is not None else None
        if opened is None:
            raise unknown_model(model_id, [model.id for model in catalogue.within(scope).models])
        return opened
