"""Whose turn it is, held against the rule written down as plainly as can be."""

from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from akashchat.policies.queues import Lanes, Line, Queue, Ring


class One(NamedTuple):
    """Somebody who waits."""

    number: int
    caller: str = ""
    user: str = ""
    low: bool = False


def fair() -> Queue[One]:
    """Callers in turn, and the users of each."""
    return Ring(lambda one: one.caller, lambda: Ring(lambda one: one.user, Line))


def lanes() -> Queue[One]:
    """The same, twice."""
    return Lanes(lambda one: one.low, fair)


ONES = st.lists(
    st.builds(One, st.just(0), st.sampled_from("abc"), st.sampled_from("xy"), st.booleans()), max_size=40
).map(lambda ones: [one._replace(number=number) for number, one in enumerate(ones)])


def filled(queue: Queue[One], ones: list[One]) -> Queue[One]:
    """A queue with these in it."""
    for one in ones:
        queue.put(one)
    return queue


def emptied(queue: Queue[One]) -> list[One]:
    """All that were in a queue, as their turns came."""
    return [queue.take() for _ in range(len(queue))]


def numbers(ones: list[One]) -> list[int]:
    """Their numbers."""
    return [one.number for one in ones]


def test_of_one_caller_the_first_comes_first() -> None:
    """As in any line."""
    assert numbers(emptied(filled(fair(), [One(i, "a") for i in range(5)]))) == [0, 1, 2, 3, 4]


def test_callers_take_turns() -> None:
    """Who has asked for much does not keep away who asks for one thing."""
    ones = [One(0, "a"), One(1, "a"), One(2, "a"), One(3, "b"), One(4, "c"), One(5, "c")]
    assert numbers(emptied(filled(fair(), ones))) == [0, 3, 4, 1, 5, 2]


def test_a_caller_does_not_gain_by_many_users() -> None:
    """Users share the turns of their caller."""
    ones = [One(0, "a", "x"), One(1, "a", "y"), One(2, "a", "z"), One(3, "b", "x"), One(4, "b", "x")]
    assert numbers(emptied(filled(fair(), ones))) == [0, 3, 1, 4, 2]


def test_the_low_lane_is_slower_and_moves() -> None:
    """Every fifth turn is its own while both have somebody."""
    ones = [*(One(i, low=True) for i in range(3)), *(One(i) for i in range(3, 12))]
    assert numbers(emptied(filled(lanes(), ones))) == [3, 4, 5, 6, 0, 7, 8, 9, 10, 1, 11, 2]


def test_an_empty_high_lane_leaves_all_turns_to_the_low_one() -> None:
    """It waits for somebody, not on principle."""
    assert numbers(emptied(filled(lanes(), [One(i, low=True) for i in range(3)]))) == [0, 1, 2]


@given(ONES, st.sampled_from([fair, lanes]), st.integers(0, 40))
def test_the_order_that_is_told_is_the_order_that_comes(
    ones: list[One], queue: Callable[[], Queue[One]], before: int
) -> None:
    """Whoever was told how many are before him, has as many before him; and nobody is lost or served twice."""
    waiting = filled(queue(), ones)
    for _ in range(min(before, len(ones))):
        waiting.take()
    told = list(waiting)
    assert len(told) == len(waiting)
    assert emptied(waiting) == told
    assert len(set(told)) == len(ones) - min(before, len(ones))


@given(ONES, st.sampled_from([fair, lanes]), st.data())
def test_who_leaves_is_as_who_never_came(
    ones: list[One], queue: Callable[[], Queue[One]], data: st.DataObject
) -> None:
    """All others keep their order among themselves within a line; and leaving twice is leaving once."""
    leaving = data.draw(st.sets(st.sampled_from(ones))) if ones else set()
    waiting = filled(queue(), ones)
    for one in [*leaving, *leaving]:
        waiting.drop(one)
    assert len(waiting) == len(ones) - len(leaving)
    left = emptied(waiting)
    assert set(left) == set(ones) - leaving
    for one in left:
        line = [other for other in left if other[1:] == one[1:]]
        assert line == sorted(line)


@given(st.lists(st.sampled_from("abcd") | st.just("-"), max_size=80))
def test_nobody_waits_longer_than_his_line_is_long(steps: list[str]) -> None:
    """While somebody waits, every other caller has as many turns at most as he has, and one.

    That is what no starvation means: whatever others do, a line moves once in a round.
    """
    queue = fair()
    passed: dict[str, Counter[str]] = {}
    for number, step in enumerate(steps):
        if step != "-":
            queue.put(One(number, step))
            passed.setdefault(step, Counter())
        elif len(queue):
            served = queue.take().caller
            waiting = {one.caller for one in queue}
            passed = {caller: counts for caller, counts in passed.items() if caller in waiting}
            for caller, counts in passed.items():
                if caller == served:
                    counts.clear()
                else:
                    counts[served] += 1
                    assert counts[served] <= 1


@given(st.lists(st.sampled_from([0, 1, 2]), max_size=100))
def test_the_low_lane_never_starves(steps: list[int]) -> None:
    """However many come in the high one."""
    queue = lanes()
    passed = 0
    for number, step in enumerate(steps):
        if step < 2:
            queue.put(One(number, low=step == 1))
        elif len(queue):
            served = queue.take()
            waits = any(one.low for one in queue)
            passed = passed + 1 if waits and not served.low else 0
            assert passed < Lanes.EVERY
