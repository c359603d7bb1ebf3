"""An answer under way, watched from its beginning to its end."""

from collections.abc import AsyncIterator, Sequence
from types import TracebackType
from typing import Self

from msgspec import Struct

from akashchat.clock import Clock
from akashchat.errors import GatewayError, InternalError, ModelNotAllowed
from akashchat.model.catalogue import shortened
from akashchat.model.events import Failure, Finish
from akashchat.model.request import Request
from akashchat.policies.admission import Caller
from akashchat.telemetry.base import Observer, Outcome
from akashchat.upstreams.base import Batch, EventStream, Opened, Sink


class Ask(Struct, frozen=True):
    """Who asks and how: what an outcome says beside the answer."""

    request_id: str
    dialect: str
    caller: Caller


class Answer:
    """One answer.

    Entering begins it and raises what prevents it; leaving closes it and tells the observers.  Its ``journey``
    is the request's: there a caller can be heard, before it is entered, and there stands who answers.
    """

    __slots__ = (
        "_ask",
        "_clock",
        "_first_s",
        "_name_means",
        "_observers",
        "_opened",
        "_request",
        "_started",
        "_stream",
        "journey",
    )

    def __init__(
        self,
        opened: Opened,
        ask: Ask,
        request: Request,
        observers: Sequence[Observer],
        clock: Clock,
        *,
        name_means: str,
    ) -> None:
        self._opened = opened
        self._ask = ask
        self._request = request
        self._name_means = name_means
        self._observers = observers
        self._clock = clock
        self._started = clock.monotonic()
        self._first_s: float | None = None
        self._stream: EventStream | None = None
        self.journey = request.journey
        caller = ask.caller
        self.journey.caller = caller.key or caller.name
        self.journey.user = caller.user or request.user
        self.journey.scope = caller.scope

    @property
    def true_model(self) -> str:
        """The model that answers, or, while that is not known, the one that the name asked for stands for."""
        last = self.journey.last
        return last.model if last else self._name_means

    @property
    def model(self) -> str:
        """The name by which the answer goes: the one asked for, unless another model stands in for it."""
        last = self.journey.last
        return last.model if last and last.instead else self._request.model

    @property
    def ignored(self) -> tuple[str, ...]:
        """The parameters that whoever answers does not follow."""
        last = self.journey.last
        return last.ignored if last else ()

    @property
    def upstream(self) -> str:
        """Who answers; empty as long as nobody does."""
        last = self.journey.last
        return last.upstream if last and self._stream is not None else ""

    @property
    def complete(self) -> bool:
        """Whether it came to a good end."""
        return self._stream is not None and isinstance(self._stream.end, Finish)

    async def pour(self, sink: Sink) -> bool:
        """Hand over the events, a batch a network read; see ``EventStream``."""
        return await self._entered.pour(sink)

    async def __aenter__(self) -> Self:
        try:
            self._check()
            self._stream = await self._opened.__aenter__()
        except BaseException as error:
            self._tell(error)
            raise
        self._first_s = self._clock.monotonic() - self._started
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._tell(error)
        await self._opened.__aexit__(kind, error, trace)

    def __aiter__(self) -> AsyncIterator[Batch]:
        """The events, for who would rather take a batch at a time than have them poured."""
        return self._entered

    @property
    def _entered(self) -> EventStream:
        if self._stream is None:
            raise RuntimeError("an answer must be entered before its events are taken")
        return self._stream

    def _check(self) -> None:
        """Raise ``ModelNotAllowed``."""
        asked = self._request.model
        if not self._ask.caller.scope.opens_model(asked, self._name_means):
            raise ModelNotAllowed(f"this key does not open the model '{shortened(asked)}'", param="model")

    def _tell(self, raised: BaseException | None) -> None:
        """What happened: the answer's own end, or what was raised instead; neither when the caller left."""
        end = self._stream.end if self._stream else None
        error = end.error if isinstance(end, Failure) else None
        if isinstance(raised, Exception):
            error = raised if isinstance(raised, GatewayError) else InternalError("the gateway failed")
        finish = end if isinstance(end, Finish) and error is None else None
        last = self.journey.last
        outcome = Outcome(
            request_id=self._ask.request_id,
            dialect=self._ask.dialect,
            caller=self._ask.caller.name,
            user=self.journey.user,
            model=self._request.model,
            true_model=self.true_model,
            upstream=last.upstream if last else "",
            stream=self._request.stream,
            attempts=tuple(self.journey.attempts),
            rescues=self.journey.rescues,
            duration_s=self._clock.monotonic() - self._started,
            first_event_s=self._first_s,
            usage=finish.usage if finish else None,
            finish_reason=finish.reason if finish else None,
            error=error,
        )
        for observer in self._observers:
            observer.observe(outcome)
