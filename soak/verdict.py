"""What a soak has shown."""

from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import Final

from msgspec import Struct

from soak.holding import Holding
from soak.ledger import Ledger

MOST_GROWTH: Final = 0.10
_WARM_UP: Final = 0.25
"""So much of the time belongs to no comparison."""
_SHARE: Final = 0.2
"""What is compared: so much of the rest at its beginning, and as much at its end."""


class Memory(Struct, frozen=True):
    """Megabytes at the beginning, behind the warm-up, and at the end."""

    first_mb: float
    last_mb: float

    @property
    def growth(self) -> float:
        """As a share of the beginning."""
        return self.last_mb / self.first_mb - 1


def memory(samples: Sequence[float]) -> Memory:
    """Of samples taken at equal distances."""
    warm = samples[int(len(samples) * _WARM_UP) :]
    part = max(1, int(len(warm) * _SHARE))
    return Memory(median(warm[:part]), median(warm[-part:]))


class Findings(Struct, frozen=True, kw_only=True):
    """All that a soak has seen; ``before`` and ``after`` are moments at which nobody asks."""

    ledger: Ledger
    samples: Sequence[float]
    before: Holding
    after: Holding
    told: int
    """How many outcomes the gateway has told between them."""
    rows: int
    """How many rows its ledger got."""
    open_requests: int
    """What is still being answered by the stand-ins."""

    def complaints(self) -> Iterator[str]:
        """What is wrong."""
        yield from self.ledger.complaints
        if self.ledger.wrong > len(self.ledger.complaints):
            yield f"and {self.ledger.wrong - len(self.ledger.complaints)} more of the kind"
        if self.told != self.ledger.asked:
            yield f"{self.ledger.asked} answers were asked for, and {self.told} outcomes told"
        if self.rows != self.told:
            yield f"{self.told} outcomes were told, and {self.rows} rows written"
        if self.open_requests:
            yield f"{self.open_requests} connections to the stand-ins are still open"
        yield from _more("handles", self.before.handles, self.after.handles)
        yield from _more("tasks", self.before.tasks, self.after.tasks)
        if self.samples and (growth := memory(self.samples).growth) > MOST_GROWTH:
            yield f"memory has grown by {growth:.0%}"


def _more(what: str, before: Mapping[str, int], after: Mapping[str, int]) -> Iterator[str]:
    """What there is more of."""
    for name, count in sorted(after.items()):
        if count > before.get(name, 0):
            yield f"{what}: {count} of {name}, and {before.get(name, 0)} before"
