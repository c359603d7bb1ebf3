"""Thoughts that stand in the text: ``<think>…</think>`` becomes ``ReasoningDelta``.

Tags may be torn over deltas, stay unclosed, or lack their beginning (a model whose template ends in
``<think>`` writes only the end).  What is *not* taken for thoughts: a tag inside a line or a code fence,
which somebody writes about; and an end tag beside a space or a quote.

An end without a beginning comes when the thoughts have been passed on already.  So where nobody waits for
pieces all is held until it is clear what it was; in a stream, models known to do this are taken to begin
with thoughts, and if no end comes, the whole is given again as text: no answer is lost to a guess.  Where the
upstream tells thoughts apart itself there is nothing to guess.
"""

import re
from collections.abc import Sequence

from akashchat.model.events import (
    TERMINAL,
    Event,
    Finish,
    FinishReason,
    Progress,
    ReasoningDelta,
    TextDelta,
)

_TAG = re.compile("<think>|</think>")
_OPEN, _CLOSE = "<think>", "</think>"
_UNCLEAR = frozenset({*(tag[:size] for tag in (_OPEN, _CLOSE) for size in range(1, len(tag))), _CLOSE})
_QUOTES = frozenset(" \t\"'`“”‘’「」()")
_LONGEST_BLANK = 1024


class ReasoningStage:
    """Splits one answer.

    ``hold`` keeps text back until it is clear whether it was thoughts; ``thinks_first`` takes the
    beginning of the answer for thoughts until an end tag comes.  With ``in_lines`` an end without a beginning
    must begin its line: within a line of JSON it is part of some text.
    """

    __slots__ = (
        "_after_tag",
        "_begun",
        "_blank",
        "_closed",
        "_guess",
        "_guessing",
        "_holding",
        "_in_lines",
        "_pending",
        "_place",
        "_plain",
        "_thinking",
        "_untouched",
    )

    def __init__(self, *, hold: bool = False, thinks_first: bool = False, in_lines: bool = False) -> None:
        self._in_lines = in_lines
        self._thinking = thinks_first
        self._guessing = thinks_first
        self._holding = hold
        self._guess: list[str] = []
        self._place = _Place()
        self._begun = False
        self._closed = False
        self._after_tag = False
        self._blank = ""
        self._pending = ""
        self._plain = False
        """Whether text that opens or closes nothing is passed on as it is."""
        self._untouched: list[str] | None = [] if hold and not thinks_first else None
        """What is held of an answer in which no tag has begun yet."""

    def feed(self, events: Sequence[Event]) -> list[Event]:
        """See ``Stage``."""
        return self._split(events) if self._untouched is None else self._hold(self._untouched, events)

    def _hold(self, texts: list[str], events: Sequence[Event]) -> list[Event]:
        """Hold what comes before any tag; where none comes it is text, and was not looked at twice."""
        for i, event in enumerate(events):
            if type(event) is TextDelta and "<" not in event.text:
                texts.append(event.text)
                continue
            held: list[Event] = [TextDelta(text)] if (text := "".join(texts)) else []
            if isinstance(event, TERMINAL):
                return [*held, event]
            self._untouched = None
            return self._split([*held, *events[i:]])
        return []

    def _split(self, events: Sequence[Event]) -> list[Event]:
        out: list[Event] = []
        for event in events:
            if type(event) is TextDelta:
                text = event.text
                if self._plain and not ("<" in text or "\n" in text or "`" in text):
                    self._place.tail = text
                    out.append(event)
                else:
                    self._scan(self._pending + text, out, last=False)
            else:
                if isinstance(event, ReasoningDelta):
                    self._told_apart()
                elif not isinstance(event, Progress):
                    self._scan(self._pending, out, last=True)
                    self._settle(event, out)
                out.append(event)
        return out

    def _told_apart(self) -> None:
        """The upstream tells thoughts from text itself, so that its text does not begin with any."""
        if self._guessing and not self._begun:
            self._thinking = self._guessing = False

    def _scan(self, text: str, out: list[Event], *, last: bool) -> None:
        """Pass on what is clear of ``text``, keep the rest pending."""
        start = 0
        for tag in _TAG.finditer(text):
            closes = tag[0] == _CLOSE
            if closes and not self._thinking and tag.end() == len(text) and not last:
                break  # the next character tells whether it is a quotation
            self._say(text[start : tag.start()], out)
            start = tag.start()
            if self._ends(text[tag.end() : tag.end() + 1]) if closes else self._begins():
                start = tag.end()
                self._turn(out, thinking=not closes)
        keep = 0 if last else _unclear(text[start:])
        self._say(text[start : len(text) - keep], out)
        self._pending = text[len(text) - keep :]
        self._plain = self._begun and not (
            self._thinking or self._holding or self._after_tag or self._pending or self._place.matters
        )

    def _begins(self) -> bool:
        if self._thinking:
            return self._guessing and not self._begun
        return self._place.begins_line and not self._place.fenced

    def _ends(self, following: str) -> bool:
        if self._thinking:
            return True
        if self._closed or self._place.fenced or following in _QUOTES or self._place.last in _QUOTES:
            return False
        if self._in_lines and not self._place.begins_line:
            return False
        return self._holding  # in a stream the thoughts are out already, and the tag stays to tell

    def _turn(self, out: list[Event], *, thinking: bool) -> None:
        """From answering to thinking, or back."""
        if thinking:
            self._release(out)
        elif self._holding:
            self._think(out)
        self._holding = self._guessing = False
        self._guess.clear()
        self._closed = self._closed or not thinking
        self._thinking = thinking
        self._after_tag = True
        self._blank = ""

    def _say(self, text: str, out: list[Event]) -> None:
        """Pass text on as what it is, less the blanks around thoughts."""
        if not text:
            return
        if not self._thinking:
            self._place.passed(text)
        if self._after_tag:
            text = text.lstrip()
            self._after_tag = not text
        text = self._blank + text
        self._blank = ""
        if self._thinking or not self._begun:
            said = text.rstrip()
            if len(text) - len(said) <= _LONGEST_BLANK and (self._thinking or not said):
                self._blank = text[len(said) :]
                text = said
        if text:
            self._begun = True
            self._emit(text, out)

    def _emit(self, text: str, out: list[Event]) -> None:
        if self._holding or self._guessing:
            self._guess.append(text)
        if not self._holding:
            out.append(ReasoningDelta(text) if self._thinking else TextDelta(text))

    def _settle(self, end: Event, out: list[Event]) -> None:
        """The answer is over, or text is: what was held or guessed shows what it was."""
        stopped = isinstance(end, Finish) and end.reason is FinishReason.STOP
        if self._guessing and stopped:
            self._release(out)
        elif self._holding and self._guessing:
            self._think(out)
        elif self._holding:
            self._release(out)
        if self._blank and not self._thinking:
            out.append(TextDelta(self._blank))
            self._blank = ""

    def _think(self, out: list[Event]) -> None:
        """What was held was thoughts."""
        out.append(ReasoningDelta("".join(self._guess).strip()))

    def _release(self, out: list[Event]) -> None:
        """What was held, or taken for thoughts, was text."""
        if text := "".join(self._guess):
            out.append(TextDelta(text))
        self._guess.clear()


