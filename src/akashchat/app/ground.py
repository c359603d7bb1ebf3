"""What outlives a change of the settings: what is known, what is counted, what is kept.

Everything else is made anew when the settings change (``app.house``), and the requests under way end in the old.
"""

import os
import pathlib
from collections.abc import Sequence
from contextlib import suppress
from typing import Self

from akashchat.app.lasting import Lasting
from akashchat.app.ledger import ledger
from akashchat.app.limits import counters
from akashchat.clock import Chance, Clock
from akashchat.policies.keyring import Keyring
from akashchat.policies.keys import Keys
from akashchat.server.idempotency import Answered, IdempotencyOptions
from akashchat.server.siblings import Siblings
from akashchat.settings import Settings
from akashchat.storage.base import Database, DatabaseDown, Shelf, Statement
from akashchat.storage.postgres import PostgresDatabase
from akashchat.storage.responses import ResponseOptions, StoredResponses
from akashchat.storage.shelf import DatabaseShelf, MemoryShelf
from akashchat.storage.sqlite import SqliteDatabase
from akashchat.telemetry import logs
from akashchat.telemetry.base import Observer
from akashchat.telemetry.logs import LogObserver
from akashchat.telemetry.metrics import Metrics
from akashchat.telemetry.together import Metric, together, written

_KEYS, _METRICS = "keys", "metrics"


class Ground:
    """Made of the settings the process began with; entered before the first request, left behind the last."""

    def __init__(self, settings: Settings, clock: Clock, chance: Chance, siblings: Siblings) -> None:
        self.clock = clock
        self.chance = chance
        self.siblings = siblings
        self.lasting = Lasting()
        self.metrics = Metrics()
        self.database = opened(settings, clock)
        self._file = settings.storage.file()
        shared = bool(settings.database.url.get_secret_value()) or settings.server.workers > 1
        self.shelf: Shelf = DatabaseShelf(self.database, clock) if shared else MemoryShelf(clock)
        options = ResponseOptions(retention_days=settings.storage.retention_days)
        self.responses = StoredResponses(self.database, options, clock)
        self.counters = counters(settings, self.database, clock, chance)
        self.keys = Keys(Keyring(self.database, clock, chance), clock, tell=lambda: siblings.tell(_KEYS))
        self.drawn_secret = siblings.secret or chance.token(32)
        self.ledger = ledger(self.database, clock, self.metrics)
        self.answered = Answered(IdempotencyOptions(keep_s=settings.policies.idempotency_s), clock)
        self._logs = settings.logs
        self._log = LogObserver(clock, settings.logs.level, settings.logs.format)
        siblings.answers(_METRICS, self._own_metrics)
        siblings.hears(_KEYS, lambda _: self.keys.outdate())

    @property
    def observers(self) -> list[Observer]:
        """Who is told of each answer."""
        return [self._log, self.metrics]

    async def counted(self) -> Sequence[Metric]:
        """The metrics of all processes together."""
        others = await self.siblings.gather(_METRICS, self._written)
        return together(self.metrics.collect(), others)

    def retune(self, settings: Settings) -> None:
        """What of it changes with the settings: how much the log tells, and in which form."""
        if settings.logs != self._logs:
            self._logs = settings.logs
            self._log.retune(settings.logs.level, settings.logs.format)
            logs.configure(settings.logs.level, settings.logs.format)

    def _written(self) -> bytes:
        return written(self.metrics.collect())

    async def _own_metrics(self, _: bytes) -> bytes:
        return self._written()

    async def __aenter__(self) -> Self:
        await self.siblings.open()
        with suppress(DatabaseDown):  # which is told in the log; who needs it later tries again
            await self.database.run(Statement("SELECT 1"))  # makes its tables
        self.keys.doubtful = _is_replaced(await self.database.place(), self._file)
        await self.keys.reload()
        self.ledger.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.siblings.close()
        self._log.close()
        await self.counters.close()
        await self.ledger.close()
        await self.responses.close()
        await self.keys.close()
        await self.database.close()


def _is_replaced(place: str, file: str) -> bool:
    """Whether something stands in for a file that is there."""
    return place.startswith("memory, ") and os.path.lexists(pathlib.Path(file).expanduser())


def opened(settings: Settings, clock: Clock) -> Database:
    """The database the settings name; nothing is connected yet."""
    url = settings.database.url.get_secret_value()
    return PostgresDatabase(url, clock) if url else SqliteDatabase(settings.storage.file(), clock)
