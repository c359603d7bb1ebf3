"""``python -m bench``: measure, show, keep."""

import argparse
import os
import pathlib
import platform
import sys
import time

from bench.figures import measure
from bench.table import document, keep, table

_RESULTS = pathlib.Path(__file__).parent / "results"


def main() -> None:
    """Exit with a word about what is missing, or print the table."""
    parser = argparse.ArgumentParser(prog="bench", description="What the gateway costs; see docs/cost.md.")
    parser.add_argument(
        "--rounds", type=int, default=3, help="how often the floor and the gateway take turns"
    )
    parser.add_argument("--document", action="store_true", help="put the table into docs/cost.md")
    options = parser.parse_args()
    if not pathlib.Path("/proc/self/stat").is_file():
        sys.exit("make bench reads processor time and memory from /proc, which only Linux has.")
    begun = time.strftime("%Y-%m-%d-%H%M%S")
    measured = list(measure(options.rounds, lambda said: print(said, file=sys.stderr)))
    figures = table(measured)
    print(f"\n{_machine()}\n\n{figures}\n")
    file = _RESULTS / f"{begun}.csv"
    keep(measured, file)
    print(f"Every round is in bench/results/{file.name}.")
    if options.document:
        document(figures, _machine())


def _machine() -> str:
    """What kind of machine this is, and how busy it was."""
    return (
        f"{platform.system()} on {platform.machine()}, {os.cpu_count()} processors, Python "
        f"{platform.python_version()}; the load average at the end was {os.getloadavg()[0]:.1f}."
    )


if __name__ == "__main__":
    main()
