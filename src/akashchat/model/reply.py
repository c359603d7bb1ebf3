"""A whole answer: the fold of its events.

A reply that is not streamed is made of the same events as one that is, so nothing can differ between them.
"""

from collections.abc import Iterable
from typing import assert_never

from msgspec import Struct

from akashchat.errors import AnswerCut
from akashchat.model.events import (
    Choice,
    Event,
    Failure,
    Finish,
    FinishReason,
    ImageReady,
    Progress,
    ReasoningDelta,
    TextDelta,
    ToolCallDelta,
    ToolCallStart,
    Usage,
)
from akashchat.model.request import ToolCall


class Reply(Struct, frozen=True):
    """One whole answer."""

    text: str
    reasoning: str
    calls: tuple[ToolCall, ...]
    images: tuple[ImageReady, ...]
    finish_reason: FinishReason
    usage: Usage
    stopped_by: str = ""


class Replies(Struct, frozen=True):
    """All answers to one request, in the order of their index; ``usage`` is their sum."""

    choices: tuple[Reply, ...]
    usage: Usage


class _Answer:
    """One answer being folded."""

    def __init__(self) -> None:
        self.text: list[str] = []
        self.reasoning: list[str] = []
        self.images: list[ImageReady] = []
        self.calls: list[tuple[ToolCallStart, list[str]]] = []
        self.end: Finish | Failure | None = None

    def add(self, event: Event) -> None:
        match event:
            case TextDelta(text):
                self.text.append(text)
            case ReasoningDelta(text):
                self.reasoning.append(text)
            case ImageReady():
                self.images.append(event)
            case ToolCallStart():
                self.calls.append((event, []))
            case ToolCallDelta(_, arguments):
                self.calls[-1][1].append(arguments)
            case Finish() | Failure():
                self.end = event
            case Progress() | Choice():
                pass
            case _:
                assert_never(event)

    def reply(self) -> Reply:
        if self.end is None:
            raise AnswerCut("the answer ended before it was complete")
        if isinstance(self.end, Failure):
            raise self.end.error
        return Reply(
            text="".join(self.text),
            reasoning="".join(self.reasoning),
            calls=tuple(ToolCall(call.id, call.name, "".join(text)) for call, text in self.calls),
            images=tuple(self.images),
            finish_reason=self.end.reason,
            usage=self.end.usage or Usage(0, 0, estimated=True),
            stopped_by=self.end.stopped_by,
        )


class Fold:
    """Events in, whole answers out."""

    def __init__(self) -> None:
        self._whole = _Answer()
        self._choices: dict[int, _Answer] = {}

    def feed(self, events: Iterable[Event]) -> bool:
        """Add a batch; false, as there is always room for more."""
        for event in events:
            if type(event) is Choice:
                self._choices.setdefault(event.index, _Answer()).add(event.event)
            else:
                self._whole.add(event)
        return False

    def replies(self) -> Replies:
        """The whole answers; raises what made them fail, ``AnswerCut`` when no terminal event came."""
        whole = self._whole.reply()
        choices = [self._choices[index].reply() for index in sorted(self._choices)]
        return Replies(tuple(choices or [whole]), whole.usage)
