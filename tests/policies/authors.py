"""Upstreams that write a known text and are cut, and that go on in all the ways there are."""

import re
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager

from hypothesis import strategies as st
from msgspec import Struct

from akashchat.errors import AnswerCut
from akashchat.model.catalogue import Catalogue
from akashchat.model.events import Event, Failure, Finish, FinishReason, TextDelta, Usage
from akashchat.model.request import Message, Request, TextPart
from akashchat.policies.rescue import Rescued
from akashchat.upstreams.base import EventStream, Opening, Parts, Written

CUT = Failure(AnswerCut("the line broke"))
FINISH = Finish(FinishReason.STOP, Usage(5, 7))

Way = Callable[[str, str, str], str]
"""What somebody answers who is to go on: of the whole text, of what came of it, and of the words to be repeated."""


class Turn(Struct):
    """One answer: how it goes on, in pieces of which size, after how many characters it is cut, if it is."""

    way: Way
    size: int = 7
    cut: int | None = None


def anchored(whole: str, said: str, anchor: str) -> str:
    """As it was asked."""
    return anchor + said[len(said.rstrip()) :] + whole[len(said) :]


def over(whole: str, said: str, anchor: str) -> str:
    """Starts over."""
    return whole


def on(whole: str, said: str, anchor: str) -> str:
    """Goes on without repeating."""
    return whole[len(said) :]


def refusing(whole: str, said: str, anchor: str) -> str:
    """Refuses."""
    return "I'm sorry, but I can't continue a message that I have not written."


def repeating(whole: str, said: str, anchor: str) -> str:
    """Repeats, and that is all."""
    return anchor


def more(start: int) -> Way:
    """Repeats more than it was asked to."""
    return lambda whole, said, anchor: whole[min(start, len(said.rstrip()) - len(anchor)) :]


def spaced(way: Way, spaces: Sequence[str]) -> Way:
    """Repeats with other white space."""

    def written(whole: str, said: str, anchor: str) -> str:
        own = way(whole, said, anchor)
        repeated = own[: len(own) - (len(whole) - len(said.rstrip()))]
        count = iter(range(10**6))
        return re.sub(r"\s+", lambda _: spaces[next(count) % len(spaces)], repeated) + own[len(repeated) :]

    return written


class Author:
    """Writes one text, a turn a request; who is asked anew starts over."""

    name = "author"

    def __init__(self, whole: str, *turns: Turn, anew: Way = over) -> None:
        self._whole = whole
        self._turns = turns
        self._anew = anew
        self.requests: list[Request] = []
        self.running = 0

    def open(self, request: Request) -> Opening:
        """Begin the next turn."""
        turn = self._turns[len(self.requests)]
        self.requests.append(request)
        return Opening(Written(self._write(turn, request)))

    def honours(self, model: str) -> dict[str, object]:
        """It follows nothing."""
        return {}

    async def catalogue(self) -> Catalogue:
        """It offers nothing."""
        return Catalogue(())

    async def _write(self, turn: Turn, request: Request) -> Parts:
        self.running += 1
        try:
            text = self._text(turn, request)
            end = FINISH if turn.cut is None else CUT
            text = text[: turn.cut]
            for start in range(0, len(text), turn.size):
                yield [TextDelta(text[start : start + turn.size])]
            yield [end]
        finally:
            self.running -= 1

    def _text(self, turn: Turn, request: Request) -> str:
        said = [message.text for message in request.messages if message.role == "assistant"]
        if not said:
            return self._anew(self._whole, "", "")
        asked = re.search("«(.*)»", request.messages[-1].text, re.DOTALL)
        assert asked
        return turn.way(self._whole, said[-1], asked[1])


def asked(**options: object) -> Request:
    """A streaming request."""
    fields = {
        "model": "m",
        "messages": (Message("user", (TextPart("Tell me."),)),),
        "stream": True,
        **options,
    }
    return Request(**fields)  # type: ignore[arg-type]


async def told(upstream: Rescued, request: Request | None = None) -> list[Event]:
    """The events of its answer."""
    opened: AbstractAsyncContextManager[EventStream] = upstream.open(request or asked())
    events: list[Event] = []
    async with opened as stream:
        while not await stream.pour(lambda batch: events.extend(batch) or False):
            pass
    assert stream.end == events[-1]
    return events


def text_of(events: Sequence[Event]) -> str:
    """Their text."""
    return "".join(event.text for event in events if isinstance(event, TextDelta))


_WORDS = st.sampled_from(
    ["the ", "cat", " sat\n", "on", ", ", "| --- |", "ha ", "=", "  ", "\n\n", "猫", "é", "1"]
)
_ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
_PROSE = st.lists(_WORDS, max_size=60).map("".join)
_LOOPS = st.tuples(_PROSE, _WORDS | _ANY, st.integers(0, 90), _PROSE).map(lambda d: d[0] + d[1] * d[2] + d[3])
TEXTS = st.lists(_ANY | _PROSE | _LOOPS, max_size=4).map("".join)
"""Any text, and what is hard: words that come again and again, loops, tables, white space."""
