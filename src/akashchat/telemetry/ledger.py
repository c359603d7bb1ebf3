"""The ledger: one row an answer, written behind it, many at a time.

An answer costs the taking of its outcome; rows are made and written half a second later in one transaction.  While the
database is away they wait, up to a bound, and what is beyond it is lost, counted and told.  A transaction whose fate is
unknown is looked for before it is tried again, so no answer is written twice.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Coroutine, Iterator, Sequence
from typing import Any

import structlog
from msgspec import Struct, structs

from akashchat.clock import Clock, Timer
from akashchat.storage.base import DatabaseDown, storable
from akashchat.storage.rows import Body, LedgerRow, LedgerStore
from akashchat.telemetry.base import Outcome
from akashchat.telemetry.metrics import Figures, Labels
from akashchat.telemetry.prices import Prices
from akashchat.telemetry.redaction import redacted, redacted_body

_GATHER_S = 0.5
_BATCH = 500
_MOST_WAITING = 50_000
_MOST_WORDS = 32 * 1024 * 1024
"""Bytes of words that wait: of so many answers' as fit, the others' rows are kept without."""
_AGAIN_S = 1.0
_CLOSING_S = 5.0
_TIDY_S, _FIRST_S, _STEP_S = 3600.0, 60.0, 0.1
_DAY_S = 86_400.0
_LONGEST = 256
"""Of names that callers choose."""
_MOST_TOKENS = 2**53
"""What every reader of JSON can count to; an upstream may tell anything."""


class LedgerOptions(Struct, frozen=True, kw_only=True):
    """For how long rows and words are kept."""

    retention_days: float = 90.0
    bodies_days: float = 7.0


class Ledger:
    """An observer; ``spent`` is told what answers cost, as upstream, model and dollars."""

    def __init__(
        self,
        store: LedgerStore,
        clock: Clock,
        *,
        spent: Callable[[str, str, float], object],
    ) -> None:
        self.store = store
        self.options = LedgerOptions()
        self.prices = Prices({})
        self._clock = clock
        self._spent = spent
        self._log = structlog.get_logger("akashchat")
        self._waiting: deque[Outcome] = deque()
        self._writing: list[LedgerRow] = []
        """Those of the waiting that are no longer there, because they are being written."""
        self._words = 0
        self._lost: Counter[Labels] = Counter({("row",): 0, ("words",): 0})
        self._away = False
        self._timer: Timer | None = None
        """Set as long as anything waits or is written."""
        self._tidy_timer: Timer | None = None
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def observe(self, outcome: Outcome) -> None:
        """See ``Observer``."""
        waiting = self._waiting
        if len(waiting) + len(self._writing) >= _MOST_WAITING:
            self._lose("row", 1)
            return
        waiting.append(outcome if outcome.words is None else self._bounded(outcome))
        if self._timer is None:
            self._timer = self._clock.call_later(_GATHER_S, self._begin)
        elif len(waiting) == _BATCH:
            self._begin()

    def start(self) -> None:
        """From now on what is too old is forgotten."""
        self._tidy_timer = self._clock.call_later(_FIRST_S, self._tidy)

    async def close(self) -> None:
        """Write what waits; what the database does not take in some seconds is lost."""
        for timer in (self._timer, self._tidy_timer):
            if timer is not None:
                timer.cancel()
        if tidying := self._tasks.get("tidy"):
            tidying.cancel()
        try:
            async with self._clock.timeout(_CLOSING_S):
                if writing := self._tasks.get("write"):
                    await writing
                while self._waiting:
                    await self._write()
        except TimeoutError:
            self._lose("row", len(self._waiting) + len(self._writing))
            self._log.error(
                "ledger not written", rows=self._lost["row",], reason="the database does not answer"
            )

    def figures(self) -> Iterator[Figures]:
        """What metrics tell of it."""
        about = "Rows of the ledger, and words, that were lost because the database was away too long."
        yield Figures("counter", "akashchat_ledger_lost", about, ("kind",), self._lost)
        waiting: dict[Labels, float] = {(): float(len(self._waiting) + len(self._writing))}
        yield Figures("gauge", "akashchat_ledger_waiting", "Rows that are yet to be written.", (), waiting)

    # -- writing

    def _begin(self) -> None:
        """Write, unless that is under way."""
        if "write" not in self._tasks:
            self._run("write", self._write())

    async def _write(self) -> None:
        """Write what waits; less than a batch may wait for more."""
        if self._timer is not None:
            self._timer.cancel()
        while True:
            outcomes = [self._waiting.popleft() for _ in range(min(_BATCH, len(self._waiting)))]
            if outcomes:
                await self._write_batch(outcomes)
            if len(self._waiting) < _BATCH:
                break
        self._timer = self._clock.call_later(_GATHER_S, self._begin) if self._waiting else None

    async def _write_batch(self, outcomes: Sequence[Outcome]) -> None:
        rows = self._writing = [self._row(outcome) for outcome in outcomes]
        words = [outcome for outcome in outcomes if outcome.words is not None]
        bodies = await asyncio.to_thread(_bodies, words) if words else []
        try:
            await self._written(rows, bodies)
        except Exception as error:  # noqa: BLE001  whatever it is, the next rows may fare better
            self._lose("row", len(rows))
            self._log.error("ledger not written", rows=len(rows), reason=str(error))
        self._words -= sum(map(_size, words))
        self._writing = []

    async def _written(self, rows: Sequence[LedgerRow], bodies: Sequence[Body]) -> None:
        """Write, again and again where the database is away."""
        doubtful = False
        while True:
            try:
                if not (doubtful and await self.store.holds(rows[0])):
                    await self.store.write(rows, bodies)
            except DatabaseDown as error:
                doubtful = True
                if not self._away:
                    self._away = True
                    self._log.warning(
                        "ledger waits", waiting=len(rows) + len(self._waiting), reason=str(error)
                    )
            else:
                if self._away:
                    self._away = False
                    self._log.info("ledger goes on", waiting=len(self._waiting), lost=self._lost["row",])
                return
            await self._clock.sleep(_AGAIN_S)

    def _row(self, outcome: Outcome) -> LedgerRow:
        cost = self.prices.cost(outcome)
        if cost is not None:
            self._spent(outcome.upstream, outcome.true_model or outcome.model, cost)
        return row_of(outcome, cost)

    def _bounded(self, outcome: Outcome) -> Outcome:
        """The same, without its words where too many wait."""
        if self._words + _size(outcome) > _MOST_WORDS:
            self._lose("words", 1)
            return structs.replace(outcome, words=None)
        self._words += _size(outcome)
        return outcome

    def _lose(self, kind: str, count: int) -> None:
        if not self._lost[kind,]:
            self._log.error("ledger loses", kind=kind, reason="more wait for the database than are held")
        self._lost[kind,] += count

    # -- forgetting

    def _tidy(self) -> None:
        self._tidy_timer = self._clock.call_later(_TIDY_S, self._tidy)
        if "tidy" not in self._tasks:
            self._run("tidy", self._forget())

    async def _forget(self) -> None:
        """Forget what is too old, a little at a time."""
        now = self._clock.now()
        rows, bodies = (
            now - days * _DAY_S for days in (self.options.retention_days, self.options.bodies_days)
        )
        try:
            while await self.store.forget(rows, bodies):
                await self._clock.sleep(_STEP_S)
        except DatabaseDown as error:
            self._log.info("ledger not tidied", reason=str(error))

    def _run(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        task = self._tasks[name] = asyncio.create_task(work)
        task.add_done_callback(lambda _: self._tasks.pop(name))


def row_of(outcome: Outcome, cost: float | None) -> LedgerRow:
    """What a row tells of an outcome."""
    usage, error = outcome.usage, outcome.error
    ended = outcome.finish_reason.value if outcome.finish_reason else "left"
    return LedgerRow(
        at=outcome.at,
        request_id=outcome.request_id,
        key=outcome.key,
        caller=_plain(outcome.caller),
        user=_plain(outcome.user),
        dialect=outcome.dialect,
        model=_plain(outcome.model),
        true_model=_plain(outcome.true_model or outcome.model),
        upstream=outcome.upstream,
        stream=outcome.stream,
        attempts=sum([attempt.tries for attempt in outcome.attempts]),
        rescues=outcome.rescues,
        input_tokens=min(usage.input_tokens, _MOST_TOKENS) if usage else None,
        output_tokens=min(usage.output_tokens, _MOST_TOKENS) if usage else None,
        reasoning_tokens=min(usage.reasoning_tokens, _MOST_TOKENS) if usage else 0,
        estimated=usage.estimated if usage else False,
        first_event_ms=None if outcome.first_event_s is None else round(outcome.first_event_s * 1000, 2),
        duration_ms=round(outcome.duration_s * 1000, 2),
        outcome="failed" if error else ended,
        error=error.kind if error else "",
        cost=cost,
    )


def _plain(name: str) -> str:
    """A name as every database takes it, and not too long."""
    return storable(name[:_LONGEST])


def _size(outcome: Outcome) -> int:
    return len(outcome.words.request) + len(outcome.words.answer) if outcome.words else 0


def _bodies(outcomes: Sequence[Outcome]) -> list[Body]:
    """Their words, less what is nobody's business; the last of a request's id stands for it."""
    return [
        Body(
            outcome.request_id,
            outcome.at,
            redacted_body(outcome.words.request),
            redacted(outcome.words.answer).encode("utf-8", "replace"),
        )
        for outcome in outcomes
        if outcome.words is not None
    ]
