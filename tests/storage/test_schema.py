"""The tables, and how a database comes to them."""

import subprocess
import sys
from pathlib import Path

import pytest

from akashchat.storage import schema
from akashchat.storage.schema import HEAD, UnknownSchema, steps
from akashchat.storage.schema.writing import written

LOOK = """
import asyncio, sys
from akashchat.app.ground import Ground
from akashchat.clock import SystemChance, SystemClock
from akashchat.settings import Settings

async def main():
    settings = Settings(_env_file=None, storage={"path": sys.argv[1]})
    async with Ground(settings, SystemClock(), SystemChance()) as ground:
        print(await ground.database.place())

asyncio.run(main())
print({"sqlalchemy", "alembic", "asyncpg"} & sys.modules.keys())
"""


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_nothing_is_done_where_all_is_done(kind: schema.Kind) -> None:
    """The last revision this version names is the last there is."""
    assert steps(kind, HEAD) == written(kind, HEAD) == []
    assert written(kind, None)[-1].startswith(f"UPDATE alembic_version SET version_num='{HEAD}'")


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_new_database_is_made_from_a_file(kind: schema.Kind) -> None:
    """The same as all revisions after one another."""
    assert [step.split() for step in steps(kind, None)] == [step.split() for step in written(kind, None)]


@pytest.mark.parametrize("found", ["9999", "schema 2", "a0b1c2"])
def test_what_is_not_known_is_not_touched(found: str) -> None:
    """It is told by its name."""
    with pytest.raises(UnknownSchema, match=found):
        steps("sqlite", found)


def test_a_start_loads_nothing_to_change_a_schema_with(tmp_path: Path) -> None:
    """Neither where there is nothing yet, nor where all is as it should be."""
    for _ in range(2):
        command = [sys.executable, "-c", LOOK, str(tmp_path / "akashchat.db")]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        assert done.stdout.splitlines() == ["file", "set()"]
