"""The figures as a table, and as a file with every round."""

import csv
import pathlib
import statistics
from collections.abc import Sequence

from bench.figures import FIGURES, Figure, Measured

_DOCUMENT = pathlib.Path(__file__).parent.parent / "docs" / "cost.md"
_BEGIN, _END = "<!-- figures -->\n", "<!-- end of figures -->"


def table(measured: Sequence[Measured]) -> str:
    """Medians in Markdown, with the ratio of each round."""
    lines = [
        "| What | Unit | Floor | Gateway | Ratio | Each round | Bar |",
        "|---|---|---:|---:|---:|---|---:|",
    ]
    lines += [_row(figure, measured) for figure in FIGURES]
    return "\n".join(lines)


def keep(measured: Sequence[Measured], file: pathlib.Path) -> None:
    """Write every value as CSV."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow(Measured.__struct_fields__)
        writer.writerows([one.round, one.server, one.figure, f"{one.value:.4f}"] for one in measured)


def document(figures: str, machine: str) -> None:
    """Put the table into ``docs/cost.md``."""
    before, _, rest = _DOCUMENT.read_text("utf-8").partition(_BEGIN)
    after = rest.partition(_END)[2]
    _DOCUMENT.write_text(f"{before}{_BEGIN}\n{machine}\n\n{figures}\n\n{_END}{after}", "utf-8")


def _row(figure: Figure, measured: Sequence[Measured]) -> str:
    floor, gateway = (_values(figure.name, server, measured) for server in ("floor", "gateway"))
    low, high = statistics.median(floor), statistics.median(gateway)
    rounds = " · ".join(f"{ours / least:.2f}" for least, ours in zip(floor, gateway, strict=True))
    cells = (figure.meaning, figure.unit, _shown(low), _shown(high), f"{high / low:.2f}", rounds, figure.bar)
    return f"| {' | '.join(cells)} |"


def _values(figure: str, server: str, measured: Sequence[Measured]) -> list[float]:
    return [one.value for one in measured if (one.figure, one.server) == (figure, server)]


def _shown(value: float) -> str:
    return f"{value:.3g}" if value < 1000 else f"{value:,.0f}"
