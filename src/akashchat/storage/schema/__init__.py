"""The tables, and the SQL that brings a database to them from wherever it is.

A schema is a line of revisions in ``versions``, as Alembic has them, and a database tells in ``alembic_version`` at
which it is.  One that is new is made by a file here, written by ``make docs`` from the same revisions, so Alembic is
loaded only where a database of an earlier version is found.  Whoever runs what this module says holds a lock.
"""

from importlib.resources import files
from typing import Literal, TypeAlias

from akashchat.storage.schema.writing import written

Kind: TypeAlias = Literal["sqlite", "postgresql"]

HEAD = "0002"
"""The last revision."""
FIRST_FILES = "schema 1"
"""What stands for the files there were before there were revisions; they had the table of the first, and ``schema``."""

_TAKEN_OVER = (
    "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)",
    "INSERT INTO alembic_version VALUES ('0001')",
    "DROP TABLE schema",
)


class UnknownSchema(Exception):
    """A schema that this version does not know: of a later one, most likely."""

    def __init__(self, found: str) -> None:
        super().__init__(f"it has version {found}, and this gateway knows {HEAD}")


def steps(kind: Kind, found: str | None) -> list[str]:
    """The statements that lead from the revision found, or from nothing, to the last; raises ``UnknownSchema``."""
    known(found)
    if found is None:
        return (files(__name__) / f"{kind}.sql").read_text("utf-8").rstrip(";\n").split(";\n\n")
    if found == HEAD:
        return []
    if found == FIRST_FILES:
        return [*_TAKEN_OVER, *written(kind, "0001")]
    return written(kind, found)


def known(found: str | None) -> None:
    """Nothing, where there is a way from there to the last revision; raises ``UnknownSchema``."""
    if found not in (None, FIRST_FILES) and not "0001" <= found <= HEAD:
        raise UnknownSchema(found)
