"""A store of responses in memory."""

from akashchat.clock import Clock
from akashchat.storage.responses import ResponseOptions, StoredResponses
from akashchat.storage.sqlite import SqliteDatabase


def stored(clock: Clock, **options: float) -> StoredResponses:
    """A new one; there is nothing to close but the store."""
    return StoredResponses(SqliteDatabase("", clock), ResponseOptions(**options), clock)  # type: ignore[arg-type]