class _Place:
    """Where in the answer's text we are: at a line's beginning, in a code fence, after which character."""

    __slots__ = ("_ticks", "begins_line", "fenced", "tail")

    def __init__(self) -> None:
        self.begins_line = True
        self.fenced = False
        self.tail = "\n"
        """The end of the text, of some length."""
        self._ticks = 0

    @property
    def last(self) -> str:
        """The last character."""
        return self.tail[-1]

    @property
    def matters(self) -> bool:
        """Whether text without line breaks and backticks would make a difference."""
        return self.begins_line or self._ticks > 0

    def passed(self, text: str) -> None:
        """More text was passed."""
        self.tail = text or self.tail
        if "`" in text or self._ticks:
            self._fence(text)
        if "\n" in text:
            self.begins_line = not text.rpartition("\n")[2].strip()
        elif self.begins_line:
            self.begins_line = not text.strip()

    def _fence(self, text: str) -> None:
        """Three backticks open or close a fence, also when they come in pieces."""
        text = "`" * self._ticks + text
        if text.count("```") % 2:
            self.fenced = not self.fenced
        self._ticks = (len(text) - len(text.rstrip("`"))) % 3


def _unclear(text: str) -> int:
    """How many characters at the end may be, or are, a tag that is not yet decided."""
    start = text.rfind("<", max(0, len(text) - len(_CLOSE)))
    return len(text) - start if start >= 0 and text[start:] in _UNCLEAR else 0
