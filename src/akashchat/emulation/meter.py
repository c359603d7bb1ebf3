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


class MeterStage:
    """Adds estimated usage to a ``Finish`` that comes without.

    An answer is counted as one text, as the length limit counts it, and its thoughts once more by themselves:
    where a token spans the border between the two they may seem more than the whole, and are not told as more.
    """

    __slots__ = ("_count_input", "_output", "_thoughts", "_write")

    def __init__(self, count_input: Callable[[], int]) -> None:
        self._count_input = count_input
        self._output = tokens.Counter()
        self._write = self._output.feed
        self._thoughts = tokens.Counter()

    def feed(self, events: Sequence[Event]) -> Sequence[Event]:
        """See ``Stage``."""
        for event in events:
            if type(event) is TextDelta:
                self._write(event.text.encode())
            elif (end := self._meter(event)) is not None:
                return [*events[:-1], end]
        return events

    def _meter(self, event: Event) -> Finish | None:
        """Take an event in; gives what a ``Finish`` without usage becomes."""
        match event:
            case TextDelta(text) | ToolCallDelta(_, text) | ToolCallStart(_, text):
                self._write(text.encode())
            case ReasoningDelta(text):
                self._write(text.encode())
                self._thoughts.feed(text.encode())
            case Finish(reason, None, stopped_by):
                return Finish(reason, self._usage(), stopped_by)
            case Progress() | ImageReady() | Finish() | Failure() | Choice():
                pass
            case _:
                assert_never(event)
        return None

    def _usage(self) -> Usage:
        output = self._output.total()
        thoughts = min(self._thoughts.total(), output)
        return Usage(self._count_input(), output, estimated=True, reasoning_tokens=thoughts)
