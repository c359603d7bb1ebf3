"""What outlives a change of the settings: what is known, what is counted, what is kept.

Everything else is made anew when the settings change (``app.house``), and the requests under way end in the old.
"""

from typing import Self

from akashchat.clock import Chance, Clock
from akashchat.settings import Settings
from akashchat.storage.sqlite import SqliteStore
from akashchat.storage.table import SqliteOptions
from akashchat.telemetry.base import Observer
from akashchat.telemetry.logs import LogObserver
from akashchat.telemetry.metrics import Metrics


class Ground:
    """Made of the settings the process began with; entered before the first request, left behind the last."""

    def __init__(self, settings: Settings, clock: Clock, chance: Chance) -> None:
        self.clock = clock
        self.chance = chance
        self.metrics = Metrics()
        self.responses = _responses(settings, clock)
        self._log = LogObserver(clock, settings.logs.level, settings.logs.format)

    @property
    def observers(self) -> list[Observer]:
        """Who is told of each answer."""
        return [self._log, self.metrics]

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._log.close()
        await self.responses.close()


def _responses(settings: Settings, clock: Clock) -> SqliteStore:
    storage = settings.storage
    return SqliteStore(SqliteOptions(path=storage.file(), retention_days=storage.retention_days), clock)
