"""Thoughts that stand in the text."""

from typing import NamedTuple

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from akashchat.emulation.reasoning import ReasoningStage
from akashchat.errors import AnswerCut
from akashchat.model.events import Event, Failure, Finish, FinishReason, Progress, ReasoningDelta, TextDelta
from tests.support.answers import answers, check, in_pieces

STOP, LENGTH = Finish(FinishReason.STOP), Finish(FinishReason.LENGTH)
CUT = Failure(AnswerCut("cut"))

PIECES = [
    *("<think>", "</think>", "<thi", "nk>", "</", "/think>", "<", ">", "think"),
    *("\n", "\n\n", " ", "```", "`", '"', "“", "a", "word "),
]
WRITING = st.lists(st.sampled_from(PIECES), max_size=10).map("".join)
ENDS = st.sampled_from([STOP, LENGTH, CUT])
MODES = st.fixed_dictionaries({"hold": st.booleans(), "thinks_first": st.booleans()})


class Split(NamedTuple):
    """What came of an answer: its thoughts and its text."""

    thoughts: str
    text: str


def split(pieces: list[str], end: Event = STOP, *, batched: bool = False, **mode: bool) -> Split:
    """Split an answer that comes in these pieces."""
    stage = ReasoningStage(**mode)
    events = [*map(TextDelta, pieces), end]
    out: list[Event] = []
    for batch in [events] if batched else [[event] for event in events]:
        out += stage.feed(batch)
    check(out)
    return Split(
        "".join(event.text for event in out if isinstance(event, ReasoningDelta)),
        "".join(event.text for event in out if isinstance(event, TextDelta)),
    )


@given(in_pieces(WRITING, cuts=30), ENDS, MODES)
@example(["<", "think", ">a</thin", "k>b"], STOP, {})
@example(["a</think", ">", " b"], STOP, {"hold": True})
@example(["`", "``\n<think>"], STOP, {})
def test_the_split_is_the_same_however_the_text_comes(
    pieces: list[str], end: Event, mode: dict[str, bool]
) -> None:
    """Torn tags, torn fences, single characters or all at once: thoughts and text are the same."""
    whole = "".join(pieces)
    expected = split([whole], end, batched=True, **mode)
    assert split(pieces, end, **mode) == expected
    assert split(pieces, end, batched=True, **mode) == expected
    assert split(list(whole), end, **mode) == expected


@pytest.mark.parametrize(
    ("answer", "thoughts", "text"),
    [
        ("<think>\nhm\n</think>\n\nHi", "hm", "Hi"),
        ("<think>hm</think>Hi", "hm", "Hi"),
        ("\n <think>hm</think>Hi\n", "hm", "Hi\n"),
        ("<think>\n\n</think>\n\nHi", "", "Hi"),
        ("<think>one\n\ntwo</think>three", "one\n\ntwo", "three"),
        ("<think>a `<think>` tag</think>b", "a `<think>` tag", "b"),
        ("<think>a\n```\n</think>b", "a\n```", "b"),
        ("Hi\n<think>\nmore\n</think>\nyes", "more", "Hi\nyes"),
        ("<think>a</think>b\n<think>c</think>d", "ac", "b\nd"),
        ("<think>hm</think>", "hm", ""),
        ("<think>hm", "hm", ""),
    ],
)
@pytest.mark.parametrize("hold", [False, True])
def test_thoughts_between_tags(answer: str, thoughts: str, text: str, hold: bool) -> None:
    """Tags at the beginning of a line bracket thoughts, closed or not; blanks around them are nobody's."""
    assert split([answer], hold=hold) == Split(thoughts, text)


@pytest.mark.parametrize(
    "answer",
    [
        "Use <think> and </think> for thoughts.",
        "```\n<think>x</think>\n```",
        "~ `<think>` ~",
        'It ends in "</think>" always.',
        "\u201c</think>\u201d",
        "(</think>)",
        "a </think> b",
        "</thinking> <THINK> </ think>",
        "1 < 2 and </ok>",
        "<thin",
        "",
        " \n",
        "```py\nx = '</think>'\n```\nHi",
    ],
)
@pytest.mark.parametrize("hold", [False, True])
def test_what_somebody_writes_about_is_text(answer: str, hold: bool) -> None:
    """A tag inside a line or a code fence, or beside a space or a quote, stays where it is."""
    assert split([answer], hold=hold) == Split("", answer)


