"""How long an answer may take: to its first word, and in all.

Connecting and silence are the connection's to notice (``upstreams.http``).  Here one timer looks after all answers
of an upstream, once in a while, and nothing is done for a single event; so a time-out comes up to a look late.
"""

import asyncio
import math
from types import TracebackType
from typing import Any, Self

from msgspec import Struct

from akashchat.clock import Clock
from akashchat.errors import AnswerOverdue, UpstreamTimeout
from akashchat.model.events import Failure
from akashchat.model.journey import Attempt
from akashchat.model.request import Request
from akashchat.upstreams.base import EventStream, Opened, Sink, Upstream, Wrapper

_LOOK_S = 1.0
_LOOKS = 8
"""A short time-out is late by no more than an eighth of it."""


class TimedOptions(Struct, frozen=True, kw_only=True):
    """Seconds, from the moment when the upstream is asked."""

    first_token_s: float
    total_s: float


class Timed(Wrapper):
    """Asks the wrapped upstream, and gives up an answer that takes too long."""

    def __init__(self, upstream: Upstream, options: TimedOptions, clock: Clock) -> None:
        super().__init__(upstream)
        self._watch = _Watch(options, clock)

    def open(self, request: Request) -> Opened:
        """An answer within its time; see ``upstreams.base``."""
        return _Timely(self._upstream.open(request), self._watch, request.journey.last)


class _Watch:
    """All answers under way, and one timer for them."""

    def __init__(self, options: TimedOptions, clock: Clock) -> None:
        self.options = options
        self.monotonic = clock.monotonic
        self.answers: set[_Timely] = set()
        self.looks = False
        self._clock = clock
        self._look_s = min(_LOOK_S, options.first_token_s / _LOOKS, options.total_s / _LOOKS)

    def look_later(self) -> None:
        """Look whether anybody is late, once in a while as long as there is anybody."""
        self.looks = True
        self._clock.call_later(self._look_s, self._look)

    def _look(self) -> None:
        now = self.monotonic()
        for late in [answer for answer in self.answers if now >= answer.deadline]:
            late.expire()
        self.looks = False
        if self.answers:
            self.look_later()


class _Timely(EventStream):
    """One answer, with its deadline: of the first word until it begins, then of the whole."""

    __slots__ = (
        "_attempt",
        "_begun",
        "_error",
        "_interrupted",
        "_opened",
        "_stream",
        "_task",
        "_watch",
        "deadline",
    )

    def __init__(self, opened: Opened, watch: _Watch, attempt: Attempt | None) -> None:
        super().__init__()
        self._attempt = attempt
        self._opened = opened
        self._watch = watch
        self._task: asyncio.Task[Any] | None = None
        self._begun = self._interrupted = False
        self._error: UpstreamTimeout | None = None

    async def __aenter__(self) -> Self:
        watch = self._watch
        asked = watch.monotonic()
        self.deadline = asked + watch.options.first_token_s
        watch.answers.add(self)
        if not watch.looks:
            watch.look_later()
        self._task = asyncio.current_task()
        try:
            self._stream = await self._opened.__aenter__()
        except BaseException as raised:
            watch.answers.discard(self)
            if self._error is not None and self._is_late(raised):
                raise self._error from None
            raise
        finally:
            self._task = None
        if self._attempt is not None:
            self._attempt.heard = watch.monotonic()
        self.deadline = asked + watch.options.total_s
        self._begun = True
        self._error = None
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._watch.answers.discard(self)
        await self._opened.__aexit__(kind, error, trace)

    async def pour(self, sink: Sink) -> bool:
        """See ``EventStream``; the end of its time is a ``Failure``."""
        if self.end is None and self._error is None:
            self._task = asyncio.current_task()
            try:
                over = await self._stream.pour(sink)
            except BaseException as raised:
                if not self._is_late(raised):
                    raise
            else:
                self.end = self._stream.end
                return over
            finally:
                self._task = None
        if self.end is None and self._error is not None:
            self.end = Failure(self._error)
            sink([self.end])
        return True

    def expire(self) -> None:
        """Its time is up.

        Whatever has been handed over wakes the task that pours before the interruption comes to it.  So that
        one is truly waiting for the upstream then, and its sink has not had enough.
        """
        self.deadline = math.inf
        options = self._watch.options
        self._error = (
            AnswerOverdue(f"the upstream's answer was not complete after {options.total_s:g} seconds")
            if self._begun
            else UpstreamTimeout(
                f"the upstream's answer did not begin within {options.first_token_s:g} seconds"
            )
        )
        if self._task is not None:
            self._task.get_loop().call_soon(self._interrupt)

    def _interrupt(self) -> None:
        """Wake the task that waits, unless it is woken by others already."""
        task = self._task
        if task is not None and self._error is not None and not task.cancelling():
            self._interrupted = True
            task.cancel()

    def _is_late(self, raised: BaseException) -> bool:
        """Whether it was raised by the interruption and nothing else; as ``asyncio.timeout`` does it, for less."""
        if not self._interrupted or self._task is None:
            return False
        self._interrupted = False
        return self._task.uncancel() == 0 and isinstance(raised, asyncio.CancelledError)
