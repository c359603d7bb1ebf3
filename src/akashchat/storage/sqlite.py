"""The embedded database: SQLite, in a file or in memory, in one thread of its own that begins when it is first needed.

What is asked of the thread is done in the order it was asked.  It waits for no other process that has locked the
file: whoever meets a lock comes again, so those who only read are not kept.  https://www.sqlite.org/wal.html
"""

import asyncio
import os
import pathlib
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import structlog

from akashchat.clock import Clock
from akashchat.storage.base import PATIENCE_S, DatabaseDown, Row, Statement, StatementRefused
from akashchat.storage.schema import HEAD, UnknownSchema, known, steps

T = TypeVar("T")

_AGAIN_S = 0.05
"""After this whoever met a lock comes again."""
_LOCK_S = 5
"""How long the opening waits for another process, which may be making the tables just now."""
_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_DOWN = (
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_READONLY,
)
"""No statement's fault."""


class SqliteDatabase:
    """See ``Database``; an empty path is memory, and so is one that cannot be used, which is told in the log."""

    def __init__(self, path: str, clock: Clock) -> None:
        self._clock = clock
        self._file = _File(path)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="database")
        self._is_closed = False

    @property
    def is_open(self) -> bool:
        """Whether it was needed yet."""
        return self._file.is_open

    async def run(self, *statements: Statement, patience_s: float = PATIENCE_S) -> list[list[Row]]:
        """See ``Database``."""
        return await self._ask(lambda: self._file.run(statements), patience_s)

    async def place(self) -> str:
        """See ``Database``; the first to ask opens it."""
        if not self._file.is_open:
            try:
                await self._ask(self._file.open, PATIENCE_S)
            except DatabaseDown as down:
                return f"file, {down}"
        if self._file.fault:
            return f"memory, because {self._file.fault}"
        return "file" if self._file.path else "memory"

    async def close(self) -> None:
        """See ``Database``."""
        self._is_closed = True
        if self._file.is_open:
            await asyncio.wrap_future(self._thread.submit(self._file.close))
        self._thread.shutdown(wait=False)

    async def _ask(self, what: Callable[[], T], patience_s: float) -> T:
        until = self._clock.monotonic() + patience_s
        while True:
            if self._is_closed:
                raise DatabaseDown("it is closed")
            try:
                return await asyncio.wrap_future(self._thread.submit(what))
            except sqlite3.Error as error:
                if not _is(error, _BUSY):
                    raise _told(error) from error
                if self._clock.monotonic() >= until:
                    raise DatabaseDown("another process has locked it") from None
            except (OverflowError, UnicodeEncodeError) as error:  # a value that no column holds
                raise StatementRefused(str(error)) from error
            await self._clock.sleep(_AGAIN_S)


class _File:
    """The database in its thread; opened when it is first needed."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.fault = ""
        """Why it is in memory where it should be in a file."""
        self._log = structlog.get_logger("akashchat")
        self._database: sqlite3.Connection | None = None

    @property
    def is_open(self) -> bool:
        """Whether it was needed yet."""
        return self._database is not None

    def open(self) -> sqlite3.Connection:
        """The database; raises ``sqlite3.Error`` while another process keeps it locked."""
        if self._database is None:
            try:
                self._database = _connect(self.path)
            except (OSError, RuntimeError, UnknownSchema, sqlite3.Error) as error:
                if isinstance(error, sqlite3.Error) and _is(error, _BUSY):
                    raise
                # The system's own words name the file, which is not for everybody.
                self.fault = (error.strerror if isinstance(error, OSError) else None) or str(error)
                reason = f"{self.fault}; all is kept in memory and lost at the end"
                self._log.warning("storage", path=self.path, reason=reason)
                self._database = _connect("")
        return self._database

    def run(self, statements: Sequence[Statement]) -> list[list[Row]]:
        """All of them or none."""
        database = self.open()
        database.execute(_beginning(statements))
        try:
            results = [_run(database, statement) for statement in statements]
            database.execute("COMMIT")
        except BaseException:
            if database.in_transaction:  # some failures end it themselves
                database.execute("ROLLBACK")
            raise
        return results

    def close(self) -> None:
        """Let go of the file."""
        if self._database is not None:
            self._database.close()
            self._database = None


def _beginning(statements: Sequence[Statement]) -> str:
    """Who only reads waits for nobody who writes; who writes has the right to from the start, or it could be lost."""
    reads = all(statement.sql.lstrip()[:6].upper() in ("SELECT", "WITH R") for statement in statements)
    return "BEGIN" if reads else "BEGIN IMMEDIATE"


def _run(database: sqlite3.Connection, statement: Statement) -> list[Row]:
    return [row for values in statement.rows for row in database.execute(statement.sql, values).fetchall()]


def _is(error: sqlite3.Error, codes: Sequence[int]) -> bool:
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK)  # the module's own errors have none
    return code & 0xFF in codes


def _told(error: sqlite3.Error) -> DatabaseDown | StatementRefused:
    return DatabaseDown(str(error)) if _is(error, _DOWN) else StatementRefused(str(error))


def _connect(path: str) -> sqlite3.Connection:
    """A database that is ready; raises ``OSError``, ``UnknownSchema`` or ``sqlite3.Error``."""
    if path:
        file = pathlib.Path(path).expanduser()
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))  # conversations are nobody else's
        path = str(file)
    database = sqlite3.connect(path or ":memory:", timeout=_LOCK_S, isolation_level=None)
    try:
        known(_revision(database))  # before anything is changed
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = NORMAL")
        _bring_up(database)
        database.execute("PRAGMA busy_timeout = 0")
    except BaseException:
        database.close()
        raise
    return database


def _bring_up(database: sqlite3.Connection) -> None:
    """Make the tables what they should be, where they are not; of several processes one does."""
    if _revision(database) == HEAD:
        return
    database.execute("BEGIN EXCLUSIVE")
    try:
        for step in steps("sqlite", _revision(database)):
            database.execute(step)
        database.execute("COMMIT")
    except BaseException:
        if database.in_transaction:
            database.execute("ROLLBACK")
        raise


def _revision(database: sqlite3.Connection) -> str | None:
    """Where the schema is; none where there are no tables of ours."""
    tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if "alembic_version" in tables:
        return str(database.execute("SELECT max(version_num) FROM alembic_version").fetchone()[0])
    if "schema" in tables:  # its row was written behind its making, and may be missing
        (version,) = database.execute("SELECT coalesce(max(version), 1) FROM schema").fetchone()
        return f"schema {version}"
    return None
