"""``akashchat keys``: straight in the database, while the gateway runs and when it does not."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from akashchat.cli import cli
from akashchat.simulator import Simulator
from tests.support.clock import HastyClock
from tests.support.gateway import running
from tests.support.http import call

RUNNER = CliRunner()


@pytest.fixture(autouse=True)
def database(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """A file of this test's."""
    path = str(tmp_path / "akashchat.db")
    monkeypatch.setenv("AKASHCHAT_STORAGE_PATH", path)
    return path


def keys(*words: str) -> Result:
    """What the command does."""
    return RUNNER.invoke(cli, ["keys", *words])


def told(*words: str) -> Any:
    """The same as JSON."""
    result = keys(*words, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_the_key_stands_alone_on_standard_output() -> None:
    """So that a shell can take it; what else there is to say stands beside."""
    result = keys("issue", "ci", "--model", "DeepSeek-*")
    assert result.exit_code == 0
    (key,) = result.stdout.splitlines()
    assert key.startswith("ak-")
    assert len(key) == 43
    assert "DeepSeek-*" in result.stderr
    assert key not in result.stderr
    assert key not in keys("list").output + keys("show", "ci").output + keys("list", "--json").output


def test_a_key_is_issued_as_wished() -> None:
    """With all the options there are."""
    wished = told(
        "issue", "ci", "--admin", "--model", "a", "--model", "b-*", "--dialect", "chat", "--upstream", "akash",
        "--requests-per-minute", "60", "--tokens-per-minute", "50_000", "--tokens-per-day", "500k",
        "--tokens-per-month", "2M", "--concurrency", "3", "--expires", "2099-01-31T12:00:00+00:00", "--note", "x y",
    )  # fmt: skip
    assert wished["admin"]
    assert wished["scope"] == {"models": ["a", "b-*"], "dialects": ["chat"], "upstreams": ["akash"]}
    assert wished["allowance"] == {
        "requests_per_minute": 60,
        "tokens_per_minute": 50_000,
        "tokens_per_day": 500_000,
        "tokens_per_month": 2_000_000,
        "concurrency": 3,
    }
    assert (wished["expires_at"], wished["note"]) == (4_073_544_000, "x y")
    assert told("show", "ci") == {name: value for name, value in wished.items() if name != "key"}


def test_what_is_not_named_stays() -> None:
    """And what is named can be taken away."""
    made = told("issue", "ci", "--model", "a", "--dialect", "chat", "--concurrency", "3", "--expires", "30d")
    edited = told(
        "edit", "ci", "--model", "", "--concurrency", "none", "--expires", "never", "--name", "cd", "--admin"
    )
    assert edited["scope"] == {"models": [], "dialects": ["chat"], "upstreams": []}
    assert (edited["allowance"]["concurrency"], edited["expires_at"]) == (None, None)
    assert (edited["id"], edited["name"], edited["admin"]) == (made["id"], "cd", True)
    assert not told("edit", made["id"], "--no-admin")["admin"]


def test_a_key_is_named_by_what_one_has_of_it() -> None:
    """Its id, its name, its first letters, or all of them."""
    made = told("issue", "ci")
    for which in (made["id"], "ci", made["prefix"], made["key"]):
        assert told("show", which)["id"] == made["id"]
    other = told("issue", "ci")
    result = keys("show", "ci")
    assert result.exit_code == 2
    assert made["id"] in result.output
    told("revoke", other["id"])
    assert told("show", "ci")["id"] == made["id"]
    assert keys("show", "nobody").exit_code == 1


def test_a_key_is_rotated_and_revoked() -> None:
    """A revoked one is listed only on demand, and gets no new text."""
    made = told("issue", "ci")
    rotated = keys("rotate", "ci").stdout.strip()
    assert rotated.startswith("ak-")
    assert rotated != made["key"]
    assert told("revoke", "ci")["revoked_at"] is not None
    assert told("list") == []
    assert [key["id"] for key in told("list", "--all")] == [made["id"]]
    assert "revoked" in keys("list", "--all").output
    assert keys("rotate", "ci").exit_code == 2


@pytest.mark.parametrize(
    "words",
    [
        ("issue",),
        ("issue", " ci"),
        ("issue", "bearer"),
        ("issue", "ci", "--tokens-per-day", "many"),
        ("issue", "ci", "--tokens-per-day", "0"),
        ("issue", "ci", "--expires", "soon"),
        ("issue", "ci", "--expires", "1999-01-01"),
        ("edit", "ci"),
        ("lend", "ci"),
    ],
)
def test_a_mistake_is_told_and_nothing_done(words: tuple[str, ...]) -> None:
    """With the exit code of mistakes."""
    assert keys(*words).exit_code == 2
    assert told("list", "--all") == []


def test_a_database_in_memory_is_the_gateways_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that nobody would ever know is not issued."""
    monkeypatch.setenv("AKASHCHAT_STORAGE_PATH", ":memory:")
    result = keys("issue", "ci")
    assert result.exit_code == 1
    assert "/admin/keys" in result.output


def test_a_database_that_is_away_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a traceback, and without its password."""
    monkeypatch.setenv("AKASHCHAT_DATABASE_URL", "postgresql://me:s3cret@127.0.0.1:9/none")
    result = keys("list")
    assert result.exit_code == 1
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert "s3cret" not in result.output


async def test_a_running_gateway_knows_the_key(akash: Simulator, database: str) -> None:
    """The first one closes its door, and one that is revoked opens nothing any more."""
    clock = HastyClock()
    async with running(akash.url, clock, storage={"path": database}) as url:
        assert (await call("GET", f"{url}/v1/models")).status == 200
        made = await asyncio.to_thread(told, "issue", "ci")
        held = {"authorization": f"Bearer {made['key']}"}
        assert (await call("GET", f"{url}/v1/models", headers=held)).status == 200
        assert (await call("GET", f"{url}/v1/models")).status == 401
        await asyncio.to_thread(told, "revoke", "ci")
        await clock.advance(5)
        assert (await call("GET", f"{url}/v1/models", headers=held)).status == 401