@pytest.mark.parametrize("answer", ["hm\n</think>\n\nHi", "hm</think>Hi", "\nhm\n</think>Hi"])
def test_thoughts_without_a_beginning(answer: str) -> None:
    """Split where text is held or the model is known to do this; else told as text, with the tag."""
    assert split([answer], hold=True) == Split("hm", "Hi")
    assert split([answer], thinks_first=True).text == "Hi"
    assert split([answer], thinks_first=True).thoughts.strip() == "hm"
    assert split([answer], thinks_first=True, hold=True) == Split("hm", "Hi")
    assert split([answer]) == Split("", answer)


def test_only_the_first_end_can_lack_its_beginning() -> None:
    """After thoughts, or after such an end, one more end tag is text."""
    assert split(["a</think>b</think>c"], hold=True) == Split("a", "b</think>c")
    assert split(["<think>a</think>b</think>c"]) == Split("a", "b</think>c")


def test_a_model_known_to_think_may_still_say_so() -> None:
    """A beginning that is there after all is no part of the thoughts."""
    for hold in (False, True):
        assert split(["<think>a</think>b"], thinks_first=True, hold=hold) == Split("a", "b")


@pytest.mark.parametrize("hold", [False, True])
def test_thoughts_that_are_told_apart_leave_nothing_to_guess(hold: bool) -> None:
    """An upstream that splits them itself sends no text that begins with any."""
    stage = ReasoningStage(thinks_first=True, hold=hold)
    events = [event for one in [ReasoningDelta("hm"), TextDelta("a"), STOP] for event in stage.feed([one])]
    assert events == [ReasoningDelta("hm"), TextDelta("a"), STOP]


@given(in_pieces(st.text(st.sampled_from("ab <\n`>"), max_size=20)))
def test_no_answer_is_lost_to_a_guess(pieces: list[str]) -> None:
    """A model taken to begin with thoughts that did not: the whole is told again as text."""
    whole = "".join(pieces).rstrip()
    assert split(pieces, thinks_first=True) == Split(whole, whole)
    assert split(pieces, thinks_first=True, hold=True) == Split("", whole)


@pytest.mark.parametrize("hold", [False, True])
@pytest.mark.parametrize("end", [LENGTH, CUT])
def test_thoughts_that_were_cut_are_thoughts(end: Event, hold: bool) -> None:
    """An answer that ended before its thoughts did was thoughts so far."""
    assert split(["hm"], end, thinks_first=True, hold=hold) == Split("hm", "")


@given(in_pieces(st.text(st.sampled_from("ab <\n`>/"), max_size=20)), ENDS, st.booleans())
def test_text_without_tags_is_untouched(pieces: list[str], end: Event, hold: bool) -> None:
    """Not a blank is lost or added."""
    assert split(pieces, end, hold=hold) == Split("", "".join(pieces))


@pytest.mark.parametrize("hold", [False, True])
def test_endless_blanks_are_not_held_for_ever(hold: bool) -> None:
    """Blanks that wait for what follows them are bounded, and none of them is lost."""
    assert split([" " * 3000] * 3, hold=hold) == Split("", " " * 9000)
    assert split(["<think>a" + "\n" * 3000 + "b</think>c"], hold=hold).text == "c"


@given(answers())
def test_other_events_pass(answer: list[Event]) -> None:
    """Whatever is not text keeps its place among its kind, and the grammar holds."""
    stage = ReasoningStage()
    out = [event for event in answer for event in stage.feed([event])]
    check(out)
    others = [event for event in out if not isinstance(event, TextDelta | ReasoningDelta)]
    assert others == [event for event in answer if not isinstance(event, TextDelta | ReasoningDelta)]


def test_a_stream_is_not_held_back() -> None:
    """Text that is clear comes at once, in the deltas it came in; only what may be a tag waits."""
    stage = ReasoningStage()
    assert stage.feed([TextDelta("Hello"), TextDelta(" you")]) == [TextDelta("Hello"), TextDelta(" you")]
    assert stage.feed([TextDelta(" a <")]) == [TextDelta(" a ")]
    assert stage.feed([TextDelta("b")]) == [TextDelta("<b")]
    assert stage.feed([Progress("x"), STOP]) == [Progress("x"), STOP]
