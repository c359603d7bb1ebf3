"""Issued keys on a database in memory, and doors that know them."""

from akashchat.clock import Clock, SystemChance
from akashchat.policies.door import Door
from akashchat.policies.keyring import Keyring
from akashchat.policies.keys import Keys
from akashchat.policies.links import Links
from akashchat.policies.signing import Secret
from akashchat.storage.base import Database
from akashchat.storage.sqlite import SqliteDatabase

NO_SECRET = Secret("", "drawn")
OPEN_LINKS = Links(NO_SECRET, lambda: True)


def issued(clock: Clock, database: Database | None = None) -> Keys:
    """The keys of a database, a new one unless told."""
    return Keys(Keyring(database or SqliteDatabase("", clock), clock, SystemChance()), clock)


def door(clock: Clock, token: str = "") -> Door:
    """A door of its own."""
    return Door(token, issued(clock))
