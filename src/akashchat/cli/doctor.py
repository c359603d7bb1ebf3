"""``akashchat doctor``."""

import asyncio
import json
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Annotated

import msgspec
import typer

from akashchat import settings
from akashchat.cli.terminal import FAILED, console
from akashchat.doctor.base import Line, Verdict
from akashchat.doctor.visit import visit
from akashchat.telemetry import logs

_STYLES = {Verdict.OK: "green", Verdict.WARNING: "yellow", Verdict.FAILED: "red", Verdict.SKIPPED: "dim"}

command = typer.Typer(add_completion=False)


@command.command("doctor")
def doctor_command(
    *,
    image: Annotated[bool, typer.Option("--image", help="Have a picture drawn, too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object, for programs.")] = False,
) -> None:
    """Look whether everything works, and tell what to do where it does not."""
    logs.configure("error", "auto")  # what is found is told here
    lines: list[Line] = []

    async def look() -> None:
        try:
            options = settings.load()
        except settings.BadSettings as error:
            tell(_unusable(str(error)))
            return
        async for line in visit(options, image=image):
            tell(line)

    def tell(line: Line) -> None:
        lines.append(line)
        if not as_json:
            _print(line)

    try:
        asyncio.run(look())
    except KeyboardInterrupt:
        sys.exit(FAILED)  # what was not looked at is not known to be well
    well = all(line.verdict is not Verdict.FAILED for line in lines)
    if as_json:
        report = {"ok": well, "checks": [msgspec.to_builtins(line) for line in lines]}
        typer.echo(json.dumps(report, indent=2, ensure_ascii=False))
    else:
        console.print(f"\n{_summary(lines)}", markup=False)
    sys.exit(0 if well else FAILED)


def _unusable(why: str) -> Line:
    """The only line there is, where nobody knows what else to look at."""
    return Line(
        subject="gateway",
        check="settings",
        verdict=Verdict.FAILED,
        seen=why.replace("\n", "; "),
        remedy="Mend the settings; all of them are in docs/settings.md.",
        seconds=0.0,
    )


def _print(line: Line) -> None:
    console.print(f"{line.verdict:<8}", style=_STYLES[line.verdict], end="")
    console.print(f"{line.subject:<10} {line.check:<10} {line.seen}", markup=False, soft_wrap=True)
    if line.remedy:
        console.print(f"{'':8}→ {line.remedy}", markup=False, soft_wrap=True)


def _summary(lines: list[Line]) -> str:
    """How many of which verdict."""
    counted = Counter(line.verdict for line in lines)
    return ", ".join(_counts(counted))


def _counts(counted: Counter[Verdict]) -> Iterator[str]:
    for verdict in Verdict:
        if counted[verdict]:
            yield f"{counted[verdict]} {verdict}"
