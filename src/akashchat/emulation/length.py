"""``max_tokens``: the answer ends after so many tokens, thoughts included."""

from collections.abc import Sequence

from akashchat import tokens
from akashchat.model.events import Event, Finish, FinishReason, ReasoningDelta, TextDelta

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
            if not isinstance(event, TextDelta | ReasoningDelta):
                out.append(event)
                continue
            keep = self._keep(event.text)
            if keep:
                out.append(type(event)(event.text[:keep]))
            if keep < len(event.text):
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
