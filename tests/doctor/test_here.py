"""What the doctor says of this machine."""

import asyncio
from pathlib import Path

import pytest

from akashchat.clock import SystemClock
from akashchat.simulator import Simulator
from akashchat.storage.base import Statement
from akashchat.storage.postgres import PostgresDatabase
from akashchat.storage.sqlite import SqliteDatabase
from tests.doctor.support import Found, found

NOWHERE = "http://no..such..name"


async def database(path: Path, **options: object) -> Found:
    """What is found with a database there."""
    return await found(NOWHERE, storage={"path": str(path), **options})


async def test_a_database_that_is_yet_to_be_made_is_not_made(tmp_path: Path) -> None:
    """Whoever looks may be another user than who serves."""
    line = (await database(tmp_path / "deep" / "akashchat.db"))["gateway database"]
    assert (line.verdict, line.seen.endswith("will be made when the gateway begins")) == ("ok", True)
    assert not (tmp_path / "deep").exists()


async def test_a_database_that_is_there(tmp_path: Path) -> None:
    """Is opened, as the gateway does."""
    store = SqliteDatabase(str(tmp_path / "akashchat.db"), SystemClock())
    assert await store.place() == "file"
    await store.close()
    line = (await database(tmp_path / "akashchat.db"))["gateway database"]
    assert (line.verdict, line.seen) == ("ok", str(tmp_path / "akashchat.db"))


async def test_a_database_that_cannot_be_made(tmp_path: Path) -> None:
    """Names the setting."""
    (tmp_path / "file").touch()
    line = (await database(tmp_path / "file" / "akashchat.db"))["gateway database"]
    assert line.verdict == "failed"
    assert "AKASHCHAT_STORAGE_PATH" in line.remedy


async def test_a_database_that_is_none(tmp_path: Path) -> None:
    """Says what it is instead."""
    await asyncio.to_thread(
        (tmp_path / "akashchat.db").write_text, "These are my memoirs, not a database. " * 30
    )
    line = (await database(tmp_path / "akashchat.db"))["gateway database"]
    assert (line.verdict, "not a database" in line.seen) == ("failed", True)
    assert (tmp_path / "akashchat.db").read_text().startswith("These are my memoirs")


async def test_a_server_is_asked_and_left_as_it_is(empty_postgres: str) -> None:
    """Tables are for the gateway to make; one that is not there is told with what to look at."""
    line = (await found(NOWHERE, database={"url": empty_postgres}))["gateway database"]
    assert (line.verdict, line.seen) == ("ok", "PostgreSQL answers")
    looking = PostgresDatabase(empty_postgres, SystemClock(), makes_tables=False)
    assert await looking.run(Statement("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")) == [
        [(0,)]
    ]
    await looking.close()
    line = (await found(NOWHERE, database={"url": f"{empty_postgres}_not"}))["gateway database"]
    assert (line.verdict, "AKASHCHAT_DATABASE_URL" in line.remedy) == ("failed", True)


@pytest.mark.parametrize(("key", "verdict"), [("", "warning"), ("my-key-1234", "ok")])
async def test_a_gateway_open_to_everybody_is_a_warning(key: str, verdict: str) -> None:
    """Unless it asks for a key."""
    lines = await found(NOWHERE, SERVER_ADDRESS="0.0.0.0:16571", BEARER_TOKEN=key)
    assert lines["gateway settings"].verdict == verdict
    assert "my-key-1234" not in lines["gateway settings"].seen


async def test_aliases_and_fallbacks_that_lead_nowhere(akash: Simulator) -> None:
    """Are named: a misspelt one is noticed only when it is needed."""
    models = {"aliases": {"gpt-4o": "DeepSeek-V3.2"}, "fallbacks": {"*": ["akash/AkashGen", "DeepSeek-V33"]}}
    line = (await found(akash.url, models=models))["gateway names"]
    assert (line.verdict, line.seen) == ("warning", "no upstream has DeepSeek-V33")


async def test_aliases_that_lead_to_models(akash: Simulator) -> None:
    """Are counted."""
    line = (await found(akash.url, models={"aliases": {"gpt-4o": "DeepSeek-V3.2"}}))["gateway names"]
    assert line.verdict == "ok"


async def test_names_are_not_judged_by_half_a_list() -> None:
    """An upstream that is away may have them."""
    line = (await found(NOWHERE, models={"aliases": {"gpt-4o": "DeepSeek-V3.2"}}))["gateway names"]
    assert (line.verdict, line.seen) == ("skipped", "not every upstream has told its models")
