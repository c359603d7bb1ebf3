"""The table of responses in a database of SQLite, in a file or in memory.

All of this waits for the disk, and all of it runs in one thread.  It does not wait for another process that has
locked the file: whoever meets a lock comes again.  Old rows, and the oldest where there are too many, are removed
behind writes.  https://www.sqlite.org/wal.html
"""

import os
import pathlib
import sqlite3
from collections.abc import Iterable, Mapping
from typing import TypeAlias

import structlog
from msgspec import Struct

from akashchat.storage.base import ChainTooLong, Kept

Name: TypeAlias = tuple[str, str]
"""A response's owner and id."""

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
_TIDY_EVERY = 64
"""Writes between two looks for what is too old or too much."""
_MOST_TURNS = 1_000
"""Responses before one another; a conversation that long fits no model."""
_LOCK_S = 5
"""How long the opening and the end wait for another process: nobody comes again for them."""


class SqliteOptions(Struct, frozen=True, kw_only=True):
    """Where and how much: an empty ``path`` is memory; no ``retention_days`` keep nothing."""

    path: str = ""
    retention_days: float = 30
    max_rows: int = 100_000
    max_bytes: int = 1024 * 1024 * 1024
    max_chain_bytes: int = 64 * 1024 * 1024
    max_waiting_bytes: int = 256 * 1024 * 1024


class Settled(Struct, frozen=True):
    """What is written, and what never will be and why; ``locked`` where a lock is before the rest."""

    written: list[Kept]
    failed: list[tuple[Kept, sqlite3.Error]]
    locked: bool


class Table:
    """Opened when it is first needed; in memory where the file cannot be used."""

    def __init__(self, options: SqliteOptions) -> None:
        self._options = options
        self._log = structlog.get_logger("akashchat")
        self._database: sqlite3.Connection | None = None
        self._writes = 0
        self.fault = ""
        """Why it is in memory where it should be in a file."""

    @property
    def is_open(self) -> bool:
        """Whether it was needed yet."""
        return self._database is not None

    def open(self) -> sqlite3.Connection:
        """The database."""
        if self._database is None:
            try:
                self._database = _connect(self._options.path)
            except (OSError, RuntimeError, sqlite3.Error) as error:  # there may be no home to write to
                # The system's own words name the file, which is not for everybody.
                self.fault = (error.strerror if isinstance(error, OSError) else None) or str(error)
                reason = f"{self.fault}; responses are kept in memory and lost at the end"
                self._log.warning("storage", path=self._options.path, reason=reason)
                self._database = _connect("")
        return self._database

    def insert(self, waiting: Iterable[Kept], oldest: int) -> Settled:
        """Write one after the other, up to a lock."""
        settled = Settled([], [], locked=False)
        for kept in waiting:
            try:
                self._insert(kept, oldest)
            except sqlite3.Error as error:
                if is_locked(error):
                    return Settled(settled.written, settled.failed, locked=True)
                settled.failed.append((kept, error))
            else:
                settled.written.append(kept)
        return settled

    def select(self, owner: str, name: str, oldest: int) -> Kept | None:
        """One of the owner's that is not too old."""
        row = self.open().execute(
            "SELECT id, owner, created, previous, response, items FROM responses "
            "WHERE owner = ? AND id = ? AND created >= ?",
            (owner, name, oldest),
        )
        found = row.fetchone()
        return Kept(*found) if found else None

    def walk(self, owner: str, name: str, oldest: int, unwritten: Mapping[Name, Kept]) -> list[Kept] | None:
        """See ``ResponseStore.chain``; some of it may not be written yet."""
        found: list[Kept] = []
        size = 0
        while name:
            kept = unwritten.get((owner, name)) or self.select(owner, name, oldest)
            if kept is None:
                return None
            found.append(kept)
            size += kept.size
            if len(found) > _MOST_TURNS or size > self._options.max_chain_bytes:
                raise ChainTooLong
            name = kept.previous
        return found[::-1]

    def remove(self, owner: str, name: str) -> bool:
        """Forget one of the owner's; gives whether it was there."""
        database = self.open()
        with database:
            done = database.execute("DELETE FROM responses WHERE owner = ? AND id = ?", (owner, name))
        return done.rowcount > 0

    def close(self, waiting: Iterable[Kept], oldest: int) -> Settled:
        """Write what waits, and close."""
        database = self.open()
        database.execute(f"PRAGMA busy_timeout = {_LOCK_S * 1000}")
        settled = self.insert(waiting, oldest)
        database.close()
        self._database = None
        return settled

    def _insert(self, kept: Kept, oldest: int) -> None:
        database = self.open()
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
        database = self.open()
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


def is_locked(error: sqlite3.Error) -> bool:
    """Whether another process has the database, for now."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK)  # the module's own errors have none
    return code & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def _connect(path: str) -> sqlite3.Connection:
    """A database that is ready; raises ``OSError`` or ``sqlite3.Error``."""
    if path:
        file = pathlib.Path(path).expanduser()
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))  # conversations are nobody else's
        path = str(file)
    database = sqlite3.connect(path or ":memory:", timeout=_LOCK_S)
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
        database.execute("PRAGMA busy_timeout = 0")
    except sqlite3.Error:
        database.close()
        raise
    return database
