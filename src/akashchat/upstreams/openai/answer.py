"""An answer, chunk by chunk: what OpenAI's chunks say, and what others make of them.

An answer is complete once a finish reason was given; an end without one is an answer that was cut.  The
``Finish`` is told last, since usage comes after the reason.
"""

from typing import Any

from msgspec import Struct

from akashchat.errors import AnswerCut, GatewayError, ProtocolError
from akashchat.model.events import (
    Event,
    Failure,
    Finish,
    FinishReason,
    ReasoningDelta,
    TextDelta,
    Usage,
)
from akashchat.upstreams.openai.calls import Calls
from akashchat.upstreams.openai.failures import is_error, meaning, said
from akashchat.wire.surrogates import Surrogates


class Exchange(Struct, frozen=True, kw_only=True):
    """What must be known of a request to read its answer.

    ``upstream`` is its name, for messages; ``token`` is random, for the ids of calls that have none; ``freeform``
    are the tools whose input is a text; ``secret`` must not be repeated to anybody.
    """

    upstream: str
    token: str = ""
    freeform: frozenset[str] = frozenset()
    secret: str = ""


_REASONS = {
    "stop": FinishReason.STOP,
    "length": FinishReason.LENGTH,
    "tool_calls": FinishReason.TOOL_CALLS,
    "function_call": FinishReason.TOOL_CALLS,
    "content_filter": FinishReason.CONTENT_FILTER,
    # Others' words: servers before other models' own protocols, Mistral, Zhipu.
    "eos": FinishReason.STOP,
    "eos_token": FinishReason.STOP,
    "end_turn": FinishReason.STOP,
    "stop_sequence": FinishReason.STOP,
    "tool_use": FinishReason.TOOL_CALLS,
    "max_tokens": FinishReason.LENGTH,
    "model_length": FinishReason.LENGTH,
    "sensitive": FinishReason.CONTENT_FILTER,
}
_BROKEN = frozenset({"abort", "error", "insufficient_system_resource", "network_error"})
"""Reasons that are none: vLLM and SGLang, OpenRouter, DeepSeek, Zhipu."""

_THOUGHTS = ("reasoning_content", "reasoning")
"""DeepSeek's name for thoughts, which most took over, and OpenRouter's, which vLLM has since 2025; some send both."""


