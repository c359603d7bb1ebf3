"""The ledger's tables, on every database."""

import random
from collections.abc import Sequence

import msgspec
import pytest

from akashchat.storage.base import Database, Statement
from akashchat.storage.ledger import StoredLedger
from akashchat.storage.rows import Body, Group, LedgerRow, Named, Page, Selection, Sums
from tests.support.ledger import NOW, row

DAY = 86_400.0
ALWAYS = Selection(since=0.0, until=NOW + 1000 * DAY)
ABSENT = {
    "input_tokens": None,
    "output_tokens": None,
    "first_event_ms": None,
    "cost": None,
    "outcome": "failed",
}


@pytest.fixture
def ledger(database: Database) -> StoredLedger:
    """A new one."""
    return StoredLedger(database)


async def read(
    ledger: StoredLedger, page: Page | None = None, selection: Selection = ALWAYS
) -> list[LedgerRow]:
    """The rows of all pages."""
    return [row async for rows in ledger.pages(selection, page or Page()) for row in rows]


def named(**names: str) -> Selection:
    """The rows with these names."""
    pairs: list[tuple[Named, str]] = list(names.items())  # type: ignore[arg-type]
    return msgspec.structs.replace(ALWAYS, named=tuple(pairs))


async def sums(
    ledger: StoredLedger, *by: Group, selection: Selection = ALWAYS
) -> dict[tuple[str, ...], Sums]:
    """What the rows come to."""
    return await ledger.sums(selection, by)


def requests(found: dict[tuple[str, ...], Sums]) -> dict[tuple[str, ...], int]:
    """How many of each."""
    return {names: sums.requests for names, sums in found.items()}


async def test_rows_come_back_as_they_were_written(ledger: StoredLedger) -> None:
    """With all that is known of them, and nothing where nothing is; the newest first."""
    rows = [row(), row(**ABSENT, error="upstream_error", stream=False, estimated=True, user="狐 🦊 'x'")]
    await ledger.write(rows, [])
    second, first = await read(ledger)
    assert [msgspec.structs.replace(one, id=0) for one in (first, second)] == rows
    assert second.id > first.id > 0
    assert await read(ledger, Page(newest_first=False)) == [first, second]


async def test_rows_are_read_page_by_page(ledger: StoredLedger) -> None:
    """Behind any row, in either order, as many as are wanted; many of them in pieces."""
    await ledger.write([row(request_id=f"req_{number}") for number in range(1201)], [])
    sizes = [len(rows) async for rows in ledger.pages(ALWAYS, Page())]
    assert sizes == [500, 500, 201]
    everything = await read(ledger)
    assert len({one.request_id for one in everything}) == 1201
    middle = everything[600].id
    assert await read(ledger, Page(after=middle, limit=550)) == everything[601:1151]
    assert await read(ledger, Page(after=middle, newest_first=False, limit=3)) == everything[597:600][::-1]
    assert await read(ledger, Page(after=everything[-1].id)) == []


async def test_rows_are_found_by_time_and_names(ledger: StoredLedger) -> None:
    """From a moment on and before another; a model by either name."""
    rows = [row(at=NOW + number, caller=f"c{number}") for number in range(4)]
    await ledger.write([*rows, row(at=NOW + 9, model="m", true_model="m", key="", upstream="akashml")], [])
    within = Selection(since=NOW + 1, until=NOW + 3)
    assert [one.caller for one in await read(ledger, selection=within)] == ["c2", "c1"]
    for names, count in (
        ({"model": "gpt-4o"}, 4),
        ({"model": "DeepSeek-V3.2"}, 4),
        ({"model": "m"}, 1),
        ({"key": "", "upstream": "akashml", "dialect": "chat", "user": "ann"}, 1),
        ({"caller": "c3"}, 1),
        ({"caller": "c' OR ''='"}, 0),
    ):
        assert len(await read(ledger, selection=named(**names))) == count
        assert sum(requests(await sums(ledger, selection=named(**names))).values()) == count


async def test_rows_are_summed_up(ledger: StoredLedger) -> None:
    """What is not known counts for nothing; a cost is that of the rows whose price is known."""
    await ledger.write([row(), row(), row(**ABSENT, estimated=True)], [])
    found = await sums(ledger, "model")
    assert list(found) == [("DeepSeek-V3.2",)]
    ((_, all_of_it),) = found.items()
    assert (all_of_it.requests, all_of_it.errors, all_of_it.estimated) == (3, 1, 1)
    assert (all_of_it.input_tokens, all_of_it.output_tokens, all_of_it.reasoning_tokens) == (200, 40, 15)
    assert all_of_it.cost == 1.0
    assert all_of_it.first_event.counts.total() == 2
    await ledger.write([row(**ABSENT, true_model="free")], [])
    assert (await sums(ledger, "model"))["free",].cost is None


