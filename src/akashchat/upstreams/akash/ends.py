"""How an answer ends, in the words of the AI SDK, which are the same in both of its protocols."""

from typing import Any

from akashchat.errors import AnswerCut, UpstreamError
from akashchat.model.events import Failure, Finish, FinishReason, Usage

_REASONS = {
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

_KNOWN = frozenset({*_REASONS, *_FAILURES, "unknown"})

_SPELLINGS = (("promptTokens", "completionTokens"), ("inputTokens", "outputTokens"))
"""The names of the figures, in the library's fourth version and since its fifth."""


def ended(said: Any, usage: Usage | None) -> Finish | Failure:
    """What the reason that was ``said`` means."""
    word = said if isinstance(said, str) else ""
    if word in _FAILURES:
        return Failure(_FAILURES[word].again())
    # Without a known reason the model's backend stopped without giving one.  A backend that still reported usage
    # came to its end; one that did not was probably cut, and must not pass for complete.
    unsaid = FinishReason.STOP if usage else FinishReason.LENGTH
    return Finish(_REASONS.get(word, unsaid), usage)


def new_in_end(said: Any) -> str:
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
