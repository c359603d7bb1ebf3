"""What several processes have counted, as if one had."""

from akashchat.telemetry.metrics import Distribution, Figures
from akashchat.telemetry.together import fallen, together, written


def counter(**rows: float) -> Figures:
    """Figures that only go up."""
    return Figures("counter", "asked", "", ("model",), {(name,): figure for name, figure in rows.items()})


def sizes(*row: float) -> Distribution:
    """Figures by size."""
    return Distribution("took", "", (), (1.0, 2.0), {(): list(row)})


def test_what_is_counted_is_added_up() -> None:
    """Row by row, also rows that only one of them has; one's own are left as they are."""
    mine = [counter(a=1, b=2), sizes(1, 0, 2, 9.5)]
    asked, took = together(mine, [written([counter(b=3, c=4), sizes(0, 1, 1, 7)])])
    assert asked.rows == {("a",): 1, ("b",): 5, ("c",): 4}
    assert took.rows == {(): [1, 1, 3, 16.5]}
    assert mine == [counter(a=1, b=2), sizes(1, 0, 2, 9.5)]
    assert together(mine, []) == mine


def test_what_is_so_now_is_joined_as_it_is_meant() -> None:
    """Who waits is added up, a circuit is open where any is, and of a quota the least is known."""
    gauges = [Figures("gauge", joined, "", (), {(): 0.5}, joined) for joined in ("sum", "least", "most")]
    others = [Figures("gauge", joined, "", (), {(): 0.25}, joined) for joined in ("sum", "least", "most")]
    assert [gauge.rows[()] for gauge in together(gauges, [written(others)])] == [0.75, 0.25, 0.5]


def test_of_the_fallen_stays_what_they_counted() -> None:
    """So that no sum ever goes down; what was so at their time is so no longer."""
    gauge = Figures("gauge", "waiting", "", (), {(): 3.0})
    first = fallen(b"", written([counter(a=1), gauge, sizes(1, 0, 0, 1)]))
    both = fallen(first, written([counter(a=2), gauge]))
    assert {metric.name: metric.rows for metric in together([], [both])} == {
        "asked": {("a",): 3},
        "took": {(): [1, 0, 0, 1]},
    }
