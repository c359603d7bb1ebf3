"""PostgreSQL behind the same promise: a pool of connections that are made when they are needed.

A server that does not answer is not asked by everybody (``storage.outage``).  A connection on which somebody stopped
waiting is thrown away, since a server that hangs would not even hear that.  https://magicstack.github.io/asyncpg/
"""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import lru_cache
from itertools import count
from typing import Any

from akashchat.clock import Clock
from akashchat.storage.base import PATIENCE_S, DatabaseDown, Row, Statement, StatementRefused
from akashchat.storage.outage import Outage
from akashchat.storage.schema import HEAD, UnknownSchema, steps

_CONNECTIONS = 8
_CONNECT_S = 3.0
_LOOK_S = 2.0
_CLOSE_S = 1.0
"""For so long who is connected takes leave; longer than the longest way to a server that is there."""
_RAISING_S = 120.0
"""How long making the tables may take, the wait for another process that does so included."""
_LOCK = 0x616B617368
"""The number of the lock that whoever changes the schema holds; any would do that nobody else uses."""
_AGAIN = ("40001", "40P01")
"""Others were in the way and all is rolled back: it may be tried again.

https://www.postgresql.org/docs/current/errcodes-appendix.html
"""
_DOWN = ("08", "25006", "28", "3D", "53", "57", "58", "XX")
"""How codes begin that are no statement's fault: connection, a standby, credentials, resources, shutdown."""


class PostgresDatabase:
    """See ``Database``; ``url`` is PostgreSQL's own form of one."""

    def __init__(self, url: str, clock: Clock, *, makes_tables: bool = True) -> None:
        self._url = url
        self._clock = clock
        self._outage = Outage(clock)
        self._pool: Any = None
        self._again = asyncio.Lock()
        """Who met others in the way comes again one by one, so that at last each has it."""
        self._raising: asyncio.Task[None] | None = None
        self._makes_tables = makes_tables
        self._is_raised = False
        self._is_closed = False

    async def run(self, *statements: Statement, patience_s: float = PATIENCE_S) -> list[list[Row]]:
        """See ``Database``."""
        if self._is_closed:
            raise DatabaseDown("it is closed")
        until = self._clock.monotonic() + patience_s
        try:
            return await self._run(statements, patience_s)
        except _InTheWay:
            async with self._again:
                while self._clock.monotonic() < until:
                    try:
                        return await self._run(statements, patience_s)
                    except _InTheWay:
                        continue
        raise DatabaseDown("others are in the way all the time")

    async def place(self) -> str:
        """See ``Database``; why it is down is in the log, and not for everybody."""
        try:
            await self.run(Statement("SELECT 1"), patience_s=_LOOK_S)
        except DatabaseDown:
            return "postgresql, which does not answer"
        return "postgresql"

    async def close(self) -> None:
        """See ``Database``; whoever has something to write has waited for it."""
        self._is_closed = True
        if self._raising is not None:
            self._raising.cancel()
        if self._pool is None:
            return
        try:
            async with self._clock.timeout(_CLOSE_S):
                await self._pool.close()
        except TimeoutError:  # it has let go of all connections by then
            return

    async def _run(self, statements: Sequence[Statement], patience_s: float) -> list[list[Row]]:
        with self._outage.asking():
            try:
                return await self._ask(statements, patience_s)
            except DatabaseDown:
                self._is_raised = False  # what comes back may be another, or a copy of long ago
                raise

    async def _ask(self, statements: Sequence[Statement], patience_s: float) -> list[list[Row]]:
        async with self._within(patience_s):
            if self._makes_tables and not self._is_raised:
                await self._raised()
            return await self._transact(statements)

    async def _transact(self, statements: Sequence[Statement]) -> list[list[Row]]:
        async with self._connection() as connection:
            if len(statements) == 1 and len(statements[0].rows) == 1:  # a transaction by itself
                return [await _run(connection, statements[0])]
            async with _transaction(connection):
                return [await _run(connection, statement) for statement in statements]

    @asynccontextmanager
    async def _within(self, seconds: float) -> AsyncIterator[None]:
        """Around what waits for the server: whatever goes wrong is told as the protocol has it."""
        try:
            async with self._clock.timeout(seconds):
                yield
        except TimeoutError:
            raise DatabaseDown(f"no answer within {seconds:g} s") from None
        except (DatabaseDown, StatementRefused):
            raise
        except Exception as error:
            raise _told(error) from error

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Any]:
        """One of the pool's, or a new one."""
        pool = self._pool = self._pool or _pool(self._url)
        try:
            await pool  # which is done once, and connects to nothing yet
            connection = await pool.acquire()
        except Exception as error:
            raise DatabaseDown(_reason(error)) from error
        try:
            yield connection
        except BaseException as error:
            if not _is_told(error):
                _throw_away(connection)
            raise
        finally:
            await pool.release(connection)

    async def _raised(self) -> None:
        """The tables are what they should be; who waits no longer leaves the making of them as it is."""
        if self._raising is None or self._raising.done():
            self._raising = asyncio.create_task(self._raise())
            self._raising.add_done_callback(lambda task: task.cancelled() or task.exception())
        await asyncio.shield(self._raising)

    async def _raise(self) -> None:
        async with self._within(PATIENCE_S), self._connection() as connection:
            found = await _revision(connection)
        if found != HEAD:
            async with self._within(_RAISING_S), self._connection() as connection:
                await _change(connection)
        self._is_raised = True


