"""Text that comes in pieces of UTF-16."""

from hypothesis import given
from hypothesis import strategies as st

from akashchat.wire.json import whole_text
from akashchat.wire.surrogates import Surrogates
from tests.support.answers import in_pieces

UNITS = st.text(st.sampled_from("a\ud83d\ude00\ud83c😀é"), max_size=12)
"""Text with many halves of surrogate pairs."""


@given(in_pieces(UNITS))
def test_halves_are_joined_however_they_arrive(pieces: list[str]) -> None:
    """Every pair is whole again, every lone half a replacement character, and each piece can be sent."""
    halves = Surrogates()
    given_back = [halves.feed(piece) for piece in pieces] + [halves.flush()]
    for piece in given_back:
        piece.encode()
    assert "".join(given_back) == whole_text("".join(pieces))
    assert halves.flush() == ""


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_ordinary_text_is_not_held_back(text: str) -> None:
    """Only half a pair waits for its other half."""
    halves = Surrogates()
    assert halves.feed(text) == text
    assert not halves.held
