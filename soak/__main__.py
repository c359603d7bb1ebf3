"""``python -m soak``: run, show.  Ends with 1 where something is wrong."""

import argparse
import asyncio
import sys
import time

from soak.callers import BEHAVIOURS, Crowd
from soak.run import Plan, gateway, soak, stand_ins
from soak.verdict import Findings, memory

_PACE_S = 0.005


def main() -> None:
    """Print a line every half minute, and the findings."""
    parser = argparse.ArgumentParser(prog="soak", description="The gateway under mixed load with faults.")
    parser.add_argument("--minutes", type=float, default=30.0, help="for how long; default 30")
    parser.add_argument("--callers", type=int, default=32, help="how many ask at a time; default 32")
    parser.add_argument("--seed", type=int, default=0, help="of chance; another one is another soak")
    asked = parser.parse_args()
    crowd = Crowd(size=asked.callers, pause_s=0.2, behaviours=BEHAVIOURS)
    plan = Plan(crowd=crowd, storm_s=0.25, seed=asked.seed, tell=lambda line: print(line, flush=True))
    findings = asyncio.run(_soaked(plan, asked.minutes * 60))
    show(findings)
    sys.exit(any(findings.complaints()))


async def _soaked(plan: Plan, seconds: float) -> Findings:
    async with stand_ins(_PACE_S) as standing, gateway(standing) as url:
        ends_at = time.monotonic() + seconds
        return await soak(url, standing, plan, lambda _: time.monotonic() >= ends_at)


def show(findings: Findings) -> None:
    """What was seen, and what is wrong."""
    ledger = findings.ledger
    print(f"\n{ledger.asked} answers asked for, {findings.told} outcomes told, {findings.rows} rows written.")
    for end, count in ledger.ends.most_common():
        print(f"  {count:7}  {end}")
    seen = memory(findings.samples)
    print(
        f"Memory {seen.first_mb:.1f} MB behind the warm-up, {seen.last_mb:.1f} MB at the end: {seen.growth:+.1%}."
    )
    print(f"Handles {findings.before.handles} before, {findings.after.handles} after.")
    print(f"Tasks {findings.before.tasks} before, {findings.after.tasks} after.")
    grown = {
        name: (findings.before.objects.get(name, 0), count)
        for name, count in findings.after.objects.items()
        if count > findings.before.objects.get(name, 0)
    }
    print(f"Objects that are more than before: {grown or 'none'}.")
    complaints = list(findings.complaints())
    for complaint in complaints:
        print(f"WRONG  {complaint}")
    print("All is well." if not complaints else f"{len(complaints)} complaints.")


if __name__ == "__main__":
    main()
