"""``python -m faults``: play, show.  Ends with 1 where a cell is wrong."""

import argparse
import asyncio
import contextlib
import os
import sys
import tempfile
import time

from rich.console import Console
from rich.table import Table

from faults.crash import NAME as CRASH
from faults.crash import crash
from faults.departures import PHASES, departures
from faults.dialects import DIALECTS
from faults.keyed import KEYED
from faults.matrix import SETUPS, Cell, play
from faults.session import SESSION


def main() -> None:
    """Print a line for each row as it ends, and the table."""
    parser = argparse.ArgumentParser(prog="faults", description="Every fault, in every dialect.")
    parser.add_argument("--only", default="", help="words of names, apart by commas; without, all faults")
    words = [word.strip().lower() for word in parser.parse_args().only.split(",") if word.strip()]
    for name in [name for name in os.environ if name.startswith(("AKASH", "SERVER_", "BEARER_"))]:
        del os.environ[name]  # the user's settings are not what is tried
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        cells = asyncio.run(_all(words))
    if not cells:
        sys.exit("No fault has such a name; faults/session.py and faults/keyed.py name them.")
    show(cells)
    wrong = sum(bool(cell.complaint) for cell in cells)
    print(f"{len(cells)} cells in {time.monotonic() - begun:.0f} s, {wrong} wrong.")
    sys.exit(bool(wrong))


async def _all(words: list[str]) -> list[Cell]:
    def chosen(name: str) -> bool:
        return not words or any(word in name.lower() for word in words)

    def say(line: str) -> None:
        print(line, file=sys.stderr)

    cells = await play([fault for fault in SESSION if chosen(fault.name)], akash=True, tell=say)
    if any(chosen(name) for name, _, _ in PHASES):
        cells += await departures()
    if chosen(CRASH):
        cells += await crash()
    return cells + await play([fault for fault in KEYED if chosen(fault.name)], akash=False, tell=say)


def show(cells: list[Cell]) -> None:
    """A row a fault and setup, a column a dialect: whole and in pieces."""
    table = Table("Fault", "Upstreams", *(dialect.name for dialect in DIALECTS))
    for fault in dict.fromkeys(cell.fault for cell in cells):
        for setup in SETUPS:
            marks = {dialect.name: "" for dialect in DIALECTS}
            for cell in cells:
                if (cell.fault, cell.setup) == (fault, setup):
                    marks[cell.dialect] += "✗" if cell.complaint else "✓"
            if any(marks.values()):
                count = "one" if setup == "alone" else "two"
                table.add_row(fault, count, *(mark or "–" for mark in marks.values()))
    Console(highlight=False, markup=False, width=None if sys.stdout.isatty() else 140).print(table)
    for cell in cells:
        if cell.complaint:
            how = "in pieces" if cell.stream else "whole"
            print(f"{cell.fault}, {cell.setup}, {cell.dialect} {how}: {cell.complaint[:400]}")


if __name__ == "__main__":
    main()
