"""What outlives a change of the settings: what is known, what is counted, what is kept.

Everything else is made anew when the settings change (``app.house``), and the requests under way end in the old.
"""

from contextlib import suppress
from typing import Self

from akashchat.app.limits import counters
from akashchat.app.shelves import Shelves, shared_redis
from akashchat.clock import Chance, Clock
from akashchat.policies.keyring import Keyring
from akashchat.policies.keys import Keys
from akashchat.settings import Settings
from akashchat.storage.base import Database, DatabaseDown, Shelf, Statement
from akashchat.storage.postgres import PostgresDatabase
from akashchat.storage.responses import ResponseOptions, StoredResponses
from akashchat.storage.shelf import DatabaseShelf, MemoryShelf
from akashchat.storage.sqlite import SqliteDatabase
from akashchat.telemetry.base import Observer
from akashchat.telemetry.logs import LogObserver
from akashchat.telemetry.metrics import Look, Metrics


class Ground:
    """Made of the settings the process began with; entered before the first request, left behind the last."""

    def __init__(self, settings: Settings, clock: Clock, chance: Chance) -> None:
        self.clock = clock
        self.chance = chance
        self.metrics = Metrics()
        self.database = opened(settings, clock)
        self.redis = shared_redis(settings, clock)
        shared = self._shared(settings)
        self.shelves = Shelves(shared or MemoryShelf(clock), shared)
        options = ResponseOptions(retention_days=settings.storage.retention_days)
        self.responses = StoredResponses(self.database, options, clock)
        self.counters = counters(
            settings, self.database, self.redis.scripts if self.redis else None, clock, chance
        )
        self.keys = Keys(Keyring(self.database, clock, chance), clock)
        self.drawn_secret = chance.token(32)
        self._log = LogObserver(clock, settings.logs.level, settings.logs.format)

    @property
    def observers(self) -> list[Observer]:
        """Who is told of each answer."""
        return [self._log, self.metrics]

    @property
    def looks(self) -> list[Look]:
        """Where metrics look for what is not counted."""
        return [self.redis.figures] if self.redis else []

    async def __aenter__(self) -> Self:
        with suppress(DatabaseDown):  # which is told in the log; who needs it later tries again
            await self.database.run(Statement("SELECT 1"))  # makes its tables
        if self.redis is not None:
            await self.redis.state()
        await self.keys.reload()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._log.close()
        await self.counters.close()
        await self.responses.close()
        if self.redis is not None:
            await self.redis.close()
        await self.keys.close()
        await self.database.close()

    def _shared(self, settings: Settings) -> Shelf | None:
        """What lies where other gateways find it, too: in Redis, or in the database where that is a server."""
        if self.redis is not None:
            return self.redis.shelf
        return DatabaseShelf(self.database, self.clock) if settings.database.url.get_secret_value() else None


def opened(settings: Settings, clock: Clock) -> Database:
    """The database the settings name; nothing is connected yet."""
    url = settings.database.url.get_secret_value()
    return PostgresDatabase(url, clock) if url else SqliteDatabase(settings.storage.file(), clock)
