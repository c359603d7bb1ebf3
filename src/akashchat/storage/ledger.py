"""The ledger's tables, in whatever database there is.

What is long is asked for in short pieces, each a transaction of its own, so that whoever writes need not wait for
whoever reads: sums a quarter of a day at a time, rows five hundred at a time.
"""

from collections.abc import AsyncGenerator, Sequence
from datetime import UTC, datetime

from msgspec import structs

from akashchat.storage.base import Database, Row, Statement, Value
from akashchat.storage.rows import (
    FINEST_MS,
    Body,
    Group,
    LedgerRow,
    Page,
    Selection,
    Spread,
    Summed,
    Sums,
)

_PIECE_S = 6 * 3600.0
_PAGE = 500
_STEP = 1000
"""Rows that are forgotten at a time."""

_COLUMNS = tuple(field.name for field in structs.fields(LedgerRow) if field.name != "id")
_QUOTED = ", ".join(f'"{name}"' for name in _COLUMNS)  # ``user`` is a word of SQL
_INSERT = f"INSERT INTO ledger ({_QUOTED}) VALUES ({', '.join('?' * len(_COLUMNS))})"  # noqa: S608  our own names
_INSERT_BODY = (
    "INSERT INTO bodies (request_id, at, request, answer) VALUES (?, ?, ?, ?) "
    "ON CONFLICT (request_id) DO UPDATE SET at = excluded.at, request = excluded.request, answer = excluded.answer"
)
_FORGET = "DELETE FROM {0} WHERE {1} IN (SELECT {1} FROM {0} WHERE at < ? ORDER BY at LIMIT ?) RETURNING {1}"

# Milliseconds before whole seconds: PostgreSQL rounds where SQLite cuts off.
_WHOLE_MS = "CAST(at * 1000 AS BIGINT)"
_GROUPS: dict[Group, str] = {
    "day": f"{_WHOLE_MS} / 86400000",
    "hour": f"{_WHOLE_MS} / 3600000",
    "minute": f"{_WHOLE_MS} / 60000",
    "model": "true_model",
    "key": '"key"',
    "caller": "caller",
    "user": '"user"',
    "upstream": "upstream",
    "dialect": "dialect",
    "outcome": "outcome",
}
_TIMES: dict[Group, tuple[int, str]] = {
    "day": (86_400, "%Y-%m-%d"),
    "hour": (3_600, "%Y-%m-%dT%H"),
    "minute": (60, "%Y-%m-%dT%H:%M"),
}
_SUMS = (
    "COUNT(*), SUM(CASE WHEN outcome = 'failed' THEN 1 ELSE 0 END), "
    "CAST(SUM(COALESCE(input_tokens, 0)) AS BIGINT), CAST(SUM(COALESCE(output_tokens, 0)) AS BIGINT), "
    "CAST(SUM(reasoning_tokens) AS BIGINT), CAST(SUM(estimated) AS BIGINT), SUM(cost)"
)


