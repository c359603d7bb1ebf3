"""Every fault, in every dialect, streaming and not, alone and with a second upstream behind."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from faults.dialects import DIALECTS, Dialect
from faults.fault import Fault
from faults.rig import DRAWS, Rig, Setup, rigged
from faults.told import CALLED, EMPTY, PICTURE, WHOLE, Told, Wrong
from faults.wire import Seen, ask

SETUPS: tuple[Setup, ...] = ("alone", "backed")
_ANSWERS = {WHOLE, EMPTY, PICTURE, CALLED}
_AT_ONCE = 4
_LIMIT_S = 60.0
"""Nothing may hang."""


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One cell of the matrix; ``complaint`` says what is wrong in it, nothing where it is right."""

    fault: str
    dialect: str
    stream: bool
    complaint: str
    setup: Setup = "alone"


@dataclass(frozen=True, kw_only=True)
class Case:
    """What is asked to fill a cell."""

    fault: Fault
    setup: Setup
    dialect: Dialect
    stream: bool

    def cell(self, complaint: str) -> Cell:
        """The cell, filled."""
        return Cell(
            fault=self.fault.name,
            setup=self.setup,
            dialect=self.dialect.name,
            stream=self.stream,
            complaint=complaint,
        )


async def play(
    faults: Sequence[Fault],
    *,
    akash: bool,
    setups: Sequence[Setup] = SETUPS,
    dialects: Sequence[Dialect] = DIALECTS,
    tell: Callable[[str], object] = str,
) -> list[Cell]:
    """Every cell of these faults; several faults play at a time, each before a gateway of its own."""
    gate = asyncio.Semaphore(_AT_ONCE)

    async def row(fault: Fault, setup: Setup) -> list[Cell]:
        async with gate:
            cells = await _row(fault, setup, dialects, akash=akash)
        wrong = sum(bool(cell.complaint) for cell in cells)
        tell(f"{fault.name}, {setup}: {f'{wrong} of {len(cells)} wrong' if wrong else 'right'}")
        return cells

    rows = await asyncio.gather(*[row(fault, setup) for fault in faults for setup in setups])
    return [cell for cells in rows for cell in cells]


async def _row(fault: Fault, setup: Setup, dialects: Sequence[Dialect], *, akash: bool) -> list[Cell]:
    cases = [
        Case(fault=fault, setup=setup, dialect=dialect, stream=stream)
        for dialect in dialects
        if (dialect.tools or not fault.tools) and (dialect.text or fault.model == DRAWS)
        for stream in (False, True)
    ]
    cells: list[Cell] = []
    while len(cells) < len(cases):
        async with rigged(
            setup,
            akash=akash,
            options=fault.options,
            workers=fault.workers,
            quota_tokens=fault.quota_tokens,
            second_has=fault.second_has,
        ) as rig:
            at_once = cases[len(cells) : len(cells) + 1 if fault.fresh else None]
            cells += [case.cell(await _complaint(case, rig)) for case in at_once]
    return cells


async def _complaint(case: Case, rig: Rig) -> str:
    """What is wrong with a cell; nothing where all is right."""
    fault, dialect = case.fault, case.dialect
    rig.reset()
    fault.play(rig)
    body = dialect.asked(fault.model, fault.question, stream=case.stream, tools=fault.tools)
    urls = [rig.urls[number % len(rig.urls)] + dialect.path for number in range(fault.callers)]
    try:
        async with asyncio.timeout(_LIMIT_S):
            everything = await asyncio.gather(*[ask(url, body) for url in urls])
    except TimeoutError:
        return f"it hangs: nothing after {_LIMIT_S:.0f} s"
    except Wrong as wrong:
        return str(wrong)
    asked = rig.asked
    complaints = [_judged(case, seen) for seen in everything]
    if fault.most is not None and asked > fault.most:
        complaints.append(f"the upstream was asked {asked} times")
    return next(filter(None, complaints), "")


def _judged(case: Case, seen: Seen) -> str:
    fault, dialect = case.fault, case.dialect
    try:
        told = dialect.read(seen)
    except Wrong as wrong:
        return str(wrong)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        return f"not as the dialect has it: {error!r} in {seen.body[:300]!r}"
    outcome = fault.outcome(told)
    expected = fault.expected(case.setup)
    failures = expected - _ANSWERS
    if outcome not in expected and not (told.failed and not told.code and failures):
        return f"{outcome} where {' or '.join(sorted(expected))} is right ({seen.status}) {told.message}"
    also = fault.also(told) if case.setup == "backed" else ""
    return also or _disagreement(case, seen, told)


def _disagreement(case: Case, seen: Seen, told: Told) -> str:
    """What the official client sees otherwise."""
    said = case.dialect.referee(seen, case.stream)
    if told.failed:
        return "" if said is None else f"the official client takes a failure for an answer: {said[:80]!r}"
    if said is None:
        return "the official client takes an answer for a failure"
    return "" if told.picture or said == told.text else f"the official client reads {said[:80]!r}"


HEALTHY = Fault(name="nothing", play=lambda _: None, alone=WHOLE)


async def told_whole(rig: Rig, dialect: Dialect, *, stream: bool) -> str:
    """A complaint unless all is well, once a fault is over."""
    rig.reset()
    return await complaint_of_whole(rig.url, dialect, stream=stream)


async def complaint_of_whole(url: str, dialect: Dialect, *, stream: bool) -> str:
    """A complaint unless a gateway whose upstream is well gives a whole answer."""
    case = Case(fault=HEALTHY, setup="alone", dialect=dialect, stream=stream)
    try:
        async with asyncio.timeout(_LIMIT_S):
            seen = await ask(
                url + dialect.path, dialect.asked(HEALTHY.model, HEALTHY.question, stream=stream)
            )
    except (TimeoutError, Wrong) as error:
        return f"afterwards: {error!r}"
    complaint = _judged(case, seen)
    return complaint and f"afterwards: {complaint}"
