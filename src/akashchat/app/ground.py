"""What outlives a change of the settings: what is known, what is counted, what is kept.

Everything else is made anew when the settings change (``app.house``), and the requests under way end in the old.
"""

from typing import Self

from akashchat.app.telemetry import Telemetry
from akashchat.clock import Chance, Clock
from akashchat.settings import Settings
from akashchat.storage.sqlite import SqliteStore
from akashchat.storage.table import SqliteOptions
from akashchat.telemetry.base import Observer


class Ground:
    """Made of the settings the process began with; entered before the first request, left behind the last."""

    def __init__(self, settings: Settings, clock: Clock, chance: Chance) -> None:
        self.clock = clock
        self.chance = chance
        self.telemetry = Telemetry(settings, clock, chance)
        self.metrics = self.telemetry.metrics
        self.responses = _responses(settings, clock)

    @property
    def observers(self) -> list[Observer]:
        """Who is told of each answer."""
        return self.telemetry.observers

    async def __aenter__(self) -> Self:
        await self.telemetry.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.telemetry.__aexit__()
        await self.responses.close()


def _responses(settings: Settings, clock: Clock) -> SqliteStore:
    storage = settings.storage
    return SqliteStore(SqliteOptions(path=storage.file(), retention_days=storage.retention_days), clock)
