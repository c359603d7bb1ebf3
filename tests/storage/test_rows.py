"""Sums of rows, and of sums."""

from akashchat.storage.rows import Spread, Sums, step


def spread(*lower: int) -> Spread:
    """A spread of these."""
    made = Spread()
    made.counts.update(lower)
    return made


def test_bounds_are_close_enough() -> None:
    """A duration is known to three in a hundred, and half of that from the middle."""
    for milliseconds in (128, 129, 511, 512, 2048, 8191, 100_000, 3_600_000):
        assert step(milliseconds) <= milliseconds / 32
    assert [step(milliseconds) for milliseconds in (0, 127, 128, 511, 512)] == [1, 1, 4, 4, 16]


def test_a_percentile_is_what_so_many_did_not_exceed() -> None:
    """In the middle of its bounds; none where there is nothing."""
    assert spread().percentile(0.5) is None
    assert spread(7).percentile(0.95) == 7
    assert spread(1, 2, 3, 4).percentile(0.5) == 2
    assert spread(*range(100)).percentile(0.95) == 94
    assert spread(512).percentile(0.5) == 519.5


def test_sums_add_up() -> None:
    """A cost that is not known adds nothing, and takes nothing away."""
    total, one, other = Sums(), Sums(), Sums()
    one.requests, one.cost, one.errors = 2, 0.25, 1
    one.duration.counts[5] = 2
    other.requests, other.input_tokens = 1, 7
    other.duration.counts[5] = 1
    assert total.cost is None
    for sums in (one, other, one):
        total.add(sums)
    assert (total.requests, total.errors, total.input_tokens, total.cost) == (5, 2, 7, 0.5)
    assert total.duration.counts == {5: 5}
