"""A caller that goes away, in each phase of its answer: Akash must be let go of within a second."""

import asyncio
from typing import Final

from akashchat.simulator import Place
from faults.dialects import TEXT, Dialect
from faults.matrix import Cell, told_whole
from faults.rig import MODEL, Rig, rigged
from faults.wire import calling

PHASES: Final[tuple[tuple[str, str, Place], ...]] = (
    ("caller gone while a session is made", "stall_session", "session"),
    ("caller gone before the first byte", "stall_first_byte", "chat"),
    ("caller gone before the first word", "stall_after_start", "chat"),
    ("caller gone in mid-answer", "stall", "chat"),
)
"""What the phase is called, and what holds the gateway in it."""

_LIMIT_S: Final = 1.0
_PATIENCE_S: Final = 10.0


async def departures() -> list[Cell]:
    """A cell for each phase and dialect, streaming or not."""
    cells = [(phase, dialect, stream) for phase in PHASES for dialect in TEXT for stream in (False, True)]
    gate = asyncio.Semaphore(4)

    async def cell(phase: tuple[str, str, Place], dialect: Dialect, *, stream: bool) -> Cell:
        name, scenario, place = phase
        async with gate, rigged("alone", akash=True, options={}) as rig:
            rig.akash.play(scenario, at=place)
            complaint = await _left(rig, dialect, stream=stream) or await told_whole(
                rig, dialect, stream=stream
            )
        return Cell(fault=name, dialect=dialect.name, stream=stream, complaint=complaint)

    return await asyncio.gather(*[cell(phase, dialect, stream=stream) for phase, dialect, stream in cells])


async def _left(rig: Rig, dialect: Dialect, *, stream: bool) -> str:
    """Ask, wait until Akash is held, go away; a complaint if Akash does not notice."""
    body = dialect.asked(MODEL, "Hello", stream=stream)
    try:
        async with asyncio.timeout(_PATIENCE_S), calling(rig.url + dialect.path, body):
            await rig.akash.stalled()
    except TimeoutError:
        return "Akash was never asked"
    try:
        async with asyncio.timeout(_LIMIT_S):
            await rig.akash.left()
    except TimeoutError:
        return f"the connection to Akash is open {_LIMIT_S:.0f} s after the caller left"
    return ""
