"""Stored responses in any database, written behind.

What is yet to be written is known here, so a write need not be waited for: whoever looks finds it, also while the
database is locked or down, and it is written when that is over.  What waits is bounded in bytes.
"""

import asyncio
from typing import cast

import structlog
from msgspec import Struct

from akashchat.clock import Clock
from akashchat.errors import InternalError
from akashchat.storage.base import (
    ChainTooLong,
    Database,
    DatabaseDown,
    Kept,
    Row,
    Statement,
    StatementRefused,
    storable,
)

_DAY = 86_400
_AGAIN_S = 0.25
"""After this the writer comes again to a database that is down."""
_MOST_AT_ONCE, _MOST_BYTES_AT_ONCE = 64, 8 * 1024 * 1024
"""Responses of one transaction, and about how large they are together."""
_TIDY_EVERY = 64
"""Responses written between two looks for what is too old or too much."""
_MOST_TURNS = 1_000
"""Responses before one another; a conversation that long fits no model."""

_COLUMNS = "id, owner, created, previous, response, items"
_WRITE = """
INSERT INTO responses (id, owner, created, size, previous, response, items) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (owner, id) DO UPDATE SET created = excluded.created, size = excluded.size,
    previous = excluded.previous, response = excluded.response, items = excluded.items
"""
_FIND = f"SELECT {_COLUMNS} FROM responses WHERE owner = ? AND id = ? AND created >= ?"  # noqa: S608
_WALK = """
WITH RECURSIVE walk (id, previous, turns, bytes) AS (
    SELECT id, previous, 1, size FROM responses WHERE owner = ? AND id = ? AND created >= ?
    UNION ALL
    SELECT before.id, before.previous, walk.turns + 1, walk.bytes + before.size
    FROM walk JOIN responses AS before
        ON before.owner = ? AND before.id = walk.previous AND before.created >= ?
    WHERE walk.previous <> '' AND walk.turns <= ? AND walk.bytes <= ?
)
SELECT kept.id, kept.owner, kept.created, kept.previous, kept.response, kept.items
FROM walk JOIN responses AS kept ON kept.owner = ? AND kept.id = walk.id ORDER BY walk.turns
"""
_REMOVE = "DELETE FROM responses WHERE owner = ? AND id = ? RETURNING id"
_SIZE = "SELECT count(*), coalesce(sum(size), 0) FROM responses"
_FORGET_OLD = "DELETE FROM responses WHERE created < ?"
_FORGET_FIRST = """
DELETE FROM responses WHERE (owner, id) IN (SELECT owner, id FROM responses ORDER BY created LIMIT ?)
"""


class ResponseOptions(Struct, frozen=True, kw_only=True):
    """For how long and how much; no ``retention_days`` keep nothing."""

    retention_days: float = 30
    max_rows: int = 100_000
    max_bytes: int = 1024 * 1024 * 1024
    max_chain_bytes: int = 64 * 1024 * 1024
    max_waiting_bytes: int = 256 * 1024 * 1024


