"""Every fault, in every dialect, streaming and not, alone and with a second upstream behind."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from faults.dialects import DIALECTS, Dialect
from faults.fault import Fault
from faults.rig import DRAWS, Rig, Setup, rigged
from faults.told import EMPTY, PICTURE, WHOLE, Told, Wrong
from faults.wire import Seen, ask

SETUPS: tuple[Setup, ...] = ("alone", "backed")
_ANSWERS = {WHOLE, EMPTY, PICTURE}
_AT_ONCE = 4
_LIMIT_S = 60.0
"""Nothing may hang."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """One cell of the matrix; ``complaint`` says what is wrong in it."""

    fault: Fault
    setup: Setup
    dialect: Dialect
    stream: bool
    complaint: str = ""


async def play(
    faults: Sequence[Fault], *, akash: bool, setups: Sequence[Setup] = SETUPS, tell: Callable[[str], object]
) -> list[Case]:
    """Every cell of these faults; several faults play at a time, each before a gateway of its own."""
    gate = asyncio.Semaphore(_AT_ONCE)

    async def row(fault: Fault, setup: Setup) -> list[Case]:
        async with gate:
            cases = await _row(fault, setup, akash=akash)
        wrong = sum(bool(case.complaint) for case in cases)
        tell(f"{fault.name}, {setup}: {f'{wrong} of {len(cases)} wrong' if wrong else 'right'}")
        return cases

    rows = await asyncio.gather(*[row(fault, setup) for fault in faults for setup in setups])
    return [case for cases in rows for case in cases]


async def _row(fault: Fault, setup: Setup, *, akash: bool) -> list[Case]:
    cells = [
        Case(fault=fault, setup=setup, dialect=dialect, stream=stream)
        for dialect in DIALECTS
        if dialect.text or fault.model == DRAWS
        for stream in (False, True)
    ]
    cases: list[Case] = []
    while len(cases) < len(cells):
        async with rigged(
            setup,
            akash=akash,
            options=fault.options,
            workers=fault.workers,
            quota_tokens=fault.quota_tokens,
        ) as rig:
            at_once = cells[len(cases) : len(cases) + 1 if fault.fresh else None]
            cases += [replace(cell, complaint=await _complaint(cell, rig)) for cell in at_once]
    return cases


async def _complaint(case: Case, rig: Rig) -> str:
    """What is wrong with a cell; nothing where all is right."""
    fault, dialect = case.fault, case.dialect
    rig.reset()
    fault.play(rig)
    body = dialect.asked(fault.model, fault.question, stream=case.stream)
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
