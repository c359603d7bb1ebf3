"""What is used, by whom, and whose turn it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akashchat.upstreams.akash.gauge import Gauge
from akashchat.upstreams.akash.shares import Shares, in_turn


def test_what_is_used_is_counted_between_words() -> None:
    """From the usual size of the quota on, until Akash's words teach another."""
    gauge = Gauge()
    gauge.count(2_500)
    assert gauge.used == pytest.approx(0.1)
    gauge.tell(0.05, 2_000.0)
    assert gauge.used == 0.05
    for _ in range(30):
        gauge.count(2_500)
        gauge.tell(gauge.told + 0.05, 2_000.0)
    assert gauge.tokens == pytest.approx(50_000, rel=0.01)
    gauge.count(5_000)
    assert gauge.used - gauge.told == pytest.approx(0.1, rel=0.01)


def test_little_teaches_nothing() -> None:
    """A word is rounded to a hundredth, and other users of the address count too."""
    gauge = Gauge()
    gauge.count(10)
    gauge.tell(0.5, None)
    assert gauge.tokens == pytest.approx(25_000)


@given(st.lists(st.tuples(st.integers(0, 10**9), st.floats(0, 1e6)), max_size=20))
def test_a_token_never_costs_nothing_or_all(words: list[tuple[int, float]]) -> None:
    """Whatever Akash says."""
    gauge = Gauge()
    for tokens, used in words:
        gauge.count(tokens)
        gauge.tell(used, None)
        assert 1_000 <= gauge.tokens <= 1e8


def test_a_new_window_begins_at_nothing() -> None:
    """Once, at its time."""
    gauge = Gauge()
    gauge.tell(1.04, 2_000.0)
    assert not gauge.renew(1_999.0)
    assert gauge.renew(2_000.0)
    assert gauge.used == 0
    assert not gauge.renew(2_001.0)


def test_a_word_may_tell_of_a_new_window() -> None:
    """Within one, what is used never falls."""
    gauge = Gauge()
    assert not gauge.tell(0.4, 2_000.0)
    assert not gauge.tell(0.4, 2_000.0)
    assert not gauge.tell(0.9, 2_000.0)
    assert gauge.tell(0.0, 16_400.0)


def shares(**used: int) -> Shares:
    """These callers have asked, and used so much."""
    made = Shares()
    for who, tokens in used.items():
        made.asked(who, 0.0)
        made.used(who, tokens)
    return made


def test_one_caller_may_have_all() -> None:
    """While nobody else wants any."""
    assert not shares(a=1_000).exceeded("a", 1_000, 0.0)


def test_a_share_is_an_equal_part() -> None:
    """For each who asked of late."""
    made = shares(a=500, b=499, c=0)
    assert made.exceeded("a", 1_000, 0.0)
    assert made.exceeded("b", 1_000, 0.0)
    assert not made.exceeded("c", 1_000, 0.0)
    assert not made.exceeded("nobody", 1_000, 0.0)
    made.asked("b", 950.0)
    assert not made.exceeded("b", 1_000, 950.0)


def test_in_a_new_window_all_have_their_shares_again() -> None:
    """What was used before is forgotten."""
    made = shares(a=900, b=0)
    made.renew()
    assert not made.exceeded("a", 1_000, 0.0)


def test_callers_are_bounded() -> None:
    """Whoever asked for nothing the longest is forgotten first."""
    made = Shares()
    for count in range(10_001):
        made.asked(count, float(count))
        made.used(count, 10**9)
    assert not made.exceeded(0, 1.0, 10_001.0)
    assert made.exceeded(10_000, 1.0, 10_001.0)


@given(st.lists(st.sampled_from("abc")))
def test_turns_go_round(waiting: list[str]) -> None:
    """One of each caller, then the second of each; everyone once, and nobody before one of theirs who came first."""
    numbered = list(enumerate(waiting))
    turns = in_turn(numbered, lambda one: one[1])
    assert sorted(turns) == numbered
    for who in "abc":
        assert [one for one in turns if one[1] == who] == [one for one in numbered if one[1] == who]
    for place, (_, who) in enumerate(turns):
        before = [other for _, other in turns[:place]]
        assert all(before.count(other) <= before.count(who) + 1 for other in "abc")
