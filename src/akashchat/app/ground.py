"""What outlives a change of the settings: what is known, what is counted, what is kept.

Everything else is made anew when the settings change (``app.house``), and the requests under way end in the old.
"""

import os
import pathlib
import socket
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import suppress
from typing import Self, TypeAlias

from akashchat.app.lasting import Lasting
from akashchat.app.ledger import ledger
from akashchat.app.limits import counters
from akashchat.app.shelves import Shelves, shared_redis
from akashchat.app.telemetry import Telemetry
from akashchat.clock import Chance, Clock
from akashchat.policies.keyring import Keyring
from akashchat.policies.keys import Keys
from akashchat.server.admin.doctor import Line
from akashchat.server.idempotency import Answered, IdempotencyOptions
from akashchat.server.siblings import Siblings
from akashchat.settings import Settings
from akashchat.storage.base import Database, DatabaseDown, Shelf, Statement
from akashchat.storage.postgres import PostgresDatabase
from akashchat.storage.responses import ResponseOptions, StoredResponses
from akashchat.storage.shelf import DatabaseShelf, MemoryShelf
from akashchat.storage.sqlite import SqliteDatabase
from akashchat.telemetry.base import Observer

_KEYS = "keys"

Examiner: TypeAlias = Callable[[Settings, bool], AsyncGenerator[Line]]
"""Looks whether everything works with these settings, and draws a picture too where that is wanted."""


class Ground:
    """Made of the settings the process began with; entered before the first request, left behind the last."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        chance: Chance,
        siblings: Siblings,
        examine: Examiner | None = None,
        aside: Sequence[socket.socket] = (),
    ) -> None:
        self.clock = clock
        self.chance = chance
        self.siblings = siblings
        self.examine = examine
        self.lasting = Lasting()
        self.telemetry = Telemetry(settings, clock, chance, siblings, aside)
        self.metrics = self.telemetry.metrics
        self.database = opened(settings, clock)
        self._file = settings.storage.file()
        self.redis = shared_redis(settings, clock)
        if self.redis is not None:
            self.metrics.lasting.append(self.redis.figures)
        shared = self._shared(settings)
        self.shelves = Shelves(shared or MemoryShelf(clock), shared)
        options = ResponseOptions(retention_days=settings.storage.retention_days)
        self.responses = StoredResponses(self.database, options, clock)
        self.counters = counters(
            settings, self.database, self.redis.scripts if self.redis else None, clock, chance
        )
        self.keys = Keys(Keyring(self.database, clock, chance), clock, tell=lambda: siblings.tell(_KEYS))
        self.drawn_secret = siblings.secret or chance.token(32)
        self.ledger = ledger(self.database, clock, self.metrics)
        self.answered = Answered(IdempotencyOptions(keep_s=settings.policies.idempotency_s), clock)
        siblings.hears(_KEYS, lambda _: self.keys.outdate())

    @property
    def observers(self) -> list[Observer]:
        """Who is told of each answer."""
        return self.telemetry.observers

    async def __aenter__(self) -> Self:
        await self.siblings.open()
        with suppress(DatabaseDown):  # which is told in the log; who needs it later tries again
            await self.database.run(Statement("SELECT 1"))  # makes its tables
        self.keys.doubtful = _is_replaced(await self.database.place(), self._file)
        if self.redis is not None:
            await self.redis.state()
        await self.keys.reload()
        self.ledger.start()
        await self.telemetry.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.siblings.close()
        await self.telemetry.__aexit__()
        await self.counters.close()
        await self.ledger.close()
        await self.responses.close()
        if self.redis is not None:
            await self.redis.close()
        await self.keys.close()
        await self.database.close()

    def _shared(self, settings: Settings) -> Shelf | None:
        """What lies where others find it, too: in Redis, or in the database where that is not this process's alone."""
        if self.redis is not None:
            return self.redis.shelf
        return DatabaseShelf(self.database, self.clock) if settings.shares_database else None


def _is_replaced(place: str, file: str) -> bool:
    """Whether something stands in for a file that is there."""
    return place.startswith("memory, ") and os.path.lexists(pathlib.Path(file).expanduser())


def opened(settings: Settings, clock: Clock) -> Database:
    """The database the settings name; nothing is connected yet."""
    url = settings.database.url.get_secret_value()
    return PostgresDatabase(url, clock) if url else SqliteDatabase(settings.storage.file(), clock)
