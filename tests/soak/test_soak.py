"""The soak's own machinery, for as long as a few answers take; ``make soak`` is the soak."""

import pytest

from akashchat.app import create_app
from akashchat.settings import Settings
from soak.callers import (
    Behaviour,
    Crowd,
    asks_nonsense,
    asks_twice,
    calls_tools,
    draws,
    holds_a_socket,
    leaves_midway,
    stays,
)
from soak.gateway import watched
from soak.holding import Holding
from soak.ledger import Ledger, ended, outcomes
from soak.run import Plan, options, soak, stand_ins, written
from soak.verdict import Findings, memory
from tests.support.gateway import served

CALM: tuple[Behaviour, ...] = (
    stays, calls_tools, draws, asks_twice, leaves_midway, asks_nonsense, holds_a_socket,
)  # fmt: skip
REST = Holding(memory_mb=100.0, handles={"socket": 4}, tasks={"Server.serve": 1})


def findings(**fields: object) -> Findings:
    """Those of a soak that went well, but for these."""
    well = {
        "ledger": Ledger(), "samples": [100.0] * 50, "before": REST, "after": REST, "told": 0, "rows": 0,
        "open_requests": 0,
    }  # fmt: skip
    return Findings(**{**well, **fields})  # type: ignore[arg-type]


ENDS = {"whole", "called", "picture", "refused", "left"}
"""How answers end in fair weather; each comes sooner or later, as chance has it."""


async def test_every_answer_that_callers_count_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks, and however: the gateway counts the same answers as its callers, and nobody complains."""
    async with stand_ins(0) as standing:
        settings = {**options(standing), "AKASHCHAT_STORAGE_PATH": ":memory:"}
        for name, value in written(settings).items():
            monkeypatch.setenv(name, value)
        crowd = Crowd(size=4, pause_s=0, behaviours=dict.fromkeys(CALM, 1.0))
        plan = Plan(crowd=crowd, storm_s=10_000, seed=1, rest_s=0)
        async with served(watched(create_app(Settings(_env_file=None)))) as url:  # type: ignore[call-arg]
            found = await soak(url, standing, plan, lambda ledger: ledger.ends.keys() >= ENDS)
    assert found.ledger.complaints == []
    assert found.told == found.rows == found.ledger.asked
    assert found.ledger.ends.keys() >= ENDS


def test_a_soak_that_went_well_has_no_complaint() -> None:
    """Fewer handles than before are none either."""
    less = Holding(memory_mb=100.0, handles={"socket": 3}, tasks={})
    assert list(findings(after=less).complaints()) == []


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"told": 1, "rows": 1}, "0 answers were asked for, and 1 outcomes told"),
        ({"rows": 1}, "0 outcomes were told, and 1 rows written"),
        ({"open_requests": 2}, "2 connections to the stand-ins are still open"),
        ({"samples": [*[100.0] * 30, *[111.0] * 30]}, "memory has grown by 11%"),
        (
            {"after": Holding(memory_mb=1, handles={"socket": 5}, tasks={})},
            "handles: 5 of socket, and 4 before",
        ),
        ({"after": Holding(memory_mb=1, handles={}, tasks={"one": 1})}, "tasks: 1 of one, and 0 before"),
    ],
)
def test_what_is_left_is_a_complaint(fields: dict[str, object], complaint: str) -> None:
    """And what is lost."""
    assert list(findings(**fields).complaints()) == [complaint]


def test_a_warm_up_and_a_peak_are_no_growth() -> None:
    """What counts is the middle of the beginning and of the end."""
    seen = memory([*range(25), *[100] * 40, 500, *[104] * 40])
    assert (seen.first_mb, seen.last_mb) == (100, 104)
    assert round(seen.growth, 3) == 0.04


def test_an_answer_that_is_short_is_a_complaint() -> None:
    """Told as whole, it is worse than a failure."""
    from faults.told import SHORT, Told

    ledger = Ledger()
    ledger.judge("chat", Told(failed=True, code="upstream_error"))
    assert not ledger.complaints
    ledger.judge("chat", Told(text="This is"))
    assert ended(Told(text="This is")) == SHORT
    assert ledger.complaints == [f"chat: {SHORT}: 'This is'"]


def test_outcomes_are_read_from_the_metrics() -> None:
    """Those of all models and dialects together."""
    exposed = (
        'akashchat_answers_total{dialect="chat",outcome="stop"} 2.0\n'
        'akashchat_answers_total{dialect="messages",outcome="stop"} 1.0\n'
        'akashchat_answers_total{dialect="chat",outcome="left"} 4.0\n'
    )
    assert outcomes(exposed) == {"stop": 3, "left": 4}
