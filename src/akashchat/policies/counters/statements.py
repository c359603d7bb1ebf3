"""The SQL of counters, as every database here understands it.

Whoever changes what is counted of a key first locks the rows of its windows, in the order of ``Kind``: so all who come
to the same key come one after the other, and what a later statement looks up nobody can change.  That holds where each
statement sees what others have committed, which is PostgreSQL's default, and where there is but one writer.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import msgspec

from akashchat.model.limits import Kind, Limit
from akashchat.policies.counters.base import Batch, Claim, Reservation
from akashchat.storage.base import Row, Statement, Value

_TOKENS: Final = ", ".join(f"'{kind}'" for kind in Kind if kind.of_tokens)

LIVE: Final = "SELECT count(*) FROM reservations WHERE key = ? AND expires_at > ?"
EXPIRED: Final = "SELECT id, key, tokens, windows FROM reservations WHERE expires_at < ? LIMIT 100"
RENEW: Final = "UPDATE reservations SET expires_at = ? WHERE id = ?"
TIDY: Final = 'DELETE FROM counters WHERE kind = ? AND "window" < ?'
_RELEASE: Final = "DELETE FROM reservations WHERE id = ?"
_ADD: Final = """
INSERT INTO counters (key, kind, "window", used, reserved)
SELECT CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS BIGINT), CAST(? AS BIGINT), CAST(? AS BIGINT)
WHERE EXISTS (SELECT 1 FROM marks WHERE name = ? AND number < ?)
ON CONFLICT (key, kind, "window") DO UPDATE SET
used = counters.used + excluded.used, reserved = counters.reserved + excluded.reserved
"""
_WRITER: Final = """
INSERT INTO marks (name, number) VALUES (?, 0) ON CONFLICT (name) DO UPDATE SET number = marks.number
"""
_WRITTEN: Final = "UPDATE marks SET number = ? WHERE name = ?"
_TIDY_WRITERS: Final = "DELETE FROM marks WHERE name LIKE 'book:%' AND number < ?"


def locked(key: str, limits: Sequence[Limit]) -> Statement:
    """Their rows are there, and nobody else's until the end of the transaction; gives how they stand."""
    return _once(_locking(len(limits)), [value for limit in limits for value in (key, *_window(limit))])


def reserved(
    key: str, name: str, claims: Sequence[Claim], wanted: int, now: float, ends_at: float
) -> Statement:
    """A reservation, if there is enough of everything; gives its tokens."""
    limits = [claim.limit for claim in claims]
    values: list[Value] = []
    for claim in claims:
        values += (*_window(claim.limit), claim.limit.most, claim.least, int(claim.limit.kind.of_tokens))
    values += (key, name, key, ends_at, wanted, wanted, _written(limits))
    most = next((limit.most for limit in limits if limit.kind is Kind.CONCURRENCY), None)
    if most is not None:
        values += (key, now, most)
    return _once(_reserving(len(claims), bounded=most is not None), values)


def counted(key: str, name: str, limits: Sequence[Limit]) -> Statement:
    """The reservation is counted in its windows, if it was made; gives how they stand."""
    return _once(_counting(len(limits)), [name, key, *_windows(limits), name])


def extended(reservation: Reservation, limits: Sequence[Limit], tokens: int) -> list[Statement]:
    """So many tokens more, if they are left in every window; the last of these gives a row if they are."""
    key, name = reservation.key, reservation.id
    most: list[Value] = []
    for limit in limits:
        most += (*_window(limit), limit.most, 0, 1)
    added = _once(_adding(len(limits)), [*most, key, tokens, name, tokens])
    total = reservation.tokens + tokens
    return [added, _once(_counting_more(len(limits)), [tokens, key, *_windows(limits), name, total])]


def settled(reservation: Reservation, limits: Sequence[Limit], used: int) -> list[Statement]:
    """What was reserved is used or given back, if it is still there."""
    name = reservation.id
    values = [name, used, reservation.key, *_windows(limits), name]
    released = _once(_RELEASE, [name])
    return [_once(_settling(len(limits)), values), released] if limits else [released]


def looked_up(key: str, limits: Sequence[Limit]) -> Statement:
    """How they stand; no row where nothing was counted."""
    return _once(_looking(len(limits)), [key, *_windows(limits)])


def added(batch: Batch) -> list[Statement]:
    """So much more was counted, unless that is written already; who adds the same meanwhile waits at the mark."""
    order, mark, number = list(Kind), f"book:{batch.writer}", batch.number
    sorted_ = sorted(batch.entries, key=lambda entry: (entry.key, order.index(entry.kind), entry.window))
    rows: list[Row] = [(e.key, e.kind.value, e.window, e.used, e.reserved, mark, number) for e in sorted_]
    return [_once(_WRITER, [mark]), Statement(_ADD, rows), _once(_WRITTEN, [number, mark])]


