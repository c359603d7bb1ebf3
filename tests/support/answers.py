"""Answers at random, by the grammar of ``akashchat.model.events``, and that grammar as a check."""

from collections.abc import Sequence
from itertools import pairwise
from typing import TypeVar

from hypothesis import strategies as st

from akashchat.errors import AnswerCut, GatewayError, QuotaExhausted, UpstreamError
from akashchat.model.events import (
    Choice,
    Event,
    Failure,
    Finish,
    FinishReason,
    ImageReady,
    Progress,
    ReasoningDelta,
    Single,
    TextDelta,
    ToolCallDelta,
    ToolCallStart,
    Usage,
)

Whole = TypeVar("Whole", str, bytes)

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
"""Any text that UTF-8 can carry: controls, quotes, line separators, emoji."""

ERRORS: st.SearchStrategy[GatewayError] = st.builds(
    lambda kind, message: kind(message), st.sampled_from([UpstreamError, AnswerCut, QuotaExhausted]), TEXTS
)
USAGES = st.builds(Usage, st.integers(0, 2**40), st.integers(0, 2**40), st.booleans(), st.integers(0, 2**40))
FINISHES = st.builds(Finish, st.sampled_from(FinishReason), st.none() | USAGES)
FAILURES = st.builds(Failure, ERRORS)

_PROSE = st.builds(TextDelta, TEXTS) | st.builds(ReasoningDelta, TEXTS) | st.builds(Progress, TEXTS)
_IMAGES = st.builds(
    ImageReady,
    name=st.sampled_from(["", "job_1_00001_.webp"]),
    media_type=st.sampled_from(["image/webp", "image/png"]),
    job_id=st.just("1"),
    prompt=TEXTS,
    data=st.binary(min_size=1, max_size=4),
)
_CALLS = st.tuples(TEXTS, st.lists(TEXTS, max_size=3))
"""A function's name, and its arguments in pieces."""


@st.composite
def answers(
    draw: st.DrawFn, *, images: bool = True, calls: bool = True, ends: st.SearchStrategy[Single] | None = None
) -> list[Single]:
    """A whole answer: events of any kind, and a terminal one."""
    run = st.one_of(_PROSE, *([_IMAGES] if images else []), *([_CALLS] if calls else []))
    events: list[Single] = []
    for number, drawn in enumerate(draw(st.lists(run, max_size=8))):
        events += _call(f"call_{number}", *drawn) if isinstance(drawn, tuple) else [drawn]
    return [*events, draw(FINISHES | FAILURES if ends is None else ends)]


def _call(call_id: str, name: str, pieces: list[str]) -> list[Single]:
    return [ToolCallStart(call_id, name), *[ToolCallDelta(call_id, piece) for piece in pieces]]


@st.composite
def several(draw: st.DrawFn, n: int, *, images: bool = True) -> list[Event]:
    """The answers to one request for ``n`` of them, merged; cut short where they end with a failure."""
    each = [draw(answers(images=images, ends=FINISHES)) for _ in range(n)]
    order = draw(st.permutations([i for i, answer in enumerate(each) for _ in answer]))
    rest = [iter(answer) for answer in each]
    events: list[Event] = [Choice(i, next(rest[i])) for i in order]
    end = draw(st.builds(Finish, st.just(FinishReason.STOP), USAGES) | FAILURES)
    if isinstance(end, Failure):
        events = events[: draw(st.integers(0, len(events)))]
    return [*events, end]


def cut(whole: Whole, places: Sequence[int]) -> list[Whole]:
    """A text or bytes in pieces, parted at these places; no piece is empty."""
    return [whole[a:b] for a, b in pairwise([0, *sorted(set(places) - {0, len(whole)}), len(whole)]) if a < b]


def in_pieces(wholes: st.SearchStrategy[Whole], *, cuts: int = 8) -> st.SearchStrategy[list[Whole]]:
    """Texts or bytes as they may arrive: in pieces."""
    return wholes.flatmap(
        lambda whole: st.lists(st.integers(0, len(whole)), max_size=cuts).map(
            lambda places: cut(whole, places)
        )
    )


def check(events: Sequence[Event]) -> None:
    """Fail unless ``events`` are one answer by the grammar, all of whose text UTF-8 can carry."""
    *before, end = events
    assert isinstance(end, Finish | Failure)
    if isinstance(end, Failure):
        assert isinstance(end.error, GatewayError)
        end.error.message.encode()
    begun: list[str] = []
    calling = False
    for event in before:
        match event:
            case TextDelta(text) | ReasoningDelta(text) | Progress(text):
                text.encode()
            case ToolCallStart(call_id, _):
                assert call_id not in begun
                begun.append(call_id)
            case ToolCallDelta(call_id, arguments):
                assert calling
                assert call_id == begun[-1]
                arguments.encode()
            case ImageReady():
                assert event.name or event.data
            case _:
                raise AssertionError(f"{event} stands where only pieces of an answer may")
        calling = isinstance(event, ToolCallStart | ToolCallDelta)
