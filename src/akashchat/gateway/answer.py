"""An answer under way, watched from its beginning to its end."""

from collections.abc import AsyncIterator, Sequence
from types import TracebackType
from typing import Self

from msgspec import Struct

from akashchat.clock import Clock
from akashchat.errors import GatewayError, InternalError
from akashchat.model.events import Failure, Finish
from akashchat.model.request import Request
from akashchat.policies.admission import Caller
from akashchat.telemetry.base import Observer, Outcome
from akashchat.upstreams.base import Batch, Opening


class Ask(Struct, frozen=True):
    """Who asks and how: what an outcome says beside the answer."""

    request_id: str
    dialect: str
    caller: Caller


class Answer:
    """One answer.

    Entering begins it and raises what prevents it; leaving closes it and tells the observers.
    """

    __slots__ = (
        "_ask",
        "_clock",
        "_first_s",
        "_observers",
        "_opening",
        "_request",
        "_started",
        "_true_model",
        "_upstream",
        "pour",
    )

    def __init__(
        self,
        opening: Opening,
        ask: Ask,
        request: Request,
        upstream: str,
        observers: Sequence[Observer],
        clock: Clock,
        *,
        true_model: str,
    ) -> None:
        self._opening = opening
        self._ask = ask
        self._request = request
        self._true_model = true_model
        self._upstream = upstream
        self._observers = observers
        self._clock = clock
        self._started = clock.monotonic()
        self._first_s: float | None = None
        self.pour = opening.pour
        """Hands over the events, a batch a network read; see ``EventStream``."""

    async def __aenter__(self) -> Self:
        try:
            await self._opening.__aenter__()
        except BaseException as error:
            self._tell(error)
            raise
        self._first_s = self._clock.monotonic() - self._started
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._tell(error)
        await self._opening.__aexit__(kind, error, trace)

    def __aiter__(self) -> AsyncIterator[Batch]:
        """The events, for who would rather take a batch at a time than have them poured."""
        return self._opening

    def _tell(self, raised: BaseException | None) -> None:
        """What happened: the answer's own end, or what was raised instead; neither when the caller left."""
        last = self._opening.end
        error = last.error if isinstance(last, Failure) else None
        if isinstance(raised, Exception):
            error = raised if isinstance(raised, GatewayError) else InternalError("the gateway failed")
        finish = last if isinstance(last, Finish) and error is None else None
        outcome = Outcome(
            request_id=self._ask.request_id,
            dialect=self._ask.dialect,
            caller=self._ask.caller.name,
            user=self._request.user,
            model=self._request.model,
            true_model=self._true_model,
            upstream=self._upstream,
            stream=self._request.stream,
            duration_s=self._clock.monotonic() - self._started,
            first_event_s=self._first_s,
            usage=finish.usage if finish else None,
            finish_reason=finish.reason if finish else None,
            error=error,
        )
        for observer in self._observers:
            observer.observe(outcome)
