"""Rows written behind answers, and what becomes of them while the database is away."""

import asyncio
from collections.abc import AsyncGenerator, Sequence

import pytest
from structlog.testing import capture_logs

from akashchat.errors import RateLimited
from akashchat.model.catalogue import Price
from akashchat.model.events import FinishReason, Usage
from akashchat.storage.base import DatabaseDown, StatementRefused
from akashchat.storage.rows import Body, Group, LedgerRow, Page, Selection, Summed
from akashchat.telemetry.base import Outcome, Words
from akashchat.telemetry.ledger import Ledger, LedgerOptions
from akashchat.telemetry.prices import Prices
from tests.support.clock import FakeClock
from tests.support.ledger import NOW, outcome, row


class Written:
    """A store that remembers what is written, and fails as it is told."""

    def __init__(self) -> None:
        self.batches: list[Sequence[LedgerRow]] = []
        self.bodies: list[Body] = []
        self.failing: Exception | None = None
        self.swallowing = False
        """Whether a failure comes behind what was written all the same."""
        self.asked = 0
        self.forgotten: list[tuple[float, float]] = []
        self.more = 0

    @property
    def rows(self) -> list[LedgerRow]:
        """All of them."""
        return [row for batch in self.batches for row in batch]

    async def write(self, rows: Sequence[LedgerRow], bodies: Sequence[Body]) -> None:
        """Remember, or fail."""
        await asyncio.sleep(0)
        self.asked += 1
        if self.failing is None or self.swallowing:
            self.batches.append(rows)
            self.bodies += bodies
        if self.failing is not None:
            raise self.failing

    async def holds(self, row: LedgerRow) -> bool:
        """Look."""
        if self.failing is not None:
            raise self.failing
        return row in self.rows

    async def sums(self, selection: Selection, by: Sequence[Group]) -> Summed:
        """Nobody asks."""
        raise NotImplementedError

    def pages(self, selection: Selection, page: Page) -> AsyncGenerator[list[LedgerRow], None]:
        """Nobody asks."""
        raise NotImplementedError

    async def body(self, request_id: str) -> Body | None:
        """Nobody asks."""
        raise NotImplementedError

    async def forget(self, rows_before: float, bodies_before: float) -> bool:
        """Note it; there is more a few times."""
        if self.failing is not None:
            raise self.failing
        self.forgotten.append((rows_before, bodies_before))
        self.more -= 1
        return self.more > 0


class Spent:
    """What was told to be spent."""

    def __init__(self) -> None:
        self.dollars: list[tuple[str, str, float]] = []

    def __call__(self, upstream: str, model: str, dollars: float) -> None:
        """Something was."""
        self.dollars.append((upstream, model, dollars))


@pytest.fixture
def store() -> Written:
    """Where rows go."""
    return Written()


@pytest.fixture
def ledger(store: Written, clock: FakeClock) -> Ledger:
    """A new one."""
    return Ledger(store, clock, spent=Spent())


def observed(ledger: Ledger, count: int, **fields: object) -> None:
    """So many answers."""
    for number in range(count):
        ledger.observe(outcome(request_id=f"req_{number}", **fields))


def lost(ledger: Ledger) -> dict[str, float]:
    """What metrics tell was lost, by kind."""
    told, _ = ledger.figures()
    return {kind: count for (kind,), count in told.rows.items()}


def waiting(ledger: Ledger) -> float:
    """How many metrics tell to wait."""
    _, told = ledger.figures()
    return told.rows[()]


async def test_a_row_tells_of_its_answer(ledger: Ledger, store: Written, clock: FakeClock) -> None:
    """All that is known of it, half a second later."""
    ledger.observe(outcome())
    await clock.advance(0.4)
    assert store.rows == []
    await clock.advance(0.2)
    assert store.rows == [row(cost=None)]


async def test_failures_and_callers_who_left_have_rows(
    ledger: Ledger, store: Written, clock: FakeClock
) -> None:
    """Tokens and times that nobody knows are not made up."""
    fields = {"usage": None, "finish_reason": None, "first_event_s": None, "attempts": ()}
    ledger.observe(outcome(**fields, error=RateLimited("later"), true_model=""))
    ledger.observe(outcome(**fields, upstream=""))
    await clock.advance(1)
    failed, left = store.rows
    assert (failed.outcome, failed.error, failed.true_model) == ("failed", "rate_limit_exceeded", "gpt-4o")
    assert (left.outcome, left.error, left.upstream, left.attempts) == ("left", "", "", 0)
    assert (left.input_tokens, left.output_tokens, left.first_event_ms, left.cost) == (None, None, None, None)