@pytest.mark.parametrize(
    ("by", "groups"),
    [
        ((), {(): 3}),
        (("day",), {("2027-01-15",): 2, ("2027-01-16",): 1}),
        (("hour",), {("2027-01-15T08",): 1, ("2027-01-15T23",): 1, ("2027-01-16T00",): 1}),
        (
            ("minute",),
            {("2027-01-15T08:00",): 1, ("2027-01-15T23:59",): 1, ("2027-01-16T00:00",): 1},
        ),
        (("key", "day"), {("a", "2027-01-15"): 1, ("", "2027-01-15"): 1, ("", "2027-01-16"): 1}),
        (("user", "caller", "upstream"), {("ann", "alice", "akash"): 3}),
        (("dialect", "outcome"), {("chat", "stop"): 2, ("chat", "failed"): 1}),
    ],
)
async def test_sums_are_told_apart(
    ledger: StoredLedger, by: Sequence[Group], groups: dict[tuple[str, ...], int]
) -> None:
    """By days, hours and minutes of UTC, names, and several of them; a day ends with its last millisecond."""
    midnight = NOW + 16 * 3600
    await ledger.write(
        [row(key="a"), row(key="", at=midnight - 0.001), row(key="", at=midnight, outcome="failed")], []
    )
    assert requests(await ledger.sums(ALWAYS, by)) == groups


async def test_nothing_comes_to_nothing(ledger: StoredLedger) -> None:
    """Neither groups nor rows."""
    assert await sums(ledger) == {}
    assert await sums(ledger, "day") == {}
    assert await read(ledger) == []
    await ledger.write([row()], [])
    assert await sums(ledger, selection=named(model="other")) == {}
    assert await sums(ledger, selection=Selection(since=NOW + 1, until=NOW + 2)) == {}


async def test_percentiles_are_right_to_two_in_a_hundred(ledger: StoredLedger) -> None:
    """Or to the millisecond, whichever is coarser; from a fraction of one to half a day, on every database."""
    chance = random.Random(7)
    times = [chance.lognormvariate(6, 3) for _ in range(2000)]
    await ledger.write([row(duration_ms=time, first_event_ms=time / 10) for time in times], [])
    (found,) = (await sums(ledger)).values()
    for spread, ordered in (
        (found.duration, sorted(times)),
        (found.first_event, sorted(t / 10 for t in times)),
    ):
        assert spread.counts.total() == 2000
        for share in (0.01, 0.5, 0.95, 1.0):
            exact = ordered[max(0, round(share * 2000) - 1)]
            assert spread.percentile(share) == pytest.approx(exact, rel=0.02, abs=1.0)


async def test_a_long_time_is_summed_up_in_pieces(ledger: StoredLedger) -> None:
    """So that nobody waits for the whole of it; no row is counted twice or left out."""
    rows = [row(at=NOW + number * 3600.0, duration_ms=float(number)) for number in range(24 * 9)]
    await ledger.write(rows, [])
    found = await sums(ledger, "day", selection=Selection(since=NOW + 1800, until=NOW + 200 * 3600))
    assert sum(requests(found).values()) == 199
    assert sum(one.duration.counts.total() for one in found.values()) == 199


async def test_a_row_that_is_there_is_found(ledger: StoredLedger) -> None:
    """By the very moment it began, and not by an id that a caller may have sent twice."""
    await ledger.write([row(at=NOW + 0.123456789)], [])
    assert await ledger.holds(row(at=NOW + 0.123456789))
    assert not await ledger.holds(row(at=NOW + 0.123456))
    assert not await ledger.holds(row(at=NOW + 0.123456789, request_id="other"))


async def test_words_are_kept_beside_rows(ledger: StoredLedger) -> None:
    """Under the request's id; the last of that id stays."""
    assert await ledger.body("r") is None
    await ledger.write([row()], [Body("r", NOW, b'{"a":1}', b"first"), Body("r", NOW, b"\xff", b"last")])
    assert await ledger.body("r") == Body("r", NOW, b"\xff", b"last")


async def test_what_is_old_is_forgotten_a_little_at_a_time(ledger: StoredLedger, database: Database) -> None:
    """Rows and words each after their own time; what is younger stays."""
    await ledger.write([row(at=NOW + number) for number in range(1500)], [])
    words = [Body(f"r{number}", NOW + number, b"", b"") for number in range(10)]
    await ledger.write([row(at=NOW + 5000)], words)
    assert await ledger.forget(NOW + 1400, NOW + 4)
    assert len(await read(ledger)) == 501
    assert not await ledger.forget(NOW + 1400, NOW + 4)
    assert [one.at for one in await read(ledger)] == [NOW + 5000, *[NOW + at for at in range(1499, 1399, -1)]]
    (left,) = await database.run(Statement("SELECT request_id FROM bodies ORDER BY at"))
    assert left == [(f"r{number}",) for number in range(4, 10)]
