"""What a caller was sent of an answer, for whoever must know what a broken one cost."""

from collections.abc import Sequence
from typing import assert_never

from akashchat import tokens
from akashchat.model.events import (
    Choice,
    Event,
    Failure,
    Finish,
    ImageReady,
    Progress,
    ReasoningDelta,
    TextDelta,
    ToolCallDelta,
    ToolCallStart,
)

_MANY = 256
"""So many batches are kept as they came, which costs next to nothing; then their text is, which takes less room."""


class Sent:
    """Takes batches, and counts their tokens when asked."""

    __slots__ = ("_batches", "_text")

    def __init__(self) -> None:
        self._batches: list[Sequence[Event]] = []
        self._text = tokens.Counter()

    def add(self, batch: Sequence[Event]) -> None:
        """One more."""
        self._batches.append(batch)
        if len(self._batches) >= _MANY:
            self._write()

    def tokens(self) -> int:
        """How many there are: text, thoughts and calls."""
        self._write()
        return self._text.total()

    def _write(self) -> None:
        for batch in self._batches:
            for event in batch:
                self._text.feed(_said(event).encode())
        self._batches.clear()


def _said(event: Event) -> str:
    match event:
        case TextDelta(text) | ReasoningDelta(text) | ToolCallDelta(_, text) | ToolCallStart(_, text):
            return text
        case Choice(_, inner):
            return _said(inner)
        case Progress() | ImageReady() | Finish() | Failure():
            return ""
        case _:
            assert_never(event)
