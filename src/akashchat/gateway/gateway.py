"""What the server asks for, whatever the dialect."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

from msgspec import Struct

from akashchat.clock import Clock
from akashchat.errors import ErrorModel, GatewayError, InternalError, ModelNotFound, UnsupportedParameter
from akashchat.gateway.answer import Answer
from akashchat.model.catalogue import Catalogue, Model
from akashchat.model.events import Event, Failure, Finish
from akashchat.model.request import Request
from akashchat.policies.admission import Admission, Caller
from akashchat.policies.links import Links
from akashchat.telemetry.base import Observer, Outcome
from akashchat.upstreams.base import Honour, Upstream


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


class Ask(Struct, frozen=True):
    """Who asks and how: what an outcome says beside the answer."""

    request_id: str
    dialect: str
    caller: Caller


class GatewayOptions(Struct, frozen=True, kw_only=True):
    """``strict`` refuses what cannot be honoured; ``compat`` fails as the Go project does."""

    strict: bool = False
    compat: bool = False


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
        clock: Clock,
        options: GatewayOptions,
    ) -> None:
        self._upstream = upstream
        self._admission = admission
        self._observers = observers
        self._clock = clock
        self.options = options
        self.files = files
        self.links = links

    def admit(self, key: str | None) -> Caller:
        """The caller behind a key; raises ``Unauthenticated``."""
        return self._admission.admit(key)

    def ignored(self, request: Request) -> list[str]:
        """What the request asks for and nobody here does; raises ``UnsupportedParameter`` when strict."""
        asked = request.asked()
        if not asked:
            return []
        names = sorted(asked - self._upstream.honours(request.model).keys())
        if names and self.options.strict:
            listed = ", ".join(f"'{name}'" for name in names)
            raise UnsupportedParameter(
                f"not supported with the model '{request.model}': {listed}", param=names[0]
            )
        return names

    @asynccontextmanager
    async def answer(self, ask: Ask, request: Request) -> AsyncIterator[Answer]:
        """Begin an answer; raises before the first event, and not after it (see ``upstreams.base``)."""
        started = self._clock.monotonic()
        first: float | None = None
        answer: Answer | None = None
        error: GatewayError | None = None
        try:
            async with self._upstream.open(request) as stream:
                first = self._clock.monotonic() - started
                answer = Answer(stream)
                yield answer
        except GatewayError as refused:
            error = self._worded(refused)
            raise error from refused
        except Exception:
            error = InternalError("the gateway failed")
            raise
        finally:
            duration = self._clock.monotonic() - started
            last = answer.last if answer else None
            self._tell(_outcome(ask, request, self._upstream.name, last, error, (duration, first)))

    def honours(self, model: str) -> Mapping[str, Honour]:
        """Who does what a parameter asks."""
        return self._upstream.honours(model)

    async def catalogue(self) -> Catalogue:
        """The models on offer."""
        return await self._upstream.catalogue()

    async def model(self, model_id: str) -> Model:
        """One model; raises ``ModelNotFound``."""
        found = (await self.catalogue()).find(model_id)
        if found is None:
            raise self._worded(ModelNotFound(f"there is no model '{model_id}'", param="model"))
        return found

    def _worded(self, error: GatewayError) -> GatewayError:
        if self.options.compat and isinstance(error, ModelNotFound):
            return ErrorModel("Error Model.", param=error.param)
        return error

    def _tell(self, outcome: Outcome) -> None:
        for observer in self._observers:
            observer.observe(outcome)


def _outcome(
    ask: Ask,
    request: Request,
    upstream: str,
    last: Event | None,
    error: GatewayError | None,
    times: tuple[float, float | None],
) -> Outcome:
    finish = last if isinstance(last, Finish) else None
    failure = last.error if isinstance(last, Failure) else None
    return Outcome(
        request_id=ask.request_id,
        dialect=ask.dialect,
        caller=ask.caller.name,
        user=request.user,
        model=request.model,
        upstream=upstream,
        stream=request.stream,
        duration_s=times[0],
        first_event_s=times[1],
        usage=finish.usage if finish else None,
        finish_reason=finish.reason if finish else None,
        error=failure or error,
    )
