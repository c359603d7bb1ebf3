"""Every trouble an API by key can make, by name."""

from typing import Any, Final

from akashchat.simulator.keyed.faults import cuts, line, refusals, streams
from akashchat.simulator.scenario import Scenario

FAULTS: Final[dict[str, Scenario[Any]]] = {
    fault.name: fault for faults in (refusals, line, cuts, streams) for fault in faults.FAULTS
}
