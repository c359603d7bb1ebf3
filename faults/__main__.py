"""``python -m faults``: play, show.  Ends with 1 where a cell is wrong."""

import argparse
import asyncio
import sys
import time

from rich.console import Console
from rich.table import Table

from faults.dialects import DIALECTS
from faults.keyed import KEYED
from faults.matrix import SETUPS, Case, play
from faults.session import SESSION


def main() -> None:
    """Print a line for each row as it ends, and the table."""
    parser = argparse.ArgumentParser(prog="faults", description="Every fault, in every dialect.")
    parser.add_argument("--only", default="", help="words of names, apart by commas; without, all faults")
    begun = time.monotonic()
    cases = asyncio.run(_all(parser.parse_args().only))
    if not cases:
        sys.exit("No fault has such a name; faults/session.py and faults/keyed.py name them.")
    show(cases)
    wrong = sum(bool(case.complaint) for case in cases)
    print(f"{len(cases)} cells in {time.monotonic() - begun:.0f} s, {wrong} wrong.")
    sys.exit(bool(wrong))


async def _all(only: str) -> list[Case]:
    words = [word.strip().lower() for word in only.split(",") if word.strip()]

    def say(line: str) -> None:
        print(line, file=sys.stderr)

    cases = []
    for faults, akash in ((SESSION, True), (KEYED, False)):
        chosen = [fault for fault in faults if not words or any(word in fault.name.lower() for word in words)]
        cases += await play(chosen, akash=akash, tell=say)
    return cases


def show(cases: list[Case]) -> None:
    """A row a fault and setup, a column a dialect: whole and in pieces."""
    table = Table("Fault", "Upstreams", *(dialect.name for dialect in DIALECTS))
    complaints = []
    for fault in dict.fromkeys(case.fault.name for case in cases):
        for setup in SETUPS:
            marks = {dialect.name: "" for dialect in DIALECTS}
            for case in cases:
                if (case.fault.name, case.setup) == (fault, setup):
                    marks[case.dialect.name] += "✗" if case.complaint else "✓"
                    how = "in pieces" if case.stream else "whole"
                    if case.complaint:
                        complaints.append(f"{fault}, {setup}, {case.dialect.name} {how}: {case.complaint}")
            table.add_row(
                fault, "one" if setup == "alone" else "two", *(mark or "–" for mark in marks.values())
            )
    console = Console(highlight=False, markup=False, width=None if sys.stdout.isatty() else 140)
    console.print(table)
    for complaint in complaints:
        print(complaint[:400])


if __name__ == "__main__":
    main()
