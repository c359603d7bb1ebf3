"""What a ledger holds, a row an answer, and what can be asked of its rows.

Durations of many rows are told by how many fell between which bounds: such counts can be added up, of days, of models
and of databases, and a percentile of durations cannot.
"""

from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from typing import Literal, Protocol, TypeAlias

from msgspec import Struct

FINEST_MS = 128
"""Up to here a duration is counted by the millisecond; above it by steps that grow with it fourfold."""


class LedgerRow(Struct, frozen=True, kw_only=True):
    """One answer: its fields are the columns, in their order.

    ``at`` is when it began, in seconds since the epoch; ``model`` is as asked, ``true_model`` who answered.  ``outcome``
    is why it finished, ``failed``, or ``left`` where its caller did not wait; ``error`` is the failure's code.
    ``cost`` is in dollars, and ``None`` where no price is known.  ``id`` counts up as rows are written.
    """

    at: float
    request_id: str
    key: str
    caller: str
    user: str
    dialect: str
    model: str
    true_model: str
    upstream: str
    stream: bool
    attempts: int
    rescues: int
    input_tokens: int | None
    output_tokens: int | None
    reasoning_tokens: int
    estimated: bool
    first_event_ms: float | None
    duration_ms: float
    outcome: str
    error: str
    cost: float | None
    id: int = 0


class Body(Struct, frozen=True):
    """What was asked and answered, where that is kept."""

    request_id: str
    at: float
    request: bytes
    answer: bytes


Named: TypeAlias = Literal["model", "key", "caller", "user", "upstream", "dialect"]
"""A column by which rows can be found; a ``model`` is found by either of its names."""

Group: TypeAlias = Literal[
    "day", "hour", "minute", "model", "key", "caller", "user", "upstream", "dialect", "outcome"
]
"""By what rows can be summed up; a ``model`` is the true one; days, hours and minutes are UTC's."""


class Selection(Struct, frozen=True, kw_only=True):
    """Which rows: those that began from ``since`` on and before ``until``, with these names."""

    since: float
    until: float
    named: tuple[tuple[Named, str], ...] = ()


class Page(Struct, frozen=True, kw_only=True):
    """How rows are read: in which order, behind which one, and how many at most; ``None`` for all."""

    newest_first: bool = True
    after: int | None = None
    limit: int | None = None


class Spread:
    """How many durations fell between which bounds, to within two in a hundred."""

    __slots__ = ("counts",)

    def __init__(self) -> None:
        self.counts: Counter[int] = Counter()
        """By the lower bound in milliseconds."""

    def add(self, other: "Spread") -> None:
        """Take in what another counted."""
        self.counts.update(other.counts)

    def percentile(self, share: float) -> float | None:
        """The duration that so many did not exceed, in milliseconds; none where there were none."""
        left = share * self.counts.total()
        for lower, count in sorted(self.counts.items()):
            left -= count
            if left <= 0:
                return lower + (step(lower) - 1) / 2
        return None


def step(milliseconds: int) -> int:
    """How wide the bounds are around a duration."""
    width = 1
    while milliseconds >= FINEST_MS * width:
        width *= 4
    return width


class Sums:
    """What many rows come to; ``cost`` of those whose price is known, and ``None`` where none is."""

    __slots__ = (
        "cost",
        "duration",
        "errors",
        "estimated",
        "first_event",
        "input_tokens",
        "output_tokens",
        "reasoning_tokens",
        "requests",
    )

    def __init__(self) -> None:
        self.requests = 0
        self.errors = 0
        self.input_tokens = 0
        self.output_tokens = 0
        self.reasoning_tokens = 0
        self.estimated = 0
        self.cost: float | None = None
        self.first_event = Spread()
        self.duration = Spread()

    def add(self, other: "Sums") -> None:
        """Take in what others come to."""
        self.requests += other.requests
        self.errors += other.errors
        self.input_tokens += other.input_tokens
        self.output_tokens += other.output_tokens
        self.reasoning_tokens += other.reasoning_tokens
        self.estimated += other.estimated
        if other.cost is not None:
            self.cost = (self.cost or 0.0) + other.cost
        self.first_event.add(other.first_event)
        self.duration.add(other.duration)


Summed: TypeAlias = dict[tuple[str, ...], Sums]
"""Sums by what was grouped by; a day is ``2026-11-22``, an hour ``2026-11-22T17``, a minute
``2026-11-22T17:04``."""


class LedgerStore(Protocol):
    """Where rows are kept.  All of it raises ``DatabaseDown``."""

    async def write(self, rows: Sequence[LedgerRow], bodies: Sequence[Body]) -> None:
        """Write them, all or none."""
        ...

    async def holds(self, row: LedgerRow) -> bool:
        """Whether a row is there, for who cannot know whether it was written."""
        ...

    async def sums(self, selection: Selection, by: Sequence[Group]) -> Summed:
        """What the rows come to, of each group; without any group, under ``()``, of all."""
        ...

    def pages(self, selection: Selection, page: Page) -> AsyncGenerator[list[LedgerRow], None]:
        """The rows in the order in which they were written, or the other way, a few hundred at a time."""
        ...

    async def body(self, request_id: str) -> Body | None:
        """What was asked and answered, by the request's id."""
        ...

    async def forget(self, rows_before: float, bodies_before: float) -> bool:
        """Forget some of what began before these moments; give whether there may be more."""
        ...