class StoredLedger:
    """See ``LedgerStore``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def write(self, rows: Sequence[LedgerRow], bodies: Sequence[Body]) -> None:
        """See ``LedgerStore``."""
        statements = [Statement(_INSERT, [_values(row) for row in rows])]
        if bodies:
            statements.append(Statement(_INSERT_BODY, [structs.astuple(body) for body in bodies]))
        await self._database.run(*statements)

    async def holds(self, row: LedgerRow) -> bool:
        """See ``LedgerStore``; what comes again has the very moment of what came before."""
        asked = "SELECT 1 FROM ledger WHERE at = ? AND request_id = ? AND duration_ms = ? LIMIT 1"
        (found,) = await self._database.run(_one(asked, row.at, row.request_id, row.duration_ms))
        return bool(found)

    async def sums(self, selection: Selection, by: Sequence[Group]) -> Summed:
        """See ``LedgerStore``."""
        found: Summed = {}
        first, last = await self._began(selection)
        while first <= last:
            until = min(first - first % _PIECE_S + _PIECE_S, selection.until)
            piece = structs.replace(selection, since=first, until=until)
            await self._add(found, piece, by)
            first = until
            if until >= selection.until:
                break
        return found

    async def pages(self, selection: Selection, page: Page) -> AsyncGenerator[list[LedgerRow], None]:
        """See ``LedgerStore``; an index finds the first and the last of them, and then they are read by their ids."""
        (((low, high),),) = await self._database.run(
            _one(
                "SELECT MIN(id), MAX(id) FROM ledger WHERE at >= ? AND at < ?",
                selection.since,
                selection.until,
            )
        )
        if not isinstance(low, int) or not isinstance(high, int):
            return
        left = page.limit
        if page.after is not None:
            low, high = (
                (low, min(high, page.after - 1)) if page.newest_first else (max(low, page.after + 1), high)
            )
        while low <= high and left != 0:
            size = _PAGE if left is None else min(_PAGE, left)
            rows = await self._page(selection, low, high, size, newest_first=page.newest_first)
            if rows:
                yield rows
            if len(rows) < size:
                return
            low, high = (low, rows[-1].id - 1) if page.newest_first else (rows[-1].id + 1, high)
            left = None if left is None else left - size

    async def body(self, request_id: str) -> Body | None:
        """See ``LedgerStore``."""
        asked = "SELECT request_id, at, request, answer FROM bodies WHERE request_id = ?"
        (found,) = await self._database.run(_one(asked, request_id))
        return Body(*found[0]) if found else None  # type: ignore[arg-type]  # as the columns are

    async def forget(self, rows_before: float, bodies_before: float) -> bool:
        """See ``LedgerStore``."""
        gone = await self._database.run(
            _one(_FORGET.format("ledger", "id"), rows_before, _STEP),
            _one(_FORGET.format("bodies", "request_id"), bodies_before, _STEP),
        )
        return any(len(ids) == _STEP for ids in gone)

    async def _began(self, selection: Selection) -> tuple[float, float]:
        """When the first and the last of them began, of all names; the last before the first where there are none."""
        within = selection.since, selection.until
        # Each by itself: so both databases look at the ends of an index alone.
        asked = [
            _one(f"SELECT {end}(at) FROM ledger WHERE at >= ? AND at < ?", *within)  # noqa: S608
            for end in ("MIN", "MAX")
        ]
        ((first,),), ((last,),) = await self._database.run(*asked)
        return (first, last) if isinstance(first, float) and isinstance(last, float) else (0.0, -1.0)

    async def _add(self, found: Summed, piece: Selection, by: Sequence[Group]) -> None:
        where, values = _where(piece)
        groups = [_GROUPS[group] for group in by]
        counted, first, took = await self._database.run(
            _one(_grouped(groups, _SUMS, where), *values),
            _one(_spread(groups, "first_event_ms", where), *values),
            _one(_spread(groups, "duration_ms", where), *values),
        )
        for row in counted:
            if not row[len(by)]:
                return  # of no rows at all there are sums all the same, where nothing is grouped
            found.setdefault(_named(row, by), Sums()).add(_summed(row[len(by) :]))
        for rows, spread in ((first, "first_event"), (took, "duration")):
            for row in rows:
                counts: Spread = getattr(found[_named(row, by)], spread)
                counts.counts[_whole(row[-2])] += _whole(row[-1])

    async def _page(
        self, selection: Selection, low: int, high: int, size: int, *, newest_first: bool
    ) -> list[LedgerRow]:
        where, values = _where(selection, "+at")  # by their ids and not by this index, which would sort all
        order = "DESC" if newest_first else "ASC"
        asked = (
            f"SELECT id, {_QUOTED} FROM ledger WHERE id >= ? AND id <= ? AND {where} "  # noqa: S608
            f"ORDER BY id {order} LIMIT ?"
        )
        (found,) = await self._database.run(_one(asked, low, high, *values, size))
        return [_row(values) for values in found]


def _one(sql: str, *values: Value) -> Statement:
    return Statement(sql, (values,))


def _where(selection: Selection, at: str = "at") -> tuple[str, list[Value]]:
    """The condition, and the values in it."""
    conditions, values = [f"{at} >= ? AND {at} < ?"], [selection.since, selection.until]
    given: list[Value] = [*values]
    for name, text in selection.named:
        if name == "model":
            conditions.append("(model = ? OR true_model = ?)")
            given.append(text)
        else:
            conditions.append(f"{_GROUPS[name]} = ?")
        given.append(text)
    return " AND ".join(conditions), given


def _grouped(groups: Sequence[str], what: str, where: str) -> str:
    by = f"GROUP BY {', '.join(map(str, range(1, len(groups) + 1)))}" if groups else ""
    return f"SELECT {', '.join([*groups, what])} FROM ledger WHERE {where} {by}"  # noqa: S608


def _spread(groups: Sequence[str], column: str, where: str) -> str:
    """How many fell between which bounds; see ``Spread``."""
    whole = f"CAST({column} AS BIGINT)"
    steps = [f"WHEN {column} < {FINEST_MS * 4**n} THEN {whole} / {4**n} * {4**n}" for n in range(10)]
    bounds = f"CASE {' '.join(steps)} ELSE {FINEST_MS * 4**9} END"
    columns = [*groups, bounds]
    by = ", ".join(map(str, range(1, len(columns) + 1)))
    return (
        f"SELECT {', '.join(columns)}, COUNT(*) FROM ledger "  # noqa: S608
        f"WHERE {where} AND {column} IS NOT NULL GROUP BY {by}"
    )


def _named(row: Row, by: Sequence[Group]) -> tuple[str, ...]:
    return tuple(_group(group, value) for group, value in zip(by, row, strict=False))


def _group(group: Group, value: Value) -> str:
    if group not in _TIMES:
        return str(value)
    seconds, form = _TIMES[group]
    return datetime.fromtimestamp(_whole(value) * seconds, UTC).strftime(form)


def _summed(figures: Row) -> Sums:
    sums = Sums()
    sums.requests, sums.errors, sums.input_tokens, sums.output_tokens = map(_whole, figures[:4])
    sums.reasoning_tokens, sums.estimated = map(_whole, figures[4:6])
    cost = figures[6]
    sums.cost = cost if isinstance(cost, float) else None
    return sums


def _whole(value: Value) -> int:
    return value if isinstance(value, int) else 0


def _values(row: LedgerRow) -> Row:
    """As columns; truth is a number in both databases."""
    values = structs.astuple(row)[:-1]
    return tuple(int(value) if isinstance(value, bool) else value for value in values)


def _row(values: Row) -> LedgerRow:
    fields = dict(zip(("id", *_COLUMNS), values, strict=True))
    fields["stream"], fields["estimated"] = bool(fields["stream"]), bool(fields["estimated"])
    return LedgerRow(**fields)  # type: ignore[arg-type]  # as the columns are