async def test_answers_are_written_together(ledger: Ledger, store: Written, clock: FakeClock) -> None:
    """Those of half a second, and five hundred at once where there are so many."""
    observed(ledger, 500)
    await clock.advance(0)
    assert [len(batch) for batch in store.batches] == [500]
    observed(ledger, 3)
    await clock.advance(1)
    assert [len(batch) for batch in store.batches] == [500, 3]
    assert clock.waiting == 0


async def test_names_that_callers_choose_are_bounded(
    ledger: Ledger, store: Written, clock: FakeClock
) -> None:
    """Whatever they hold, every database takes them; so it does what an upstream claims to have counted."""
    ledger.observe(outcome(model="m" * 5000, true_model="\0\ud800", user="\0", usage=Usage(2**80, 2**63)))
    await clock.advance(1)
    (written,) = store.rows
    assert (len(written.model), written.true_model, written.user) == (256, "\ufffd\ufffd", "\ufffd")
    assert (written.input_tokens, written.output_tokens) == (2**53, 2**53)


class TestOutages:
    """The database is away."""

    async def test_rows_wait_and_lose_nothing(self, ledger: Ledger, store: Written, clock: FakeClock) -> None:
        """It is told once that they do, and once that they no longer do."""
        store.failing = DatabaseDown("gone")
        with capture_logs() as logs:
            for number in range(30):
                ledger.observe(outcome(request_id=f"req_{number}"))
                await clock.advance(1)
            assert waiting(ledger) == 30
            assert (store.rows, store.asked) == ([], 1)  # behind the first, it is asked what it holds
            store.failing = None
            await clock.advance(2)
        assert [one.request_id for one in store.rows] == [f"req_{number}" for number in range(30)]
        assert [log["event"] for log in logs] == ["ledger waits", "ledger goes on"]
        assert (waiting(ledger), lost(ledger)) == (0, {"row": 0, "words": 0})

    async def test_what_was_written_after_all_is_not_written_twice(
        self, ledger: Ledger, store: Written, clock: FakeClock
    ) -> None:
        """A connection may break behind the commit: nobody can know, so it is looked for."""
        store.failing, store.swallowing = DatabaseDown("gone"), True
        observed(ledger, 2)
        await clock.advance(1)
        store.failing = None
        observed(ledger, 1)
        await clock.advance(3)
        assert [one.request_id for one in store.rows] == ["req_0", "req_1", "req_0"]

    async def test_what_waits_is_bounded(self, ledger: Ledger, store: Written, clock: FakeClock) -> None:
        """What is too much is lost, counted and told once; what waited before it is written."""
        store.failing = DatabaseDown("gone")
        observed(ledger, 500)
        await clock.advance(0)
        with capture_logs() as logs:
            observed(ledger, 49_600)
        assert (waiting(ledger), lost(ledger)["row"]) == (50_000, 100)
        assert [log["event"] for log in logs] == ["ledger loses"]
        store.failing = None
        closing = asyncio.create_task(ledger.close())
        await clock.advance(2)
        await closing
        assert len(store.rows) == 50_000

    async def test_what_is_refused_does_not_keep_the_next_from_being_written(
        self, ledger: Ledger, store: Written, clock: FakeClock
    ) -> None:
        """It is lost, counted and told."""
        store.failing = StatementRefused("no such column")
        observed(ledger, 2)
        with capture_logs() as logs:
            await clock.advance(1)
        assert [log["event"] for log in logs] == ["ledger loses", "ledger not written"]
        store.failing = None
        observed(ledger, 1)
        await clock.advance(1)
        assert (len(store.rows), lost(ledger)["row"]) == (1, 2)


class TestEnding:
    """A stop."""

    async def test_nothing_is_lost(self, ledger: Ledger, store: Written, clock: FakeClock) -> None:
        """What waits is written at once, and so is what is being written."""
        observed(ledger, 1200)
        await ledger.close()
        assert len(store.rows) == 1200
        assert clock.waiting == 0

    async def test_a_database_that_is_away_is_not_waited_for_long(
        self, ledger: Ledger, store: Written, clock: FakeClock
    ) -> None:
        """What it did not take is told."""
        store.failing = DatabaseDown("gone")
        observed(ledger, 3)
        closing = asyncio.create_task(ledger.close())
        with capture_logs() as logs:
            await clock.advance(6)
            await closing
        assert logs[-1]["event"] == "ledger not written"
        assert (logs[-1]["rows"], lost(ledger)["row"]) == (3, 3)


