"""What every database promises, on each of them."""

import asyncio

import pytest

from akashchat.storage.base import Database, DatabaseDown, Row, Statement, StatementRefused, storable
from akashchat.storage.schema import HEAD

COUNT = """
INSERT INTO counters (key, kind, "window", used, reserved) VALUES (?, 'day', 0, ?, 0)
ON CONFLICT (key, kind, "window") DO UPDATE SET used = counters.used + excluded.used
WHERE counters.used + excluded.used <= ? RETURNING used
"""


async def ask(database: Database, sql: str, *values: Row) -> list[Row]:
    """One statement."""
    (rows,) = await database.run(Statement(sql, values or ((),)))
    return rows


async def test_its_tables_are_there(database: Database) -> None:
    """Whoever comes first finds them, of the last revision."""
    assert await ask(database, "SELECT version_num FROM alembic_version") == [(HEAD,)]
    for table in ("responses", "keys", "counters", "reservations", "ledger", "bodies", "shelf", "marks"):
        assert await ask(database, f"SELECT count(*) FROM {table}") == [(0,)]


async def test_values_come_back_as_they_went(database: Database) -> None:
    """Whole numbers beyond 32 bits, fractions, bytes, nothing, and texts of all scripts."""
    row = ("r", "me", 2**62, -1, 'Füchse — 狐 🦊 "?"', bytes(range(256)), b"")
    sql = "INSERT INTO responses (id, owner, created, size, previous, response, items) VALUES (?, ?, ?, ?, ?, ?, ?)"
    assert await ask(database, sql, row) == []
    assert await ask(database, "SELECT * FROM responses") == [row]
    sql = (
        "INSERT INTO ledger (at, duration_ms, cost, input_tokens) VALUES (?, ?, ?, ?) RETURNING id, at, cost"
    )
    assert await ask(database, sql, (0.1, 3, None, None)) == [(1, 0.1, None)]
    assert await ask(database, 'SELECT duration_ms, input_tokens, "user" FROM ledger') == [(3.0, None, "")]


async def test_sums_are_numbers(database: Database) -> None:
    """Whole where what they add up is, whatever type the database has for it."""
    await ask(database, "INSERT INTO marks (name, number) VALUES (?, ?)", ("a", 2**40), ("b", 3))
    assert await ask(database, "SELECT sum(number), count(*) FROM marks") == [(2**40 + 3, 2)]


async def test_a_statement_of_many_rows_tells_of_all(database: Database) -> None:
    """In their order; one of no rows does nothing."""
    sql = "INSERT INTO marks (name, number) VALUES (?, ?) RETURNING number"
    rows = [(f"mark {number}", number) for number in range(500)]
    assert await ask(database, sql, *rows) == [(number,) for number in range(500)]
    assert await database.run(Statement(sql, ()), Statement("SELECT count(*) FROM marks")) == [[], [(500,)]]


async def test_it_is_all_or_nothing(database: Database) -> None:
    """What came before the statement that is refused is not written either."""
    insert = "INSERT INTO marks (name, number) VALUES (?, ?)"
    with pytest.raises(StatementRefused):
        await database.run(Statement(insert, (("a", 1),)), Statement(insert, (("b", 1), ("b", 2))))
    assert await ask(database, "SELECT * FROM marks") == []


@pytest.mark.parametrize(
    ("sql", "row"),
    [
        ("SELECT nothing FROM nowhere", ()),
        ("not even SQL", ()),
        ("INSERT INTO keys (id, digest, created_at) VALUES (?, ?, ?)", ("k", None, 0.0)),
        ("INSERT INTO marks (name, number) VALUES (?, ?)", ("a", 2**64)),
        ("INSERT INTO marks (name, number) VALUES (?, ?)", ("\ud800", 1)),
    ],
)
async def test_what_will_never_do_is_refused(database: Database, sql: str, row: Row) -> None:
    """Bad SQL, a broken rule, a value that no column holds; and it goes on as before."""
    with pytest.raises(StatementRefused):
        await ask(database, sql, row)
    assert await ask(database, "SELECT count(*) FROM marks") == [(0,)]


@pytest.mark.parametrize("text", ["", "plain", "a\0b", "half \ud83e character", "狐\0"])
async def test_any_text_can_be_made_storable(database: Database, text: str) -> None:
    """Callers write what they like into fields that are kept."""
    await ask(database, "INSERT INTO marks (name, number) VALUES (?, 1)", (storable(text),))
    assert await ask(database, "SELECT name FROM marks") == [(storable(text),)]


async def test_who_races_is_exact(database: Database) -> None:
    """A bound that a statement keeps is kept however many come at once."""
    took = await asyncio.gather(*(ask(database, COUNT, ("k", 7, 100)) for _ in range(60)))
    assert sum(bool(rows) for rows in took) == 14
    assert await ask(database, "SELECT used FROM counters") == [(98,)]


async def test_who_leaves_leaves_it_working(database: Database) -> None:
    """A question whose asker is gone is nobody's burden."""
    asking = [asyncio.create_task(ask(database, COUNT, ("k", 1, 100))) for _ in range(20)]
    await asyncio.sleep(0)
    for task in asking[::2]:
        task.cancel()
    await asyncio.gather(*asking, return_exceptions=True)
    assert await ask(database, "SELECT 1") == [(1,)]


async def test_when_it_is_closed_it_is_down(database: Database) -> None:
    """For whoever still asks."""
    await ask(database, "SELECT 1")
    await database.close()
    with pytest.raises(DatabaseDown):
        await ask(database, "SELECT 1")


async def test_it_tells_where_it_is(database: Database) -> None:
    """In one word, as long as nothing is wrong."""
    assert await database.place() in ("memory", "file", "postgresql")
