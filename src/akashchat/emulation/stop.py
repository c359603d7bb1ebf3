"""``stop``: the answer ends right before the first of some texts."""

from collections.abc import Sequence

from akashchat.model.events import Event, Finish, FinishReason, Progress, ReasoningDelta, TextDelta


class StopStage:
    """Cuts an answer's text before a stop sequence, also one that comes in pieces.

    Text that may be the beginning of a stop sequence is held back until that is clear.
    """

    def __init__(self, stops: tuple[str, ...]) -> None:
        self._stops = stops
        self._held = ""

    def feed(self, events: Sequence[Event]) -> list[Event]:
        """See ``Stage``."""
        out: list[Event] = []
        for event in events:
            if isinstance(event, TextDelta):
                text, stop = self._cut(self._held + event.text)
                if text:
                    out.append(TextDelta(text))
                if stop:
                    out.append(Finish(FinishReason.STOP, stopped_by=stop))
                    break
            else:
                if self._held and not isinstance(event, ReasoningDelta | Progress):
                    out.append(TextDelta(self._held))
                    self._held = ""
                out.append(event)
        return out

    def _cut(self, text: str) -> tuple[str, str]:
        """What can be let go, and the stop sequence that makes it the end, if one does."""
        found = [(start + len(stop), start, stop) for stop in self._stops if (start := text.find(stop)) >= 0]
        if found:
            # The first stop that is completed wins, also over one that began before it and is longer, as
            # it does when text is looked at token by token.
            self._held = ""
            _, start, stop = min(found)
            return text[:start], stop
        keep = max(_overlap(text, stop) for stop in self._stops)
        self._held = text[len(text) - keep :]
        return text[: len(text) - keep], ""


def _overlap(text: str, stop: str) -> int:
    """How much of the end of ``text`` is a beginning of ``stop``."""
    for size in range(min(len(text), len(stop) - 1), 0, -1):
        if text.endswith(stop[:size]):
            return size
    return 0
