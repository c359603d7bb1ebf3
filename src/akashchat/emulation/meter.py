"""Usage, where the upstream gives none."""

from collections.abc import Callable, Sequence
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
    Usage,
)

_MANY = 1024
"""So many events are kept as they came, which costs next to nothing; then their text is, which takes less room."""


class MeterStage:
    """Adds estimated usage to a ``Finish`` that comes without.

    An answer is counted as one text, as the length limit counts it, and its thoughts once more by themselves:
    where a token spans the border between the two they may seem more than the whole, and are not told as more.
    """

    __slots__ = ("_count_input", "_events", "_written")

    def __init__(self, count_input: Callable[[], int]) -> None:
        self._count_input = count_input
        self._events: list[Event] = []
        self._written: _Written | None = None

    def feed(self, events: Sequence[Event]) -> Sequence[Event]:
        """See ``Stage``."""
        self._events.extend(events)
        if len(self._events) >= _MANY:
            self._write()
        last = events[-1] if events else None
        if isinstance(last, Finish) and last.usage is None:
            return [*events[:-1], Finish(last.reason, self._usage(), last.stopped_by)]
        return events

    def _usage(self) -> Usage:
        written = self._write()
        output = written.output.total()
        thoughts = min(written.thoughts.total(), output)
        return Usage(self._count_input(), output, estimated=True, reasoning_tokens=thoughts)

    def _write(self) -> "_Written":
        """Keep of the events what counts."""
        written = self._written = self._written or _Written()
        for event in self._events:
            written.take(event)
        self._events.clear()
        return written


class _Written:
    """What was said, and of that what was thought."""

    __slots__ = ("output", "thoughts")

    def __init__(self) -> None:
        self.output = tokens.Counter()
        self.thoughts = tokens.Counter()

    def take(self, event: Event) -> None:
        """Count an event in."""
        match event:
            case TextDelta(text) | ToolCallDelta(_, text) | ToolCallStart(_, text):
                self.output.feed(text.encode())
            case ReasoningDelta(text):
                self.output.feed(text.encode())
                self.thoughts.feed(text.encode())
            case Progress() | ImageReady() | Finish() | Failure() | Choice():
                pass
            case _:
                assert_never(event)