def tidied(before: int) -> Statement:
    """Writers whose last batch is older are forgotten."""
    return _once(_TIDY_WRITERS, [before])


def read_windows(written: str) -> tuple[Limit, ...]:
    """The windows of a reservation that somebody else has made; how much they hold stands elsewhere."""
    found = msgspec.json.decode(written, type=list[tuple[Kind, int]])
    return tuple([Limit(kind, 0, window, 0) for kind, window in found])


def _written(limits: Sequence[Limit]) -> str:
    return msgspec.json.encode([_window(limit) for limit in limits]).decode()


def _window(limit: Limit) -> tuple[str, int]:
    return limit.kind.value, limit.window


def _windows(limits: Sequence[Limit]) -> list[Value]:
    return [value for limit in limits for value in _window(limit)]


def _once(sql: str, values: Sequence[Value]) -> Statement:
    row: Row = tuple(values)
    return Statement(sql, (row,))


# The texts, by how many windows there are.


@lru_cache
def _locking(windows: int) -> str:
    return f"""
INSERT INTO counters (key, kind, "window", used, reserved) VALUES {", ".join(["(?, ?, ?, 0, 0)"] * windows)}
ON CONFLICT (key, kind, "window") DO UPDATE SET used = counters.used RETURNING kind, used, reserved
"""  # noqa: S608  nothing but marks


@lru_cache
def _claims(windows: int) -> str:
    """``room``: what is left beyond what must be, of the limit that has least of it; and how many tokens are left."""
    claim = "(CAST(? AS TEXT), CAST(? AS BIGINT), CAST(? AS BIGINT), CAST(? AS BIGINT), CAST(? AS BIGINT))"
    return f"""
WITH claims (kind, "window", most, least, of_tokens) AS (VALUES {", ".join([claim] * windows)}),
room AS (
    SELECT min(most - used - reserved - least) AS beyond,
        min(CASE of_tokens WHEN 1 THEN most - used - reserved END) AS tokens
    FROM claims JOIN counters
    ON counters.key = ? AND counters.kind = claims.kind AND counters."window" = claims."window"
)
"""  # noqa: S608


@lru_cache
def _reserving(windows: int, *, bounded: bool) -> str:
    return f"""
{_claims(windows).strip()}
INSERT INTO reservations (id, key, expires_at, tokens, windows)
SELECT CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS DOUBLE PRECISION),
    CASE WHEN room.tokens < CAST(? AS BIGINT) THEN room.tokens ELSE CAST(? AS BIGINT) END, CAST(? AS TEXT)
FROM room WHERE room.beyond >= 0{f" AND ({LIVE}) < ?" if bounded else ""}
RETURNING tokens
"""  # noqa: S608


@lru_cache
def _counting(windows: int) -> str:
    return f"""
UPDATE counters SET
used = used + CASE kind WHEN '{Kind.REQUESTS_PER_MINUTE}' THEN 1 ELSE 0 END,
reserved = reserved + CASE WHEN kind IN ({_TOKENS}) THEN (SELECT tokens FROM reservations WHERE id = ?) ELSE 0 END
WHERE key = ? AND {_among(windows)} AND EXISTS (SELECT 1 FROM reservations WHERE id = ?)
RETURNING kind, used, reserved
"""  # noqa: S608


@lru_cache
def _adding(windows: int) -> str:
    return f"""
{_claims(windows).strip()}
UPDATE reservations SET tokens = tokens + ?
WHERE id = ? AND (SELECT room.tokens FROM room) >= ?
"""  # noqa: S608


@lru_cache
def _counting_more(windows: int) -> str:
    return f"""
UPDATE counters SET reserved = reserved + ?
WHERE key = ? AND {_among(windows)} AND EXISTS (SELECT 1 FROM reservations WHERE id = ? AND tokens = ?)
RETURNING kind, used, reserved
"""  # noqa: S608


@lru_cache
def _settling(windows: int) -> str:
    return f"""
UPDATE counters SET reserved = reserved - (SELECT tokens FROM reservations WHERE id = ?), used = used + ?
WHERE key = ? AND {_among(windows)} AND EXISTS (SELECT 1 FROM reservations WHERE id = ?)
"""  # noqa: S608


@lru_cache
def _looking(windows: int) -> str:
    return f"SELECT kind, used, reserved FROM counters WHERE key = ? AND {_among(windows)}"  # noqa: S608


def _among(windows: int) -> str:
    return "(" + " OR ".join(['(kind = ? AND "window" = ?)'] * windows) + ")"