class _InTheWay(Exception):
    """Somebody else's transaction was."""


def _asyncpg() -> Any:
    # Loaded where PostgreSQL is asked for.
    import asyncpg  # noqa: PLC0415

    return asyncpg


def _pool(url: str) -> Any:
    return _asyncpg().create_pool(
        url,
        min_size=0,
        max_size=_CONNECTIONS,
        timeout=_CONNECT_S,
        connect=_connect,
        reset=_unchanged,
        server_settings={"application_name": "akashchat"},
    )


async def _connect(*arguments: Any, **options: Any) -> Any:
    """A new connection; sums of whole numbers come as ``numeric``."""
    connection = await _asyncpg().connect(*arguments, **options)
    try:
        await connection.set_type_codec(
            "numeric", schema="pg_catalog", encoder=str, decoder=_number, format="text"
        )
    except BaseException:
        connection.terminate()
        raise
    return connection


def _throw_away(connection: Any) -> None:
    try:
        connection.terminate()
    except _asyncpg().InterfaceError:  # it was closed from the other side, and is out of the pool by that
        return


async def _unchanged(_: Any) -> None:
    """No statement here leaves anything behind on its connection, so nothing is asked to undo it."""


def _number(text: str) -> int | float:
    return int(text) if text.lstrip("-").isdigit() else float(text)


@asynccontextmanager
async def _transaction(connection: Any) -> AsyncIterator[None]:
    """All or nothing; by hand, for a server that hangs must not be waited for to take things back."""
    await connection.execute("BEGIN")
    try:
        yield
        await connection.execute("COMMIT")
    except Exception as error:
        if _is_told(error):
            await connection.execute("ROLLBACK")
        raise


async def _run(connection: Any, statement: Statement) -> list[Row]:
    sql, rows = _numbered(statement.sql), statement.rows
    if len(rows) == 1:
        return [tuple(row) for row in await connection.fetch(sql, *rows[0])]
    return [tuple(row) for row in await connection.fetchmany(sql, rows)] if rows else []


@lru_cache(maxsize=512)
def _numbered(sql: str) -> str:
    """``?`` as PostgreSQL has it: ``$1``, ``$2``."""
    numbers = count(1)
    return re.sub(r"\?", lambda _: f"${next(numbers)}", sql)


async def _revision(connection: Any) -> str | None:
    """Where the schema is; none where there are no tables of ours."""
    # Asked of the table itself: ``to_regclass`` would go by what was so when the transaction began.
    known = "SELECT 1 FROM pg_tables WHERE schemaname = current_schema() AND tablename = 'alembic_version'"
    if await connection.fetchval(known) is None:
        return None
    found = await connection.fetchval("SELECT max(version_num) FROM alembic_version")
    return None if found is None else str(found)


async def _change(connection: Any) -> None:
    async with _transaction(connection):
        await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
        found = await _revision(connection)
        try:
            for step in await asyncio.to_thread(steps, "postgresql", found):
                await connection.execute(step)
        except UnknownSchema as unknown:
            raise DatabaseDown(str(unknown)) from None


def _is_told(error: BaseException) -> bool:
    """Whether the server has said it, or it never came so far; then the connection is as good as before."""
    code = _code(error)
    return bool(code and not code.startswith("08")) or isinstance(error, ValueError)


def _code(error: BaseException) -> str:
    return getattr(error, "sqlstate", None) or ""


def _told(error: Exception) -> Exception:
    code = _code(error)
    if code in _AGAIN:
        return _InTheWay(str(error))
    refused = isinstance(error, ValueError) or (code and not code.startswith(_DOWN))
    return StatementRefused(_reason(error)) if refused else DatabaseDown(_reason(error))


def _reason(error: Exception) -> str:
    """What is wrong, less the values: the server's details, and what is behind a colon here, may quote a row."""
    said = str(error.args[0]) if error.args and not isinstance(error, OSError) else str(error)
    quotes = isinstance(error, ValueError) or _code(error).startswith("22")
    return (said.partition(":")[0] if quotes else said) or type(error).__name__
