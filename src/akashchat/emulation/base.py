"""What a stage is."""

from collections.abc import Sequence
from typing import Protocol

from akashchat.model.events import Event


class Stage(Protocol):
    """Events of one answer in, events of one answer out.

    The terminal event comes in the last batch; with it a stage lets go of all it held, and it does so
    before every event that the held text must not be overtaken by.  A stage may end an answer early by a
    terminal event of its own; it is then fed nothing more.
    """

    def feed(self, events: Sequence[Event]) -> Sequence[Event]:
        """What a batch becomes; may be empty."""
        ...
