"""Every fault, streaming and not: exactly one right end, and a part of an answer never looks like a whole one.

``make faults`` plays all of them in all dialects; here those that must be waited for are played in one.
"""

import pytest

from faults.crash import crash
from faults.departures import departures
from faults.dialects import DIALECTS
from faults.fault import Fault
from faults.keyed import KEYED
from faults.matrix import SETUPS, play
from faults.rig import Setup
from faults.session import SESSION

ROWS = [(fault, faults is SESSION) for faults in (SESSION, KEYED) for fault in faults]


def waits(fault: Fault) -> bool:
    """Whether it takes its time."""
    return fault.fresh or bool(fault.options)


@pytest.mark.parametrize("setup", SETUPS)
@pytest.mark.parametrize(("fault", "akash"), ROWS, ids=[fault.name for fault, _ in ROWS])
async def test_a_fault_has_its_right_end(fault: Fault, akash: bool, setup: Setup) -> None:
    """With one upstream, and with a second one behind it."""
    dialects = DIALECTS[:1] if waits(fault) else DIALECTS
    cells = await play([fault], akash=akash, setups=[setup], dialects=dialects)
    assert cells
    assert [(cell.dialect, cell.stream, cell.complaint) for cell in cells if cell.complaint] == []


async def test_a_caller_that_goes_away_takes_its_upstream_along() -> None:
    """In each phase, within a second."""
    assert [cell for cell in await departures() if cell.complaint] == []


async def test_a_killed_gateway_tells_and_keeps_nothing_half() -> None:
    """No caller takes what came for whole; the next gateway on the same database is well."""
    assert [cell for cell in await crash() if cell.complaint] == []
