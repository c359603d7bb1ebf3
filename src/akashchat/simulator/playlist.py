"""Which scenario plays next, and for which requests.

First come, first played. A scenario with a number of times goes before a standing one; of two standing ones
the newer counts.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final, Generic

from akashchat.simulator.places import Place
from akashchat.simulator.scenario import E, Scenario

MAX_CUES: Final = 1000


@dataclass
class Cue(Generic[E]):
    """A scenario waiting for its requests."""

    scenario: Scenario[E]
    places: frozenset[Place]
    times: int | None

    def fits(self, places: Collection[Place], *, early: bool) -> bool:
        """Whether it plays for a request of those places, at this moment of it."""
        return self.scenario.early == early and not self.places.isdisjoint(places)


class Playlist(Generic[E]):
    """The cues, in the order they were given."""

    def __init__(self) -> None:
        self._numbered: list[Cue[E]] = []
        self._standing: list[Cue[E]] = []

    def add(self, scenario: Scenario[E], times: int | None = 1, at: Place | None = None) -> None:
        """Queue a scenario; ``at`` narrows or, for those about the line itself, moves where it plays."""
        if times is not None and times < 1:
            raise ValueError(f"times must be 1 or more, or None: {times}")
        if at is not None and not scenario.fits(at):
            raise ValueError(f"{scenario.name} cannot play at {at}")
        if len(self._numbered) + len(self._standing) >= MAX_CUES:
            raise ValueError(f"more than {MAX_CUES} scenarios are waiting")
        cue = Cue(scenario, scenario.places if at is None else frozenset({at}), times)
        if times is None:
            self._standing.insert(0, cue)
        else:
            self._numbered.append(cue)

    def take(self, places: Collection[Place], *, early: bool) -> Scenario[E] | None:
        """The scenario for the request now at hand, if any; counts it as played."""
        cue = self._find(self._numbered, places, early=early)
        if cue is not None and cue.times is not None:
            cue.times -= 1
            if not cue.times:
                self._numbered.remove(cue)
        cue = cue or self._find(self._standing, places, early=early)
        return cue.scenario if cue else None

    def clear(self) -> None:
        """Forget every cue."""
        self._numbered.clear()
        self._standing.clear()

    @staticmethod
    def _find(cues: Iterable[Cue[E]], places: Collection[Place], *, early: bool) -> Cue[E] | None:
        return next((cue for cue in cues if cue.fits(places, early=early)), None)
