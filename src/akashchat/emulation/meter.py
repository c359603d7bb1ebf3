"""Usage, where the upstream gives none."""

from collections.abc import Callable, Sequence

from akashchat import tokens
from akashchat.model.events import (
    Event,
    Finish,
    ReasoningDelta,
    TextDelta,
    ToolCallDelta,
    ToolCallStart,
    Usage,
)


class MeterStage:
    """Adds estimated usage to a ``Finish`` that comes without."""

    def __init__(self, count_input: Callable[[], int]) -> None:
        self._count_input = count_input
        self._output = tokens.Counter()

    def feed(self, events: Sequence[Event]) -> Sequence[Event]:
        """See ``Stage``."""
        feed = self._output.feed
        for event in events:
            if type(event) is TextDelta:  # nearly always
                feed(event.text)
                continue
            match event:
                case ReasoningDelta(text) | ToolCallDelta(_, text):
                    feed(text)
                case ToolCallStart(_, name):
                    feed(name)
                case Finish(reason, None):
                    usage = Usage(self._count_input(), self._output.total(), estimated=True)
                    return [*events[:-1], Finish(reason, usage)]
                case _:
                    pass
        return events
