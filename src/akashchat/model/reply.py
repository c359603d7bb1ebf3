"""A whole answer: the fold of its events.

A reply that is not streamed is made of the same events as one that is, so nothing can differ between them.
"""

from collections.abc import Iterable
from typing import TypeAlias, assert_never

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
from akashchat.model.request import TextPart, ToolCall


class ReasoningPart(Struct, frozen=True):
    """Thoughts without a break."""

    text: str


ReplyPart: TypeAlias = TextPart | ReasoningPart | ToolCall | ImageReady


class Reply(Struct, frozen=True):
    """One whole answer.

    ``parts`` stand in the order they came, and neighbours that are text or thoughts are one.  Who keeps each kind
    in a place of its own reads them by kind.
    """

    parts: tuple[ReplyPart, ...]
    finish_reason: FinishReason
    usage: Usage
    stopped_by: str = ""

    @property
    def text(self) -> str:
        """All that was said."""
        if len(self.parts) == 1 and type(part := self.parts[0]) is TextPart:
            return part.text
        return "".join([part.text for part in self.parts if isinstance(part, TextPart)])

    @property
    def reasoning(self) -> str:
        """All that was thought."""
        return "".join([part.text for part in self.parts if isinstance(part, ReasoningPart)])

    @property
    def calls(self) -> tuple[ToolCall, ...]:
        """The calls."""
        return tuple([part for part in self.parts if isinstance(part, ToolCall)])

    @property
    def images(self) -> tuple[ImageReady, ...]:
        """The pictures."""
        return tuple([part for part in self.parts if isinstance(part, ImageReady)])


class Replies(Struct, frozen=True):
    """All answers to one request, in the order of their index; ``usage`` is their sum."""

    choices: tuple[Reply, ...]
    usage: Usage


_Begin: TypeAlias = TextDelta | ReasoningDelta | ToolCallStart | ImageReady
"""The event a part begins with."""


class _Answer:
    """One answer being folded."""

    def __init__(self) -> None:
        self.begun: list[tuple[_Begin, list[str]]] = []
        self.end: Finish | Failure | None = None

    def add(self, event: Event) -> None:
        if type(event) is TextDelta and self.begun and type(self.begun[-1][0]) is TextDelta:
            self.begun[-1][1].append(event.text)  # as nearly every event
            return
        match event:
            case TextDelta(text) | ReasoningDelta(text):
                if text:
                    self._pieces(event).append(text)
            case ImageReady() | ToolCallStart():
                self.begun.append((event, []))
            case ToolCallDelta(_, arguments):
                self.begun[-1][1].append(arguments)
            case Finish() | Failure():
                self.end = event
            case Progress() | Choice():
                pass
            case _:
                assert_never(event)

    def _pieces(self, event: TextDelta | ReasoningDelta) -> list[str]:
        """Where the text of this event goes: to what came last, where that is of its kind."""
        if not self.begun or type(self.begun[-1][0]) is not type(event):
            self.begun.append((event, []))
        return self.begun[-1][1]

    def reply(self) -> Reply:
        if self.end is None:
            raise AnswerCut("the answer ended before it was complete")
        if isinstance(self.end, Failure):
            raise self.end.error
        return Reply(
            parts=tuple([_part(begin, "".join(pieces)) for begin, pieces in self.begun]),
            finish_reason=self.end.reason,
            usage=self.end.usage or Usage(0, 0, estimated=True),
            stopped_by=self.end.stopped_by,
        )


def _part(begin: _Begin, text: str) -> ReplyPart:
    match begin:
        case TextDelta():
            return TextPart(text)
        case ReasoningDelta():
            return ReasoningPart(text)
        case ToolCallStart(call_id, name):
            return ToolCall(call_id, name, text)
        case ImageReady():
            return begin
        case _:
            assert_never(begin)


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
        if not self._choices:
            return Replies((whole,), whole.usage)
        choices = [self._choices[index].reply() for index in sorted(self._choices)]
        return Replies(tuple(choices), whole.usage)
