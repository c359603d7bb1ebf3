"""What all counters promise.

Whoever may ask for only so much is counted in two steps: before an answer is asked for, all that it may cost is
**reserved**; when it is over it is **settled** at what it did cost, and the rest is given back.  So no two who race
for the last of a budget both get it: what is used and what is reserved never exceed a limit together.

A reservation whose process died is never settled.  What it reserved counts as used, as nobody knows better; its
place among the answers under way is free again after a while.
"""

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from akashchat.clock import Chance, Clock
from akashchat.model.limits import Kind, Limit, Standing


class CountersDown(Exception):
    """Where is counted, nobody answers."""


class Claim(Struct, frozen=True):
    """A limit, and how much of it must be there: 1 of requests and of answers under way."""

    limit: Limit
    least: int


class Reservation(Struct, frozen=True):
    """So many tokens are set aside in the windows of ``limits``, and a place among the answers under way.

    ``standings`` are of the moment when it was made, it included.
    """

    id: str
    key: str
    tokens: int
    limits: tuple[Limit, ...]
    standings: tuple[Standing, ...]


class Refusal(Struct, frozen=True):
    """Nothing was reserved and nothing counted: of at least one limit too little is left."""

    standings: tuple[Standing, ...]


class Counters(Protocol):
    """Counts for keys by their ids; each raises ``CountersDown``, but ``settle``, which is done later then."""

    async def reserve(self, key: str, claims: Sequence[Claim], wanted: int) -> Reservation | Refusal:
        """Count a request, and set tokens aside: ``wanted``, or as many as are left in every window of tokens.

        All of it or nothing: where less is left of a limit than its claim's ``least``, it is refused.
        """
        ...

    async def extend(self, reservation: Reservation, tokens: int) -> Reservation | None:
        """Set so many more aside, in the place of what it was; none where a window has not so many left."""
        ...

    async def settle(self, reservation: Reservation, used: int) -> None:
        """It is over, and so many tokens were used: as many as reserved, fewer, none or even more.

        Known to all that are asked from now on.  Of what was settled before, or given up, nothing becomes.
        """
        ...

    async def standings(self, key: str, limits: Sequence[Limit]) -> tuple[Standing, ...]:
        """How the limits stand."""
        ...

    async def close(self) -> None:
        """Write down what is not written; nothing is asked any more."""
        ...


class Entry(Struct, frozen=True):
    """So much was counted of one key in one window."""

    key: str
    kind: Kind
    window: int
    used: int
    reserved: int


class Batch(Struct, frozen=True):
    """What one writer adds at once; the numbers of its batches grow."""

    writer: str
    number: int
    entries: Sequence[Entry]


class Batches:
    """Numbers what one writer adds, in milliseconds since the epoch, so that old ones are known by them."""

    def __init__(self, clock: Clock, chance: Chance) -> None:
        self._clock = clock
        self._chance = chance
        self._writer = ""
        self._number = 0

    def next(self, entries: Sequence[Entry]) -> Batch:
        """The next one."""
        self._writer = self._writer or self._chance.token(16)
        self._number = max(self._number + 1, int(self._clock.now() * 1000))
        return Batch(self._writer, self._number, entries)


class Book(Protocol):
    """Where a process writes what it counted by itself; both raise ``CountersDown``."""

    async def read(self, key: str, limits: Sequence[Limit]) -> Sequence[Entry]:
        """What was counted of a key; nothing of a window in which nothing was."""
        ...

    async def add(self, batch: Batch) -> None:
        """So much more was counted; of what was reserved it may be less.

        Where that fails it may be done all the same, so the very same batch is added again before the next of its
        writer; it counts once.
        """
        ...
