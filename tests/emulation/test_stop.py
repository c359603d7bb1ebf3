"""``stop``: an answer ends right before the first of some texts."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from akashchat.emulation.stop import StopStage
from akashchat.errors import AnswerCut
from akashchat.model.events import Event, Failure, Finish, FinishReason, ReasoningDelta, TextDelta
from tests.support.answers import in_pieces

STOP, LENGTH = Finish(FinishReason.STOP), Finish(FinishReason.LENGTH)
FEW = st.text(st.sampled_from("ab\n"), max_size=16)
STOPS = st.lists(
    st.text(st.sampled_from("ab\n"), min_size=1, max_size=4), min_size=1, max_size=3, unique=True
)


def cut(text: str, stops: list[str]) -> tuple[str, str]:
    """The rule, written down as plainly as can be: look after each character."""
    for end in range(len(text) + 1):
        starts = [end - len(stop) for stop in stops if text[:end].endswith(stop)]
        if starts:
            return text[: min(starts)], text[min(starts) : end]
    return text, ""


def fed(stops: list[str], events: list[Event]) -> list[Event]:
    """What comes of events, one batch each, until the stage ends the answer."""
    stage = StopStage(tuple(stops))
    out: list[Event] = []
    for event in events:
        out += stage.feed([event])
        if out and isinstance(out[-1], Finish | Failure):
            break
    return out


def said(events: list[Event]) -> str:
    """The text."""
    return "".join(event.text for event in events if isinstance(event, TextDelta))


@given(STOPS, in_pieces(FEW))
@example(["abb", "b"], ["a", "b", "b"])
@example(["abb", "b"], ["abb"])
@example(["a", "aa"], ["aa"])
def test_the_cut_is_exact_however_the_text_comes(stops: list[str], pieces: list[str]) -> None:
    """Nothing of a stop is shown, nothing before it is lost, the end names it; pieces make no difference."""
    deltas = [TextDelta(piece) for piece in pieces]
    text, stop = cut("".join(pieces), stops)
    for out in (
        fed(stops, [*deltas, LENGTH]),
        StopStage(tuple(stops)).feed([*deltas, LENGTH]),
        StopStage(tuple(stops)).feed([TextDelta("".join(pieces)), LENGTH]),
    ):
        assert said(out) == text
        assert out[-1] == (Finish(FinishReason.STOP, stopped_by=stop) if stop else LENGTH)
        assert not any(isinstance(event, Finish) for event in out[:-1])


@given(STOPS, in_pieces(FEW))
def test_text_is_let_go_as_soon_as_it_is_clear(stops: list[str], pieces: list[str]) -> None:
    """Only what may be the beginning of a stop is held back."""
    stage = StopStage(tuple(stops))
    text = out = ""
    for piece in pieces:
        text += piece
        if cut(text, stops)[1]:
            return
        out += said(stage.feed([TextDelta(piece)]))
        held = text.removeprefix(out)
        assert held == "" or any(stop.startswith(held) for stop in stops)


def test_thoughts_are_no_text() -> None:
    """A stop is looked for in the answer, not in what the model thinks."""
    thoughts = ReasoningDelta("END of thoughts")
    assert fed(["END"], [thoughts, TextDelta("a"), STOP]) == [thoughts, TextDelta("a"), STOP]


@pytest.mark.parametrize("end", [STOP, LENGTH, Failure(AnswerCut("cut"))])
def test_held_text_is_given_back_at_the_end(end: Event) -> None:
    """However an answer ends, the beginning of a stop that never came belongs to it."""
    assert fed(["END"], [TextDelta("the EN"), end]) == [TextDelta("the "), TextDelta("EN"), end]
