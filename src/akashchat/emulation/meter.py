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

_MANY = 64


class MeterStage:
    """Adds estimated usage to a ``Finish`` that comes without.

    Most answers bring their usage, so nothing is looked at before it is known to be missing.
    """

    __slots__ = ("_batches", "_count_input", "_output")

    def __init__(self, count_input: Callable[[], int]) -> None:
        self._count_input = count_input
        self._output = tokens.Counter()
        self._batches: list[Sequence[Event]] = []

    def feed(self, events: Sequence[Event]) -> Sequence[Event]:
        """See ``Stage``."""
        self._batches.append(events)
        if len(self._batches) == _MANY:
            self._gather()
        last = events[-1] if events else None
        if type(last) is not Finish or last.usage is not None:
            return events
        self._gather()
        usage = Usage(self._count_input(), self._output.total(), estimated=True)
        return [*events[:-1], Finish(last.reason, usage)]

    def _gather(self) -> None:
        """Keep the words of what has come, and let the events go."""
        for batch in self._batches:
            for event in batch:
                match event:
                    case (
                        TextDelta(text)
                        | ReasoningDelta(text)
                        | ToolCallDelta(_, text)
                        | ToolCallStart(_, text)
                    ):
                        self._output.feed(text)
                    case Progress() | ImageReady() | Finish() | Failure() | Choice():
                        pass
                    case _:
                        assert_never(event)
        self._batches.clear()
