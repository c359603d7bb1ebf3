"""What a fault is: something played at the gateway's upstream, and what its callers may then be told."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from akashchat.simulator.keyed import ANSWER
from faults.dialects import CALL
from faults.rig import MODEL, Rig, Setup
from faults.told import CALLED, EMPTY, PICTURE, SHORT, WHOLE, Told

Expected: TypeAlias = str
"""Outcomes, apart by spaces: ``whole``, ``empty``, ``picture``, or the codes of errors."""


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One fault."""

    name: str
    play: Callable[[Rig], object]
    alone: Expected
    """What is right where the upstream that fails is the only one."""
    backed: Expected = WHOLE
    """What is right where a second one stands behind it."""
    question: str = "Hello"
    text: str = ANSWER
    """The whole answer."""
    tools: bool = False
    """Whether a tool goes with the question, which is to be called."""
    model: str = MODEL
    options: Mapping[str, Any] = field(default_factory=dict)
    """The settings of the gateway that make it over in time."""
    most: int | None = None
    """How often the first upstream may be asked for one answer; without, nobody counts."""
    callers: int = 1
    """How many ask at once."""
    workers: int = 1
    """How many gateways they ask."""
    quota_tokens: int | None = None
    second_has: tuple[str, ...] = (MODEL,)
    """The models of the second upstream."""
    also: Callable[[Told], str] = field(default=lambda _: "")
    """A complaint about what else was told, if there is one; asked where a second upstream answers."""

    @property
    def fresh(self) -> bool:
        """Whether each case needs a gateway of its own, because the fault does not pass."""
        return self.quota_tokens is not None

    def expected(self, setup: Setup) -> set[str]:
        """The outcomes that are right."""
        return set((self.alone if setup == "alone" else self.backed).split())

    def outcome(self, told: Told) -> str:
        """One word for what was told."""
        if told.failed:
            return told.code or "a failure"
        if told.calls:
            return CALLED if all(call == CALL for call in told.calls) else f"called {told.calls}"
        if told.picture:
            return PICTURE
        if told.text == self.text and told.reason == "stop":
            return WHOLE
        if not told.text:
            return EMPTY
        return told.reason if told.reason != "stop" else SHORT
