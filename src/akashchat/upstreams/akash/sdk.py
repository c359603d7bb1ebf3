"""What the AI SDK's two protocols have in common for whoever decodes them: above all, how an answer ends.

A decoder never raises: what its protocol does not allow becomes a ``Failure``, and so does an end that was not
told, because an answer that stops is not an answer that is complete.
"""

from abc import ABC, abstractmethod
from typing import Any

from akashchat.errors import AnswerCut, GatewayError, ProtocolError, UpstreamError
from akashchat.model.events import Event, Failure, Finish, FinishReason, ReasoningDelta, TextDelta, Usage
from akashchat.upstreams.akash.strange import Strange, Strangeness
from akashchat.wire.surrogates import Surrogates

INCOMPLETE = "Akash's answer ended before it was complete"

REASONS = {
    "stop": FinishReason.STOP,
    "other": FinishReason.STOP,
    "length": FinishReason.LENGTH,
    "content-filter": FinishReason.CONTENT_FILTER,
    "tool-calls": FinishReason.TOOL_CALLS,
}

_FAILURES = {
    "error": UpstreamError("the model failed inside Akash, which does not say why"),
    "interrupted": AnswerCut("the model was interrupted inside Akash"),
}

_KNOWN = frozenset({*REASONS, *_FAILURES, "unknown"})

_SPELLINGS = (("promptTokens", "completionTokens"), ("inputTokens", "outputTokens"))
"""The names of the figures, in the library's fourth version and since its fifth."""


class SdkStream(ABC):
    """Bytes of one reply in, events out; ``strange`` is noted, where it is given, from the first byte on."""

    __slots__ = ("_over", "_text", "_thoughts", "_torn", "strange")

    complete = False
    """Its end is always told."""

    def __init__(self, strange: Strange | None = None) -> None:
        self.strange = strange
        self._text = Surrogates()
        self._thoughts = Surrogates()
        self._over = False
        self._torn = False
        """Whether what is read now may be but a part of what was sent."""

    @abstractmethod
    def decode(self, data: bytes) -> list[Event]:
        """The events that ended in ``data``; after the terminal event, none."""

    @abstractmethod
    def _rest(self, events: list[Event]) -> None:
        """Read what the end of the reply has left without its own."""

    def flush(self) -> list[Event]:
        """What the end of the reply means."""
        events: list[Event] = []
        if self._over:
            return events
        self._torn = True
        self._rest(events)
        if not self._over:
            self._fail(AnswerCut(INCOMPLETE), events)
        return events

    def _note(self, kind: Strangeness, what: str) -> None:
        self.strange = self.strange or Strange()
        self.strange.note(kind, what)

    def _broken(self, kind: Strangeness, what: str, problem: str, events: list[Event]) -> None:
        """What came is not the protocol; where it is torn, that is no wonder."""
        if self._torn:
            self._fail(AnswerCut(INCOMPLETE), events)
        else:
            self._note(kind, what)
            self._fail(ProtocolError(problem), events)

    def _ended(self, said: Any, usage: Usage | None) -> Finish | Failure:
        """What the reason that was ``said`` means; one that is new is taken for what it may be, and told."""
        if new := _new_in_end(said):
            self._note(Strangeness.UNKNOWN_END, new)
        return _meant(said, usage)

    def _fail(self, error: GatewayError, events: list[Event]) -> None:
        self._end(Failure(error), events)

    def _end(self, end: Finish | Failure, events: list[Event]) -> None:
        """Nothing follows; halves that stayed alone go before the end."""
        self._over = True
        if half := self._thoughts.flush():
            events.append(ReasoningDelta(half))
        if half := self._text.flush():
            events.append(TextDelta(half))
        events.append(end)


def _meant(said: Any, usage: Usage | None) -> Finish | Failure:
    """What the reason that was ``said`` means."""
    word = said if isinstance(said, str) else ""
    if word in _FAILURES:
        return Failure(_FAILURES[word].again())
    # Without a known reason the model's backend stopped without giving one.  A backend that still reported usage
    # came to its end; one that did not was probably cut, and must not pass for complete.
    unsaid = FinishReason.STOP if usage else FinishReason.LENGTH
    return Finish(REASONS.get(word, unsaid), usage)


def _new_in_end(said: Any) -> str:
    """What is strange about the reason that was ``said``; empty where nothing is."""
    if isinstance(said, str):
        return "" if said in _KNOWN else f"reason {said}"
    return "no reason"


def usage_of(figures: Any) -> Usage | None:
    """Akash's figures, when both are there: they are often null, and negative ones would be nonsense."""
    if not isinstance(figures, dict):
        return None
    for asked, answered in _SPELLINGS:
        counts = _tokens(figures.get(asked)), _tokens(figures.get(answered))
        if counts[0] is not None and counts[1] is not None:
            return Usage(counts[0], counts[1], reasoning_tokens=_thought(figures))
    return None


def _thought(figures: dict[str, Any]) -> int:
    """The tokens of thoughts, where version 5 or where version 6 tells them."""
    details = figures.get("outputTokenDetails")
    inner = details.get("reasoningTokens") if isinstance(details, dict) else None
    return _tokens(figures.get("reasoningTokens")) or _tokens(inner) or 0


def _tokens(figure: Any) -> int | None:
    if isinstance(figure, bool) or not isinstance(figure, int | float):
        return None
    return int(figure) if 0 <= figure < 2**53 else None