class StoredResponses:
    """See ``ResponseStore``."""

    def __init__(self, database: Database, options: ResponseOptions, clock: Clock) -> None:
        self._database = database
        self._options = options
        self._clock = clock
        self._log = structlog.get_logger("akashchat")
        self._unwritten: dict[tuple[str, str], Kept] = {}
        self._waiting = 0
        self._written = 0
        self._tidied_at = 0
        self._writer: asyncio.Task[None] | None = None
        self._writing = asyncio.Lock()

    @property
    def keeps(self) -> bool:
        """See ``ResponseStore``."""
        return self._options.retention_days > 0

    def keep(self, kept: Kept, *, lasting: bool = True) -> None:
        """See ``ResponseStore``; a write that fails is told in the log."""
        if not (lasting and self.keeps):
            return
        if self._waiting + kept.size > self._options.max_waiting_bytes:
            self._log.warning("not kept", response=kept.id, reason="the database is too slow")
            return
        self._hold(kept)
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write_behind())

    async def find(self, owner: str, name: str) -> Kept | None:
        """See ``ResponseStore``."""
        if not self.keeps:
            return None
        unwritten = self._unwritten.get((owner, name))
        if unwritten is not None:
            return unwritten if unwritten.created >= self._oldest() else None
        rows = await self._ask(_FIND, (owner, storable(name), self._oldest()))
        return _kept(rows[0]) if rows else None

    async def chain(self, owner: str, name: str) -> list[Kept] | None:
        """See ``ResponseStore``; links that are yet to be written may stand anywhere in it."""
        found: list[Kept] = []
        size = 0
        while name:
            if not self.keeps:
                return None
            unwritten = self._unwritten.get((owner, name))
            stored = [unwritten] if unwritten is not None else await self._walk(owner, name)
            if not stored or stored[0].created < self._oldest():
                return None
            found += stored
            size += sum(kept.size for kept in stored)
            if len(found) > _MOST_TURNS or size > self._options.max_chain_bytes:
                raise ChainTooLong
            name = stored[-1].previous
        return found[::-1]

    async def delete(self, owner: str, name: str) -> bool:
        """See ``ResponseStore``."""
        if not self.keeps:
            return False
        unwritten = self._unwritten.get((owner, name))
        if unwritten is not None:
            self._release(unwritten)
        try:
            async with self._writing:  # or it could be written behind this
                gone = await self._ask(_REMOVE, (owner, storable(name)))
        except InternalError:
            if unwritten is not None:
                self.keep(unwritten)
            raise
        return bool(gone) or unwritten is not None

    async def place(self) -> str:
        """See ``ResponseStore``."""
        return await self._database.place() if self.keeps else "nowhere"

    async def close(self) -> None:
        """Write what waits; the database is somebody else's to close."""
        if self._writer is not None:
            self._writer.cancel()
            await asyncio.gather(self._writer, return_exceptions=True)
        try:
            while self._unwritten:
                await self._write_some()
        except DatabaseDown as down:
            for kept in self._unwritten.values():
                self._log.warning("not kept", response=kept.id, reason=str(down))

    def _oldest(self) -> int:
        """What was made before this is too old."""
        return int(self._clock.now() - self._options.retention_days * _DAY)

    def _hold(self, kept: Kept) -> None:
        self._release(kept)
        self._unwritten[kept.owner, kept.id] = kept
        self._waiting += kept.size

    def _release(self, kept: Kept) -> None:
        before = self._unwritten.pop((kept.owner, kept.id), None)
        if before is not None:
            self._waiting -= before.size

    async def _ask(self, sql: str, values: Row) -> list[Row]:
        try:
            (rows,) = await self._database.run(Statement(sql, (values,)))
        except (DatabaseDown, StatementRefused) as error:
            self._log.error("storage failed", reason=str(error))
            raise InternalError("the store of responses does not answer") from None
        return rows

    async def _walk(self, owner: str, name: str) -> list[Kept]:
        most = self._options.max_chain_bytes
        oldest = self._oldest()
        first, before = (owner, storable(name), oldest), (owner, oldest)
        return [_kept(row) for row in await self._ask(_WALK, (*first, *before, _MOST_TURNS, most, owner))]

    async def _write_behind(self) -> None:
        """Until nothing is left."""
        told = False
        while self._unwritten:
            try:
                await self._write_some()
            except DatabaseDown as down:
                if not told:
                    self._log.warning("storage waits", waiting=len(self._unwritten), reason=str(down))
                told = True
                await self._clock.sleep(_AGAIN_S)

    async def _write_some(self) -> None:
        """The first that wait, at once; if one of them is refused, each by itself."""
        async with self._writing:
            some = self._first()
            try:
                await self._write(some)
            except StatementRefused:
                for kept in some:
                    await self._write_one(kept)
        await self._tidy()

    def _first(self) -> list[Kept]:
        some: list[Kept] = []
        size = 0
        for kept in self._unwritten.values():
            some.append(kept)
            size += kept.size
            if len(some) >= _MOST_AT_ONCE or size >= _MOST_BYTES_AT_ONCE:
                break
        return some

    async def _write_one(self, kept: Kept) -> None:
        try:
            await self._write([kept])
        except StatementRefused as refused:
            self._release(kept)
            self._log.warning("not kept", response=kept.id, reason=str(refused))

    async def _write(self, some: list[Kept]) -> None:
        await self._database.run(Statement(_WRITE, [_row(kept) for kept in some]))
        self._written += len(some)
        for kept in some:
            if self._unwritten.get((kept.owner, kept.id)) is kept:
                self._release(kept)

    async def _tidy(self) -> None:
        """Remove what is too old, and the oldest where there are too many; what was written is kept all the same."""
        if self._tidied_at and self._written < self._tidied_at + _TIDY_EVERY:
            return
        self._tidied_at = max(self._written, 1)
        try:
            await self._database.run(Statement(_FORGET_OLD, ((self._oldest(),),)))
            while (rows := await self._too_many()) > 0:
                # A tenth at a time, so that what is new need not make room for itself each time.
                await self._database.run(Statement(_FORGET_FIRST, ((max(1, rows // 10),),)))
        except (DatabaseDown, StatementRefused) as error:
            self._log.warning("storage not tidied", reason=str(error))

    async def _too_many(self) -> int:
        """How many rows there are, where they are too many or too large."""
        (((rows, size),),) = cast("list[list[tuple[int, int]]]", await self._database.run(Statement(_SIZE)))
        return rows if rows > self._options.max_rows or size > self._options.max_bytes else 0


def _row(kept: Kept) -> Row:
    return (kept.id, kept.owner, kept.created, kept.size, kept.previous, kept.response, kept.items)


def _kept(row: Row) -> Kept:
    return Kept(*row)  # type: ignore[arg-type]
