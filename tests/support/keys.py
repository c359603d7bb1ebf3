"""Issued keys on a database in memory, and doors that know them."""

from akashchat.clock import Clock, SystemChance
from akashchat.policies.door import Door
from akashchat.policies.keyring import Keyring
from akashchat.policies.keys import Keys
from akashchat.policies.links import Links
from akashchat.policies.signing import Secret
from akashchat.storage.base import PATIENCE_S, Database, DatabaseDown, Row, Statement
from akashchat.storage.sqlite import SqliteDatabase

OPEN_LINKS = Links(Secret("", "drawn"), lambda: True)


class Watched:
    """A database that tells how often it was asked, and is down when told to be."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.asked = 0
        self.down = False

    async def run(self, *statements: Statement, patience_s: float = PATIENCE_S) -> list[list[Row]]:
        """See ``Database``."""
        self.asked += 1
        if self.down:
            raise DatabaseDown("told to be")
        return await self._database.run(*statements, patience_s=patience_s)

    async def place(self) -> str:
        """See ``Database``."""
        return await self._database.place()

    async def close(self) -> None:
        """See ``Database``."""
        await self._database.close()


def ring(database: Database, clock: Clock) -> Keyring:
    """The keys of a database."""
    return Keyring(database, clock, SystemChance())


def issued(clock: Clock, database: Database | None = None) -> Keys:
    """The keys as a process knows them; of a new database unless told."""
    return Keys(ring(database or SqliteDatabase("", clock), clock), clock)


def door(clock: Clock, token: str = "") -> Door:
    """A door of its own."""
    return Door(token, issued(clock))
