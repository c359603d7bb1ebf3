"""What a metric is: its name, its labels, its figures."""

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from typing import Literal, TypeAlias

from msgspec import Struct

Labels: TypeAlias = tuple[str, ...]


class Figures(Struct, frozen=True, tag=True):
    """A metric: figures that go up (``counter``) or both ways (``gauge``), a row for each combination of labels.

    ``joined`` says what several processes make of theirs.
    """

    kind: str
    name: str
    about: str
    labels: Labels
    rows: Mapping[Labels, float]
    joined: Literal["sum", "least", "most"] = "sum"


class Distribution(Struct, frozen=True, tag=True):
    """Figures, counted by size.

    A row has as many counts as there are ``bounds``, one for what is above them all, and the sum of the figures.
    """

    name: str
    about: str
    labels: Labels
    bounds: Sequence[float]
    rows: dict[Labels, list[float]]

    def counting(self, labels: Labels) -> Callable[[float], None]:
        """Gives what counts a figure in the row with these labels; there is none before the first."""
        rows, bounds = self.rows, self.bounds
        row = rows.get(labels)

        def count(figure: float) -> None:
            nonlocal row
            if row is None:
                row = rows.setdefault(labels, [0.0] * (len(bounds) + 2))
            row[bisect_left(bounds, figure)] += 1
            row[-1] += figure

        return count


def counter(name: str, about: str, labels: Labels, rows: Mapping[Labels, list[int]]) -> Figures:
    """Figures that go up, of cells that are counted in."""
    return Figures("counter", name, about, labels, {key: float(count) for key, (count,) in rows.items()})
