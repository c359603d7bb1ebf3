"""``akashchat usage``."""

import csv
import io
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Annotated, Any, cast

import typer
from rich.table import Table
from rich.text import Text

from akashchat.app.reading import ledger_of
from akashchat.cli.asking import Json, finished, print_json, tame
from akashchat.cli.sparkline import sparkline
from akashchat.cli.terminal import FAILED, MISTAKEN, console, give_up, loaded
from akashchat.clock import SystemClock, moment
from akashchat.server.admin.rows import harmless
from akashchat.server.admin.sums import summed_up, told
from akashchat.storage.base import DatabaseDown
from akashchat.storage.rows import Group, Named, Selection, Spread, Summed, Sums

_DAY_S = 86_400.0
_HOURLY_S = 3 * _DAY_S
"""Up to so long a time the bars are hours."""
_TIMED = ("day", "hour", "minute")
_COLUMNS = ("requests", "errors", "input", "output", "cost", "first p50", "p95", "whole p50", "p95")

command = typer.Typer(add_completion=False)


def _only(name: str) -> Any:
    return typer.Option(f"--{name}", help=f"Of this {name} alone.")


@command.command("usage")
def usage_command(
    *,
    by: Annotated[Group, typer.Option("--by", help="By what to sum up.")] = "day",
    since: Annotated[
        str, typer.Option("--since", help="From when on: a date, a time, or how long ago, such as 7d or 24h.")
    ] = "30d",
    until: Annotated[
        str, typer.Option("--until", help="Before when, in the same forms; now unless given.")
    ] = "",
    model: Annotated[str, _only("model")] = "",
    key: Annotated[str, _only("key")] = "",
    user: Annotated[str, _only("user")] = "",
    upstream: Annotated[str, _only("upstream")] = "",
    as_json: Json = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV, for spreadsheets.")] = False,
) -> None:
    """Sum the ledger up: requests, tokens, cost and times, by day, model, key and more.

    It is read where it is kept, so no gateway need run.
    """
    given = (("model", model), ("key", key), ("user", user), ("upstream", upstream))
    named = cast("tuple[tuple[Named, str], ...]", tuple((name, text) for name, text in given if text))
    selection = Selection(
        since=_moment("--since", since), until=_moment("--until", until or "0m"), named=named
    )
    if as_json:
        print_json(finished(_summed_up(selection, by)))
        return
    ticks: Group = "hour" if selection.until - selection.since <= _HOURLY_S else "day"
    grouped: tuple[Group, ...] = (by,) if by in _TIMED else (by, ticks)
    found = finished(_sums(selection, grouped))
    if as_csv:
        typer.echo(_csv(by, _folded(found)), nl=False)
    elif not found:
        console.print("Nothing was asked in that time.")
    else:
        console.print(_table(by, found))


def _moment(option: str, text: str) -> float:
    try:
        return moment(text, SystemClock.now())
    except ValueError:
        give_up(f"{option} must be a date, a time, or how long ago it is, such as 7d or 24h", MISTAKEN)


async def _summed_up(selection: Selection, group: Group) -> dict[str, Any]:
    try:
        async with ledger_of(loaded()) as ledger:
            return await summed_up(ledger, selection, (group,))
    except DatabaseDown as down:
        give_up(f"The ledger cannot be read: {down}", FAILED)


async def _sums(selection: Selection, by: Sequence[Group]) -> Summed:
    try:
        async with ledger_of(loaded()) as ledger:
            return await ledger.sums(selection, by)
    except DatabaseDown as down:
        give_up(f"The ledger cannot be read: {down}", FAILED)


def _folded(found: Summed, part: int = 0) -> dict[str, Sums]:
    """The sums by one part of their names: times in their order, all else by how often it was asked."""
    folded: dict[str, Sums] = {}
    for names, sums in found.items():
        folded.setdefault(names[part], Sums()).add(sums)
    return folded


def _table(group: Group, found: Summed) -> Table:
    folded = _folded(found)
    timed = group in _TIMED
    table = Table(box=None, header_style="bold", show_footer=True)
    total = Sums()
    for sums in folded.values():
        total.add(sums)
    ticks = sorted({names[-1] for names in found})
    for name, sum_of_all in zip((group, *_COLUMNS), ("all", *_cells(total)), strict=True):
        table.add_column(name, footer=sum_of_all, justify="left" if name == group else "right")
    table.add_column("", footer=_bars(_folded(found, -1), ticks), no_wrap=True)
    for name in sorted(folded) if timed else sorted(folded, key=lambda name: -folded[name].requests):
        own = {} if timed else _folded({names: sums for names, sums in found.items() if names[0] == name}, -1)
        table.add_row(Text(tame(name) or "–"), *_cells(folded[name]), _bars(own, ticks if own else []))
    return table


def _bars(sums: dict[str, Sums], ticks: Sequence[str]) -> str:
    return sparkline([sums[tick].requests if tick in sums else 0 for tick in ticks])


def _cells(sums: Sums) -> Iterator[str]:
    figures = (sums.requests, sums.errors, sums.input_tokens, sums.output_tokens)
    yield from (f"{figure:,}" for figure in figures)
    yield "" if sums.cost is None else f"${sums.cost:,.4f}"
    yield from chain.from_iterable(map(_times, (sums.first_event, sums.duration)))


def _times(spread: Spread) -> Iterator[str]:
    for share in (0.5, 0.95):
        found = spread.percentile(share)
        yield "" if found is None else f"{found / 1000:.2f} s"


def _csv(group: Group, sums: dict[str, Sums]) -> str:
    text = io.StringIO()
    rows = [{group: harmless(name), **_flat(told(one))} for name, one in sorted(sums.items())]
    writer = csv.DictWriter(text, [group, *_flat(told(Sums()))])
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _flat(sums: Any) -> dict[str, Any]:
    """Percentiles by names of their own."""
    flat: dict[str, Any] = {}
    for name, value in sums.items():
        if isinstance(value, dict):
            flat |= {f"{name}_{share}": figure for share, figure in value.items()}
        else:
            flat[name] = value
    return flat
