"""Shelves: one in this process's memory, and one in a database that others reach too."""

import structlog
from msgspec import Struct

from akashchat.clock import Clock
from akashchat.storage.base import Database, DatabaseDown, Row, Statement, StatementRefused

_MOST_THINGS, _MOST_BYTES = 10_000, 64 * 1024 * 1024
_PATIENCE_S = 1.0
"""A shelf is there to save time."""
_TIDY_EVERY = 256
"""Things put on a shelf of the database between two looks for what has ended."""

_GET = "SELECT value FROM shelf WHERE name = ? AND ends_at > ?"
_PUT = """
INSERT INTO shelf (name, value, ends_at) VALUES (?, ?, ?)
ON CONFLICT (name) DO UPDATE SET value = excluded.value, ends_at = excluded.ends_at
"""
_CLAIM = f"{_PUT} WHERE shelf.ends_at <= ? RETURNING name"
_REMOVE = "DELETE FROM shelf WHERE name = ?"
_TIDY = "DELETE FROM shelf WHERE ends_at <= ?"


class _Thing(Struct, frozen=True):
    value: bytes
    ends_at: float


class MemoryShelf:
    """See ``Shelf``; where it is full, what lies longest makes room."""

    down = False

    def __init__(self, clock: Clock, *, most: int = _MOST_THINGS, most_bytes: int = _MOST_BYTES) -> None:
        self._clock = clock
        self._most = most
        self._most_bytes = most_bytes
        self._things: dict[str, _Thing] = {}
        self._bytes = 0

    async def get(self, name: str) -> bytes | None:
        """See ``Shelf``."""
        thing = self._things.get(name)
        if thing is None:
            return None
        if thing.ends_at <= self._clock.monotonic():
            self._take(name)
            return None
        return thing.value

    async def put(self, name: str, value: bytes, seconds: float) -> None:
        """See ``Shelf``."""
        self._take(name)
        if len(value) > self._most_bytes:
            return
        self._things[name] = _Thing(value, self._clock.monotonic() + seconds)
        self._bytes += len(value)
        if self._is_full():
            self._make_room()

    async def remove(self, name: str) -> None:
        """See ``Shelf``."""
        self._take(name)

    async def claim(self, name: str, seconds: float) -> bool:
        """See ``Shelf``."""
        if await self.get(name) is not None:
            return False
        await self.put(name, b"", seconds)
        return True

    def _take(self, name: str) -> None:
        thing = self._things.pop(name, None)
        if thing is not None:
            self._bytes -= len(thing.value)

    def _is_full(self) -> bool:
        return len(self._things) > self._most or self._bytes > self._most_bytes

    def _make_room(self) -> None:
        now = self._clock.monotonic()
        for name in [name for name, thing in self._things.items() if thing.ends_at <= now]:
            self._take(name)
        while self._is_full():
            self._take(next(iter(self._things)))


class DatabaseShelf:
    """See ``Shelf``; who shares it should agree on the time, by NTP."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._log = structlog.get_logger("akashchat")
        self._puts = 0
        self._is_missed = False

    @property
    def down(self) -> bool:
        """See ``Shelf``."""
        return self._is_missed

    async def get(self, name: str) -> bytes | None:
        """See ``Shelf``."""
        rows = await self._ask(_GET, (name, self._clock.now()))
        return bytes(rows[0][0]) if rows else None  # type: ignore[arg-type]

    async def put(self, name: str, value: bytes, seconds: float) -> None:
        """See ``Shelf``."""
        await self._ask(_PUT, (name, value, self._clock.now() + seconds))
        await self._tidy()

    async def remove(self, name: str) -> None:
        """See ``Shelf``."""
        await self._ask(_REMOVE, (name,))

    async def claim(self, name: str, seconds: float) -> bool:
        """See ``Shelf``; while the database is down every process is alone, so it is ours."""
        now = self._clock.now()
        rows = await self._ask(_CLAIM, (name, b"", now + seconds, now))
        return rows is None or bool(rows)

    async def _ask(self, sql: str, values: Row) -> list[Row] | None:
        """What it gives, and nothing where it is down."""
        try:
            (rows,) = await self._database.run(Statement(sql, (values,)), patience_s=_PATIENCE_S)
        except (DatabaseDown, StatementRefused) as error:
            if not self._is_missed:
                self._log.warning("shelf missed", reason=str(error))
            self._is_missed = True
            return None
        self._is_missed = False
        return rows

    async def _tidy(self) -> None:
        self._puts += 1
        if self._puts % _TIDY_EVERY == 0:
            await self._ask(_TIDY, (self._clock.now(),))
