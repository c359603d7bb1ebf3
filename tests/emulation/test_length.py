"""``max_tokens``: an answer ends after so many tokens."""

from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from akashchat import tokens
from akashchat.emulation.length import LengthStage
from akashchat.model.events import (
    Event,
    Finish,
    FinishReason,
    Progress,
    ReasoningDelta,
    TextDelta,
    ToolCallDelta,
    ToolCallStart,
)
from tests.support.answers import cut, in_pieces
from tests.test_tokens import WRITING

STOP, LENGTH = Finish(FinishReason.STOP), Finish(FinishReason.LENGTH)
LIMITS = st.integers(1, 30)


def fed(limit: int, events: list[Event]) -> tuple[str, Event]:
    """The text that comes of events, one batch each, and how it ends."""
    stage = LengthStage(limit)
    text = ""
    for event in events:
        for out in stage.feed([event]):
            match out:
                case TextDelta(said) | ReasoningDelta(said):
                    assert said
                    text += said
                case Finish():
                    return text, out
    raise AssertionError("the answer has no end")


@given(in_pieces(WRITING, cuts=30), LIMITS)
@example(["def 本語5", *"don\t\t5eé;"], 10)
@example(["😀" * 20], 7)
def test_never_more_tokens_than_allowed(pieces: list[str], limit: int) -> None:
    """A beginning of the answer within the limit is shown, and whether something is missing is said."""
    whole = "".join(pieces)
    text, end = fed(limit, [*map(TextDelta, pieces), STOP])
    assert whole.startswith(text)
    assert tokens.count(text) <= limit
    assert end == (STOP if text == whole else LENGTH)


@given(in_pieces(WRITING, cuts=30), LIMITS)
def test_the_limit_is_used(pieces: list[str], limit: int) -> None:
    """A cut answer lacks at most the tokens of a last character; the pieces make no greater difference."""
    text, end = fed(limit, [*map(TextDelta, pieces), STOP])
    if end == LENGTH:
        assert tokens.count(text) >= limit - 4


@given(WRITING, st.lists(st.integers(0, 60), max_size=6), LIMITS)
def test_one_batch_or_many(text: str, places: list[int], limit: int) -> None:
    """Batches leave no trace in where an answer is cut."""
    deltas = [TextDelta(piece) for piece in cut(text, [min(place, len(text)) for place in places])]
    out = LengthStage(limit).feed([*deltas, STOP])
    assert ("".join(event.text for event in out[:-1]), out[-1]) == fed(limit, [*deltas, STOP])


def test_thoughts_count() -> None:
    """Tokens are tokens, thought or said; progress is neither."""
    events = [Progress("x " * 50), ReasoningDelta("one two"), TextDelta(" three four five"), STOP]
    assert LengthStage(4).feed(events) == [*events[:2], TextDelta(" three four"), LENGTH]


def test_an_answer_of_just_the_limit_is_complete() -> None:
    """Nothing is missing, so nothing is said to be."""
    assert fed(3, [TextDelta("one two three"), STOP]) == ("one two three", STOP)


def test_a_long_answer_is_counted_rarely(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit of a long answer costs some countings of it, not one a token."""
    counted: list[int] = []

    def count(text: str, real: Callable[[str], int] = tokens.count) -> int:
        counted.append(len(text))
        return real(text)

    monkeypatch.setattr(tokens, "count", count)
    stage = LengthStage(30_000)
    for _ in range(29_990):
        assert len(stage.feed([TextDelta(" word")])) == 1
    assert len(counted) < 60


def test_a_call_s_arguments_count() -> None:
    """They are cut where the limit is, as a model's own would be."""
    stage = LengthStage(3)
    start = ToolCallStart("c", "f")
    events = stage.feed([TextDelta("one two"), start, ToolCallDelta("c", " three four five")])
    assert events == [
        TextDelta("one two"),
        start,
        ToolCallDelta("c", " three"),
        Finish(FinishReason.LENGTH),
    ]