class TestForgetting:
    """What is too old."""

    async def test_it_is_forgotten_each_hour(self, ledger: Ledger, store: Written, clock: FakeClock) -> None:
        """A little at a time, words before rows."""
        ledger.options = LedgerOptions(retention_days=90, bodies_days=7)
        ledger.start()
        store.more = 3
        begun = clock.now()
        await clock.advance(61)
        assert len(store.forgotten) == 3
        rows, bodies = store.forgotten[0]
        assert rows == pytest.approx(begun + 60 - 90 * 86_400)
        assert bodies == pytest.approx(begun + 60 - 7 * 86_400)
        await clock.advance(3600)
        assert len(store.forgotten) == 4

    async def test_a_database_that_is_away_is_asked_again_later(
        self, ledger: Ledger, store: Written, clock: FakeClock
    ) -> None:
        """And the end of the gateway is the end of it."""
        ledger.start()
        store.failing = DatabaseDown("gone")
        await clock.advance(61)
        store.failing = None
        await clock.advance(3600)
        assert len(store.forgotten) == 1
        await ledger.close()
        await clock.advance(9000)
        assert len(store.forgotten) == 1


class TestWords:
    """What was asked and answered, where it is kept."""

    async def test_they_are_kept_without_what_is_secret(
        self, ledger: Ledger, store: Written, clock: FakeClock
    ) -> None:
        """The request as JSON, as it came, and the answer's text; a row without them has none."""
        words = Words(b'{"messages":[{"content":"mail\\nbob@example.org"}]}', "he is at bob@example.org")
        ledger.observe(outcome(words=words))
        ledger.observe(outcome(request_id="req_2"))
        await ledger.close()
        (kept,) = store.bodies
        assert kept == Body(
            "req_1", NOW, b'{"messages":[{"content":"mail\\n[e-mail]"}]}', b"he is at [e-mail]"
        )
        assert len(store.rows) == 2

    async def test_they_are_bounded_while_they_wait(
        self, ledger: Ledger, store: Written, clock: FakeClock
    ) -> None:
        """Beyond that their rows are kept without them, which is counted; room comes back when they are written."""
        big = Words(b"x" * 256 * 1024, "")
        observed(ledger, 130, words=big)
        assert lost(ledger) == {"row": 0, "words": 2}
        await ledger.close()
        assert (len(store.rows), len(store.bodies)) == (130, 128)
        observed(ledger, 1, words=big)
        assert lost(ledger)["words"] == 2


class TestPrices:
    """What answers cost."""

    @pytest.mark.parametrize(
        ("given", "cost"),
        [
            ({}, None),
            ({"other": (1.0, 1.0)}, None),
            ({"DeepSeek-V3.2": (1.0, 10.0)}, 300e-6),
            ({"DeepSeek-*": (1.0, 10.0), "*": (5.0, 5.0)}, 300e-6),
            ({"DeepSeek-V3.2": (1.0, 10.0), "akash/*": (5.0, 5.0)}, 300e-6),
            ({"DeepSeek-V3.2": (5.0, 5.0), "akash/DeepSeek-V3.2": (1.0, 10.0)}, 300e-6),
            ({"Deep*": (5.0, 5.0), "akash/Deep*": (1.0, 10.0)}, 300e-6),
            ({"*": (0.0, 0.0)}, 0.0),
        ],
    )
    def test_the_operators_count_first(
        self, given: dict[str, tuple[float, float]], cost: float | None
    ) -> None:
        """By whole name, then by the longest pattern, with the upstream's name before it or without."""
        assert Prices(given).cost(outcome()) == (None if cost is None else pytest.approx(cost))

    def test_then_those_the_upstream_lists(self) -> None:
        """None without tokens."""

        def listed(upstream: str, model: str) -> Price | None:
            return Price(2.0, 0.0) if (upstream, model) == ("akash", "DeepSeek-V3.2") else None

        assert Prices({}, listed).cost(outcome()) == pytest.approx(200e-6)
        assert Prices({"*": (1.0, 0.0)}, listed).cost(outcome()) == pytest.approx(100e-6)
        assert Prices({}, listed).cost(outcome(upstream="akashml")) is None
        assert Prices({}, listed).cost(outcome(usage=None)) is None

    async def test_they_are_written_and_told_once(self, store: Written, clock: FakeClock) -> None:
        """However often it is tried to write them."""
        spent = Spent()
        ledger = Ledger(store, clock, spent=spent)
        ledger.prices = Prices({"*": (1.0, 10.0)})
        store.failing = DatabaseDown("gone")
        ledger.observe(outcome(finish_reason=FinishReason.LENGTH))
        await clock.advance(5)
        store.failing = None
        await clock.advance(2)
        (written,) = store.rows
        assert (written.cost, written.outcome) == (pytest.approx(300e-6), "length")
        assert spent.dollars == [("akash", "DeepSeek-V3.2", pytest.approx(300e-6))]


def test_an_outcome_without_a_moment_is_one_too() -> None:
    """What others make of outcomes need not know of the ledger."""
    assert (
        Outcome(
            request_id="r",
            dialect="chat",
            caller="c",
            user="",
            model="m",
            upstream="",
            stream=False,
            duration_s=0.0,
        ).operation
        == "chat"
    )
