"""Streams that are cut and go on."""

import asyncio

from hypothesis import assume, given
from hypothesis import strategies as st

from akashchat.errors import GatewayError
from akashchat.model.events import Failure
from akashchat.policies.rescue import Rescued
from akashchat.policies.seam import anchor_of
from tests.policies.authors import (
    CUT,
    TEXTS,
    Author,
    Turn,
    Way,
    anchored,
    more,
    on,
    over,
    refusing,
    repeating,
    spaced,
    text_of,
    told,
)

SPACES = st.lists(st.sampled_from([" ", "\n", "\t", "  ", "\n\n", " \n", "\u3000"]), min_size=1, max_size=5)
STARTS = st.integers(0, 400)
REPEATING: st.SearchStrategy[Way] = st.one_of(
    st.sampled_from([anchored, over]),
    STARTS.map(more),
    st.builds(spaced, st.sampled_from([anchored, over]) | STARTS.map(more), SPACES),
)
WAYS = REPEATING | st.sampled_from([on, refusing, repeating])
SIZES = st.integers(1, 60)
PROSE = "".join(f"Sentence {number} says that {number * 7} is seven times as much. " for number in range(20))


def says_it_again(said: str, rest: str) -> bool:
    """Whether a text goes on with its own last words, for the first time: nobody could tell that from a repetition."""
    said, rest, anchor = ("".join(text.split()) for text in (said, rest, anchor_of(said)))
    ends = [said[place:] for place in range(len(said) - len(anchor) + 1)] if anchor else []
    return any(rest.startswith(end) and not goes_round(end) for end in ends)


def goes_round(text: str) -> bool:
    """Whether a text is the same piece over and over."""
    return any(text[period:] == text[:-period] for period in range(1, len(text) // 2 + 1))


@given(whole=TEXTS, cut=st.integers(0, 400), size=SIZES, way=WAYS, step=SIZES, again=SIZES)
def test_what_is_joined_is_right_or_fails(
    whole: str, cut: int, size: int, way: Way, step: int, again: int
) -> None:
    """Whatever the text, wherever the cut, however somebody goes on: all of the text, or the failure that cut it."""
    cut = min(cut, len(whole))
    said = whole[:cut]
    assume(way is not on or not says_it_again(said, whole[cut:]))
    turns = Turn(way, size, cut), Turn(way, step), Turn(way, again)
    author = Author(whole, *turns)
    try:
        events = asyncio.run(told(Rescued(author)))
    except GatewayError as error:
        assert error == CUT.error  # nothing had come
        assert cut == 0
        return
    assert author.running == 0
    if isinstance(events[-1], Failure):
        assert events[-1] == CUT
        assert text_of(events) == said
    else:
        assert text_of(events) == whole
    if way in (on, refusing, repeating) and anchor_of(said) and whole[cut:].strip():
        assert events[-1] == CUT
