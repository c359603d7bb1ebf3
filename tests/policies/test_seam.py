"""Where a second answer goes on with what came of a first one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akashchat.policies.seam import Seam, anchor_of
from tests.policies.authors import TEXTS
from tests.support.answers import in_pieces

TEXT = "The quick brown fox jumps over the lazy dog, and then it runs away to the woods.\nThere it sleeps"


def read(seam: Seam, *pieces: str) -> str:
    """What stands behind the seam, of a second answer in pieces."""
    return "".join(seam.feed(piece) for piece in pieces if not seam.lost)


@given(TEXTS)
def test_an_anchor_stands_at_the_end_and_nowhere_else(text: str) -> None:
    """Or there is none: it has forty characters at least, and white space does not count."""
    anchor = anchor_of(text)
    bare, last = "".join(text.split()), "".join(anchor.split())
    if anchor:
        assert text.rstrip().endswith(anchor)
        assert bare.find(last) == len(bare) - len(last)
        assert len(last) >= 40


LINE = "A line that comes again and again, and is long enough.\n"


@pytest.mark.parametrize(("text", "anchor"), [
    ("", ""), ("  \n", ""), ("too short", ""), ("=" * 500, ""), ("ha " * 500, ""), (LINE * 9, ""),
    (TEXT, "and then it runs away to the woods.\nThere it sleeps"),
    ("Now the rule:\n" + "=" * 60, "rule:\n" + "=" * 60),
    ("First. " + LINE * 2, "First. " + (LINE * 2).rstrip()),
    (LINE * 3 + "End", "that comes again and again, and is long enough.\nEnd"),
])  # fmt: skip
def test_an_anchor_begins_before_what_goes_round(text: str, anchor: str) -> None:
    """Whoever goes on with a loop seems to repeat it, so what stands before it must be repeated too."""
    assert anchor_of(text) == anchor


@given(st.data())
def test_however_it_arrives_the_seam_is_the_same(data: st.DataObject) -> None:
    """Read at once or in any pieces: the same text behind it, or none."""
    text = data.draw(TEXTS)
    second = data.draw(TEXTS.map(lambda rest: text[-len(text) // 2 :] + rest) | TEXTS)
    at_once, torn = (Seam(text, anchor_of(text)) for _ in range(2))
    behind = read(at_once, second)
    assert read(torn, *data.draw(in_pieces(st.just(second)))) == behind
    assert torn.joined == at_once.joined


@pytest.mark.parametrize("second", [
    "I'm sorry, but I cannot see an earlier answer of mine, so I cannot go on with it.",
    "and then it runs away to the town.\nThere it sleeps until",
    " until the morning comes and the sun shines on the trees and the lazy dog.",
])  # fmt: skip
def test_who_says_something_else_is_soon_known(second: str) -> None:
    """Nobody waits for the end of an answer that has no seam."""
    seam = Seam(TEXT, anchor_of(TEXT))
    assert read(seam, *second[:75]) == ""
    assert seam.lost


def test_the_last_words_alone_are_no_end() -> None:
    """Who repeats them and says nothing more may have stopped too early; who says all of it anew has not."""
    anchor = anchor_of(TEXT)
    seam = Seam(TEXT, anchor)
    assert read(seam, anchor) == ""
    assert not seam.joined
    assert read(seam, "\n") == ""
    assert not seam.joined
    assert read(seam, "!") == "\n!"
    assert seam.joined
    long = f"This is the story of a fox. {TEXT}"
    seam = Seam(long, anchor)
    assert (read(seam, long), seam.joined, seam.repeated_more) == ("", True, True)


@pytest.mark.parametrize(("gap", "second", "behind"), [
    ("", "\n\nNext", "\n\nNext"), ("\n", "\n\nNext", "\nNext"), ("\n\n", "\n\nNext", "Next"), (" ", "\nNext", None),
    ("\n\n", "\nNext", None), ("\n", "Next", None),
])  # fmt: skip
def test_white_space_at_the_seam_is_the_second_answers(gap: str, second: str, behind: str | None) -> None:
    """What of it was there already is not said again; where it is other white space there is no seam."""
    seam = Seam(TEXT + gap, anchor_of(TEXT + gap))
    assert read(seam, *(anchor_of(TEXT) + second)) == (behind or "")
    assert (seam.joined, seam.lost) == (behind is not None, behind is None)


def test_without_an_anchor_an_answer_must_start_over() -> None:
    """Then it is whole in itself, whatever it says after the first words."""
    seam = Seam("Yes", "")
    assert read(seam, "Ye", "s, of course") == ", of course"
    seam = Seam("Yes", "")
    assert read(seam, "Of course") == ""
    assert seam.lost
