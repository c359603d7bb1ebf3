"""``max_tokens``: the answer ends after so many tokens, thoughts and calls included."""

from collections.abc import Sequence

from akashchat import tokens
from akashchat.model.events import (
    Event,
    Finish,
    FinishReason,
    ReasoningDelta,
    TextDelta,
    ToolCallDelta,
)

_SLACK = 4
"""Two texts may make a token more when joined than they have alone."""


class LengthStage:
    """Counts an answer and cuts it.

    A token is at least one byte, so the whole text is counted anew only when about as many bytes have come
    as tokens were left: some twenty times an answer, however long.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._pieces: list[str] = []
        self._left = limit - _SLACK

    def feed(self, events: Sequence[Event]) -> list[Event]:
        """See ``Stage``."""
        out: list[Event] = []
        for event in events:
            text = _counted(event)
            keep = self._keep(text) if text else 0
            if keep == len(text):
                out.append(event)
                continue
            if keep and isinstance(event, TextDelta | ReasoningDelta):
                out.append(type(event)(text[:keep]))
            elif keep and isinstance(event, ToolCallDelta):
                out.append(ToolCallDelta(event.id, text[:keep]))
            out.append(Finish(FinishReason.LENGTH))
            break
        return out

    def _keep(self, text: str) -> int:
        """How many characters of ``text`` are within the limit."""
        self._pieces.append(text)
        self._left -= len(text.encode())
        if self._left >= 0:
            return len(text)
        whole = "".join(self._pieces)
        self._pieces = [whole]
        used = tokens.count(whole)
        if used <= self._limit:
            self._left = self._limit - used - _SLACK
            return len(text)
        inside = len(tokens.head(whole, self._limit))
        return max(0, inside - (len(whole) - len(text)))


def _counted(event: Event) -> str:
    """What an event adds to the answer; a call's name is not cut, and so not counted."""
    if isinstance(event, TextDelta | ReasoningDelta):
        return event.text
    return event.arguments if isinstance(event, ToolCallDelta) else ""
