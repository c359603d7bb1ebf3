"""Limits that count in memory, and remember what they told."""

from akashchat.clock import Clock
from akashchat.policies.counters.base import Counters
from akashchat.policies.counters.memory import MemoryCounters
from akashchat.policies.limits import Limits
from akashchat.policies.needs import LimitOptions
from tests.support.clock import CountingChance


class Told:
    """What came of limits."""

    def __init__(self) -> None:
        self.limits: list[str] = []
        self.tokens = 0

    def limited(self, kind: str) -> None:
        """See ``Counted``."""
        self.limits.append(kind)

    def overdrawn(self, tokens: int) -> None:
        """See ``Counted``."""
        self.tokens += tokens


def limits(
    clock: Clock, counters: Counters | None = None, told: Told | None = None, **options: float
) -> Limits:
    """New ones."""
    return Limits(
        counters or MemoryCounters(clock, CountingChance()),
        LimitOptions(**options),  # type: ignore[arg-type]
        clock,
        told or Told(),
    )
