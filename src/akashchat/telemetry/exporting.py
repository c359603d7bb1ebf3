"""What is sent to a collector: gathered, and sent beside the answers.

Nobody waits for it.  What a collector does not take is lost, and counted; so is what comes while too much waits.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from typing import Protocol, TypeAlias

import structlog

from akashchat.clock import Clock, Timer
from akashchat.telemetry.base import Outcome, Visit
from akashchat.telemetry.conventions import Place
from akashchat.telemetry.metrics import Distribution, Figures, Labels
from akashchat.telemetry.spans import Span, of_outcome, of_visit

_GATHER_S = 1.0
"""So long may a span wait for others."""
_MANY = 256
"""So many are sent at a time: to encode them takes some milliseconds."""
_MOST_WAITING = 8192
_CLOSE_S = 5.0
"""So long a collector has to take what is left at the end."""


SIGNALS = ("traces", "metrics")

Collect: TypeAlias = Callable[[], Iterator[Figures | Distribution]]
"""Gives all metrics."""


class Sender(Protocol):
    """Sends, and waits for it: so not in the event loop.  Neither raises; both give whether it was taken."""

    def spans(self, spans: Sequence[Span]) -> bool:
        """Send parts of traces."""
        ...

    def metrics(self, prepared: object) -> bool:
        """Send metrics that were prepared."""
        ...

    def prepare(self, metrics: Sequence[Figures | Distribution], now: float) -> object:
        """Copy what metrics say at this moment; does not wait."""
        ...

    def close(self) -> None:
        """Give up what is being sent."""
        ...


class Exporting:
    """Hears of what happened, and tells a collector; ``close`` sends what is left."""

    def __init__(self, sender: Sender, clock: Clock, *, most: int = _MOST_WAITING) -> None:
        self._sender = sender
        self._clock = clock
        self._most = most
        self._spans: list[Span] = []
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._timer: Timer | None = None
        self._collect: Collect | None = None
        self._lost = dict.fromkeys(SIGNALS, 0)
        self._down: set[str] = set()
        self._log = structlog.get_logger("akashchat")
        self.places: Mapping[str, Place] = {}
        """Where upstreams are, by their names."""

    def observe(self, outcome: Outcome) -> None:
        """See ``Observer``."""
        if (trace := outcome.trace) is not None and trace.sampled:
            self._add(list(of_outcome(outcome, trace, self._epoch(), self.places)))

    def visited(self, visit: Visit) -> None:
        """A request is over."""
        if (trace := visit.trace) is not None and trace.sampled:
            self._add([of_visit(visit, trace, self._epoch())])

    def send_metrics(self, collect: Collect, every_s: float) -> None:
        """Send what this gives, from now on, again and again."""
        self._collect = collect

        def send() -> None:
            self._timer = self._clock.call_later(every_s, send)
            self._begin("metrics", self._send_metrics(collect))

        self._timer = self._clock.call_later(every_s, send)

    def figures(self) -> Iterator[Figures]:
        """What metrics tell of it."""
        return lost(self._lost)

    async def close(self) -> None:
        """Send what is left, if the collector takes it soon."""
        if self._timer is not None:
            self._timer.cancel()
        if self._collect is not None:
            self._begin("metrics", self._send_metrics(self._collect))
        self._send_spans_now()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks.values(), timeout=_CLOSE_S)
            self._sender.close()
            for task in late:
                task.cancel()
        else:
            self._sender.close()

    def _add(self, spans: list[Span]) -> None:
        if len(self._spans) + len(spans) > self._most:
            self._lost["traces"] += len(spans)
            return
        if not self._spans:
            self._clock.call_later(_GATHER_S, self._send_spans_now)
        self._spans += spans
        if len(self._spans) >= _MANY:
            self._send_spans_now()

    def _send_spans_now(self) -> None:
        if self._spans:
            self._begin("traces", self._send_spans())

    def _begin(self, signal: str, sending: Coroutine[object, object, None]) -> None:
        """Send, unless what was begun before is still under way."""
        if signal in self._tasks:
            sending.close()
            return
        task = self._tasks[signal] = asyncio.ensure_future(sending)
        task.add_done_callback(lambda _: self._tasks.pop(signal))

    async def _send_spans(self) -> None:
        while self._spans:
            batch, self._spans = self._spans[:_MANY], self._spans[_MANY:]
            self._tell("traces", len(batch), taken=await asyncio.to_thread(self._sender.spans, batch))

    async def _send_metrics(self, collect: Collect) -> None:
        prepared = self._sender.prepare(list(collect()), self._clock.now())
        self._tell("metrics", 1, taken=await asyncio.to_thread(self._sender.metrics, prepared))

    def _tell(self, signal: str, count: int, *, taken: bool) -> None:
        """Count what was lost; the log has a line when that begins, and one when it ends."""
        if taken:
            if signal in self._down:
                self._down.discard(signal)
                self._log.info("collector", signal=signal, state="takes it again", lost=self._lost[signal])
            return
        self._lost[signal] += count
        if signal not in self._down:
            self._down.add(signal)
            self._log.warning("collector", signal=signal, state="does not take it")

    def _epoch(self) -> float:
        """When monotonic time was nought."""
        return self._clock.now() - self._clock.monotonic()


def lost(counts: Mapping[str, int]) -> Iterator[Figures]:
    """What was lost of each signal, as a metric."""
    rows: dict[Labels, float] = {(signal,): float(count) for signal, count in counts.items()}
    about = "Spans, and readings of all metrics, that no collector took; where one is asked for."
    yield Figures("counter", "akashchat_telemetry_lost", about, ("signal",), rows)
