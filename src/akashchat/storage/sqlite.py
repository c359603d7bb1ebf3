"""The embedded database: SQLite, in a file or in memory.

It lives in one thread of its own, which begins when it is first needed: what is asked of it is done in the order
it was asked, so a write need not be waited for.  Old rows, and the oldest where there are too many, are removed
behind writes.  https://www.sqlite.org/wal.html
"""

import asyncio
import os
import pathlib
import sqlite3
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import structlog
from msgspec import Struct

from akashchat.clock import Clock
from akashchat.errors import InternalError
from akashchat.storage.base import ChainTooLong, Kept

T = TypeVar("T")

_VERSION = 1
_SCHEMA = """
CREATE TABLE IF NOT EXISTS schema (version INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS responses (
    id TEXT NOT NULL,
    owner TEXT NOT NULL,
    created INTEGER NOT NULL,
    size INTEGER NOT NULL,
    previous TEXT NOT NULL,
    response BLOB NOT NULL,
    items BLOB NOT NULL,
    PRIMARY KEY (owner, id)
);
CREATE INDEX IF NOT EXISTS responses_created ON responses (created);
"""
_DAY = 86_400
_TIDY_EVERY = 64
"""Writes between two looks for what is too old or too much."""
_MOST_TURNS = 1_000
"""Responses before one another; a conversation that long fits no model."""


class SqliteOptions(Struct, frozen=True, kw_only=True):
    """Where and how much: an empty ``path`` is memory; no ``retention_days`` keep nothing."""

    path: str = ""
    retention_days: float = 30
    max_rows: int = 100_000
    max_bytes: int = 1024 * 1024 * 1024
    max_chain_bytes: int = 64 * 1024 * 1024
    max_waiting_bytes: int = 256 * 1024 * 1024


class SqliteStore:
    """See ``ResponseStore``."""

    def __init__(self, options: SqliteOptions, clock: Clock) -> None:
        self._options = options
        self._clock = clock
        self._log = structlog.get_logger("akashchat")
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="storage")
        self._database: sqlite3.Connection | None = None
        self._fault = ""
        self._writes = 0
        self._waiting = 0

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
        self._waiting += kept.size
        oldest = self._oldest()
        loop = asyncio.get_running_loop()

        def written(future: Future[None]) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._written, kept, future.exception())

        self._thread.submit(self._insert, kept, oldest).add_done_callback(written)

    async def find(self, owner: str, name: str) -> Kept | None:
        """See ``ResponseStore``."""
        oldest = self._oldest()
        return await self._ask(lambda: self._select(owner, name, oldest))

    async def chain(self, owner: str, name: str) -> list[Kept] | None:
        """See ``ResponseStore``."""
        oldest = self._oldest()
        return await self._ask(lambda: self._walk(owner, name, oldest))

    async def delete(self, owner: str, name: str) -> bool:
        """See ``ResponseStore``."""
        return await self._ask(lambda: self._remove(owner, name))

    async def place(self) -> str:
        """See ``ResponseStore``; the first to ask opens the database."""
        if not self.keeps:
            return "nowhere"
        if self._database is None:
            await self._ask(self._open)
        if self._fault:
            return f"memory, because {self._fault}"
        return "file" if self._options.path else "memory"

    async def close(self) -> None:
        """Write what waits, and close."""
        if self._database is not None or self._waiting:
            await asyncio.wrap_future(self._thread.submit(self._shut))
        self._thread.shutdown(wait=False)

    def _oldest(self) -> int:
        """What was made before this is too old."""
        return int(self._clock.now() - self._options.retention_days * _DAY)

    async def _ask(self, what: Callable[[], T]) -> T:
        try:
            return await asyncio.wrap_future(self._thread.submit(what))
        except sqlite3.Error as error:
            self._log.error("storage failed", reason=str(error))
            raise InternalError("the store of responses cannot be read") from None

    def _written(self, kept: Kept, error: BaseException | None) -> None:
        self._waiting -= kept.size
        if error is not None:
            self._log.warning("not kept", response=kept.id, reason=str(error))

    # What follows runs in the thread.

    def _open(self) -> sqlite3.Connection:
        if self._database is None:
            try:
                self._database = _connect(self._options.path)
            except (OSError, RuntimeError, sqlite3.Error) as error:  # there may be no home to write to
                # The system's own words name the file, which is not for everybody.
                self._fault = (error.strerror if isinstance(error, OSError) else None) or str(error)
                reason = f"{self._fault}; responses are kept in memory and lost at the end"
                self._log.warning("storage", path=self._options.path, reason=reason)
                self._database = _connect("")
        return self._database

    def _insert(self, kept: Kept, oldest: int) -> None:
        database = self._open()
        row = (kept.id, kept.owner, kept.created, kept.size, kept.previous, kept.response, kept.items)
        with database:
            database.execute("INSERT OR REPLACE INTO responses VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        if self._writes % _TIDY_EVERY == 0:
            try:
                self._tidy(oldest)
            except sqlite3.Error as error:  # what was written is kept all the same
                self._log.warning("storage not tidied", reason=str(error))
        self._writes += 1

    def _tidy(self, oldest: int) -> None:
        database = self._open()
        with database:
            database.execute("DELETE FROM responses WHERE created < ?", (oldest,))
            rows, size = database.execute("SELECT count(*), total(size) FROM responses").fetchone()
            while rows > self._options.max_rows or size > self._options.max_bytes:
                # A tenth at a time, so that what is new need not make room for itself each time.
                gone = max(1, rows // 10)
                database.execute(
                    "DELETE FROM responses WHERE rowid IN (SELECT rowid FROM responses ORDER BY created LIMIT ?)",
                    (gone,),
                )
                rows, size = database.execute("SELECT count(*), total(size) FROM responses").fetchone()

    def _select(self, owner: str, name: str, oldest: int) -> Kept | None:
        row = self._open().execute(
            "SELECT id, owner, created, previous, response, items FROM responses "
            "WHERE owner = ? AND id = ? AND created >= ?",
            (owner, name, oldest),
        )
        found = row.fetchone()
        return Kept(*found) if found else None

    def _walk(self, owner: str, name: str, oldest: int) -> list[Kept] | None:
        found: list[Kept] = []
        size = 0
        while name:
            kept = self._select(owner, name, oldest)
            if kept is None:
                return None
            found.append(kept)
            size += kept.size
            if len(found) > _MOST_TURNS or size > self._options.max_chain_bytes:
                raise ChainTooLong
            name = kept.previous
        return found[::-1]

    def _remove(self, owner: str, name: str) -> bool:
        database = self._open()
        with database:
            done = database.execute("DELETE FROM responses WHERE owner = ? AND id = ?", (owner, name))
        return done.rowcount > 0

    def _shut(self) -> None:
        if self._database is not None:
            self._database.close()
            self._database = None


def _connect(path: str) -> sqlite3.Connection:
    """A database that is ready; raises ``OSError`` or ``sqlite3.Error``."""
    if path:
        file = pathlib.Path(path).expanduser()
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))  # conversations are nobody else's
        path = str(file)
    database = sqlite3.connect(path or ":memory:", timeout=5)
    try:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = NORMAL")
        database.executescript(_SCHEMA)
        row = database.execute("SELECT version FROM schema").fetchone()
        if row is None:
            with database:
                database.execute("INSERT INTO schema VALUES (?)", (_VERSION,))
        elif row[0] != _VERSION:
            raise sqlite3.DatabaseError(f"it has version {row[0]}, and this gateway knows {_VERSION}")
    except sqlite3.Error:
        database.close()
        raise
    return database
