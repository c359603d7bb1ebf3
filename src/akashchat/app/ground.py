"""What outlives a change of the settings: what is known, what is counted, what is kept.

Everything else is made anew when the settings change (``app.house``), and the requests under way end in the old.
"""

from typing import Self

from akashchat.app.shelves import Shelves, shared_redis
from akashchat.clock import Chance, Clock
from akashchat.settings import Settings
from akashchat.storage.shelf import MemoryShelf
from akashchat.storage.sqlite import SqliteStore
from akashchat.storage.table import SqliteOptions
from akashchat.telemetry.base import Observer
from akashchat.telemetry.logs import LogObserver
from akashchat.telemetry.metrics import Look, Metrics


class Ground:
    """Made of the settings the process began with; entered before the first request, left behind the last."""

    def __init__(self, settings: Settings, clock: Clock, chance: Chance) -> None:
        self.clock = clock
        self.chance = chance
        self.metrics = Metrics()
        self.redis = shared_redis(settings, clock)
        shared = self.redis.shelf if self.redis else None
        self.shelves = Shelves(shared or MemoryShelf(clock), shared)
        self.responses = _responses(settings, clock)
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
        return self

    async def __aexit__(self, *_: object) -> None:
        self._log.close()
        await self.responses.close()
        if self.redis is not None:
            await self.redis.close()


def _responses(settings: Settings, clock: Clock) -> SqliteStore:
    storage = settings.storage
    return SqliteStore(SqliteOptions(path=storage.file(), retention_days=storage.retention_days), clock)