class Answer:
    """One answer, chunk by chunk."""

    __slots__ = ("_calls", "_exchange", "_halves", "_usage", "over", "reason")

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._calls = Calls(exchange.token, exchange.freeform)
        self._halves = Surrogates()
        self._usage: Usage | None = None
        self.reason = ""
        """Why it finished, in the upstream's word, once it has said so."""
        self.over = False

    @property
    def flows(self) -> bool:
        """Whether text is passed on as it comes: nothing is held that it would have to wait for."""
        return not (self._calls.waits or self._halves.held)

    @property
    def untold(self) -> bool:
        """Whether nothing is known but what was said: no reason, no usage, no call."""
        return not (self.reason or self._usage or self._calls.any or self._halves.held or self.over)

    def take(self, chunk: Any, events: list[Event], *, failed: bool = False) -> None:
        """One chunk, or a whole ``chat.completion``; ``failed`` when its frame is named an error."""
        if not isinstance(chunk, dict):
            self.fail(ProtocolError(f"{self._exchange.upstream} sent what is no part of an answer"), events)
        elif failed or is_error(chunk):
            self._refuse(chunk, events)
        else:
            usage = _usage(chunk.get("usage"))
            self._usage = usage or self._usage
            choice = _first(chunk.get("choices"))
            if choice is not None:
                self._choice(choice, events)
            elif usage is not None and self.reason:
                self.end(events)  # nothing comes behind it but the stream's end

    def end(self, events: list[Event]) -> None:
        """No more comes."""
        if self.over:
            return
        if not self.reason:
            self.fail(AnswerCut(f"{self._exchange.upstream}'s answer ended before it was complete"), events)
            return
        self.over = True
        if half := self._halves.flush():
            self._calls.say(TextDelta(half), events)
        reason = self._finish_reason()
        try:
            self._calls.finish(events, cut=reason is not FinishReason.TOOL_CALLS)
        except ProtocolError as error:
            events.append(Failure(error))
        else:
            events.append(Finish(reason, self._usage))

    def fail(self, error: GatewayError, events: list[Event]) -> None:
        """It ends here."""
        self.over = True
        if half := self._halves.flush():
            events.append(TextDelta(half))
        events.append(Failure(error))

    def _choice(self, choice: dict[str, Any], events: list[Event]) -> None:
        if is_error(choice):
            self._refuse(choice, events)
            return
        delta = choice.get("delta") or choice.get("message")
        if isinstance(delta, dict):
            self._delta(delta, events)
        reason = choice.get("finish_reason")
        if isinstance(reason, str) and reason and not self.over:
            self.reason = reason
            if reason in _BROKEN:
                name = self._exchange.upstream
                self.fail(AnswerCut(f"{name} gave up before the answer was complete: {reason}"), events)

    def _delta(self, delta: dict[str, Any], events: list[Event]) -> None:
        say = self._calls.say
        thought = next((delta[name] for name in _THOUGHTS if delta.get(name)), None)
        content = delta.get("content")
        if isinstance(content, list):  # Mistral's, of parts
            thought = thought or "".join(_texts(content, "thinking"))
            content = "".join(_texts(content, "text"))
        if text := self._whole(thought):
            say(ReasoningDelta(text), events)
        if text := self._whole(content):
            say(TextDelta(text), events)
        if text := self._whole(delta.get("refusal")):
            say(TextDelta(text), events)
        if calls := delta.get("tool_calls"):
            try:
                self._calls.feed(calls, events)
            except ProtocolError as error:
                self.fail(error, events)

    def _whole(self, value: Any) -> str:
        """A text less a half of a surrogate pair at its end, which is held until the other half comes."""
        if not isinstance(value, str) or not value:
            return ""
        return value if value.isascii() and not self._halves.held else self._halves.feed(value)

    def _refuse(self, value: dict[str, Any], events: list[Event]) -> None:
        told = said(value)
        self.fail(
            meaning(told.status or 500, told, self._exchange.upstream, secret=self._exchange.secret), events
        )

    def _finish_reason(self) -> FinishReason:
        """An unknown word means what a missing one does (decision 4); calls tell more surely than their reason."""
        unknown = FinishReason.STOP if self._usage else FinishReason.LENGTH
        reason = _REASONS.get(self.reason, unknown)
        if reason in (FinishReason.STOP, FinishReason.TOOL_CALLS):
            return FinishReason.TOOL_CALLS if self._calls.any else FinishReason.STOP
        return reason


def _first(choices: Any) -> dict[str, Any] | None:
    """The choice of index 0: there is no other, as no more than one was asked for."""
    for choice in choices if isinstance(choices, list) else ():
        if isinstance(choice, dict) and not choice.get("index"):
            return choice
    return None


def _texts(parts: list[Any], kind: str) -> list[str]:
    """The texts of parts of one kind; a thought's text is in parts of its own."""
    found = [part.get(kind) for part in parts if isinstance(part, dict) and part.get("type") == kind]
    if kind != "text":
        found = [text for inner in found if isinstance(inner, list) for text in _texts(inner, "text")]
    return [text for text in found if isinstance(text, str)]


def _usage(usage: Any) -> Usage | None:
    """Figures, when both are there and are some."""
    if not isinstance(usage, dict):
        return None
    asked, answered = usage.get("prompt_tokens"), usage.get("completion_tokens")
    if (
        type(asked) is not int
        or type(answered) is not int
        or asked < 0
        or answered < 0
        or not asked + answered
    ):
        return None
    return Usage(asked, answered)
