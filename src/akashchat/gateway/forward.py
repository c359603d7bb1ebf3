"""A request that is only passed on, watched from its beginning to its end."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from akashchat.clock import Clock
from akashchat.errors import GatewayError, InternalError
from akashchat.gateway.answer import Ask
from akashchat.gateway.overheard import cut
from akashchat.model.events import FinishReason, Usage
from akashchat.model.journey import Attempt
from akashchat.telemetry.base import Observer, Outcome, Words


class Forward:
    """Entered and left, it tells the observers.

    Whoever passes it on says so by ``asking``; ``done`` says that the reply is there.
    """

    def __init__(
        self,
        ask: Ask,
        model: str,
        observers: Sequence[Observer],
        clock: Clock,
        true_model: str,
        *,
        overhear: bool = False,
    ) -> None:
        self._ask = ask
        self._model = model
        self._observers = observers
        self._clock = clock
        self._overhear = overhear
        self._started = clock.monotonic()
        self._attempts: list[Attempt] = []
        self._finished = False
        self._usage: Usage | None = None
        self.true_model = true_model

    @contextmanager
    def asking(self, upstream: str) -> Iterator[None]:
        """An upstream is asked; what the body raises is what it failed with."""
        attempt = Attempt(upstream, self.true_model)
        self._attempts.append(attempt)
        try:
            yield
        except GatewayError as error:
            attempt.error = error
            raise

    def done(self, usage: Usage | None) -> None:
        """The reply is complete, with the tokens it tells of."""
        self._finished = True
        self._usage = usage

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None
    ) -> None:
        error: GatewayError | None = None
        if isinstance(raised, Exception):
            error = raised if isinstance(raised, GatewayError) else InternalError("the gateway failed")
        finished = self._finished and error is None
        duration_s = self._clock.monotonic() - self._started
        outcome = Outcome(
            request_id=self._ask.request_id,
            dialect=self._ask.dialect,
            operation=self._ask.dialect,
            caller=self._ask.caller.name,
            key=self._ask.caller.key,
            user=self._ask.caller.user,
            model=self._model,
            true_model=self.true_model,
            upstream=self._attempts[-1].upstream if self._attempts else "",
            stream=False,
            attempts=tuple(self._attempts),
            at=self._clock.now() - duration_s,
            duration_s=duration_s,
            usage=self._usage if finished else None,
            finish_reason=FinishReason.STOP if finished else None,
            error=error,
            words=Words(cut(self._ask.body), "") if self._overhear else None,
        )
        for observer in self._observers:
            observer.observe(outcome)
