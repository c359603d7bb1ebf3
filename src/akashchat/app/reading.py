"""The ledger for who reads it beside the gateway, or while none runs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from akashchat.app.ground import opened
from akashchat.clock import SystemClock
from akashchat.settings import Settings
from akashchat.storage.base import DatabaseDown
from akashchat.storage.ledger import StoredLedger
from akashchat.storage.rows import LedgerStore

_LASTING = ("file", "postgresql")


@asynccontextmanager
async def ledger_of(settings: Settings) -> AsyncIterator[LedgerStore]:
    """The rows in the database that the settings name; raises ``DatabaseDown``."""
    database = opened(settings, SystemClock())
    try:
        place = await database.place()
        if place not in _LASTING:
            raise DatabaseDown(f"the ledger would be in {place}")
        yield StoredLedger(database)
    finally:
        await database.close()
