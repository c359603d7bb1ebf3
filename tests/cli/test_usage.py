"""``akashchat usage``, as a shell calls it."""

import asyncio
import csv
import io
import json
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from akashchat.cli import cli
from akashchat.cli.sparkline import sparkline
from akashchat.clock import SystemClock
from akashchat.storage.ledger import StoredLedger
from akashchat.storage.rows import LedgerRow
from akashchat.storage.sqlite import SqliteDatabase
from tests.support.ledger import row

RUNNER = CliRunner()


@pytest.fixture
def ledger(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A file with three answers of today, and one of long ago."""
    file = tmp_path / "akashchat.db"
    monkeypatch.setenv("AKASHCHAT_STORAGE_PATH", str(file))
    monkeypatch.setenv("COLUMNS", "160")
    now = time.time()
    rows = [
        row(at=now - 60),
        row(at=now - 60),
        row(at=now - 60, true_model="Qwen", key="", cost=None, outcome="failed"),
        row(at=now - 40 * 86_400),
    ]
    asyncio.run(_write(str(file), rows))


async def _write(file: str, rows: list[LedgerRow]) -> None:
    database = SqliteDatabase(file, SystemClock())
    await StoredLedger(database).write(rows, [])
    await database.close()


def usage(*arguments: str) -> Result:
    """The command with these."""
    return RUNNER.invoke(cli, ["usage", *arguments])


@pytest.mark.usefixtures("ledger")
def test_it_is_a_table() -> None:
    """The most used first, all of it last, and bars that tell of the days."""
    shown = usage("--by", "model")
    assert shown.exit_code == 0
    head, first, second, last = shown.output.splitlines()
    assert head.split()[:5] == ["model", "requests", "errors", "input", "output"]
    assert first.split()[:6] == ["DeepSeek-V3.2", "2", "0", "200", "40", "$1.0000"]
    assert second.split()[:5] == ["Qwen", "1", "1", "100", "20"]
    assert last.split()[:6] == ["all", "3", "1", "300", "60", "$1.0000"]
    assert first.split()[-1] == last.split()[-1] == "█"
    assert "0.25 s" in first
    assert usage("--by", "key").output.splitlines()[2].startswith(" –")


@pytest.mark.usefixtures("ledger")
def test_times_and_names_are_chosen() -> None:
    """How far back, until when, and of what alone."""
    assert len(usage("--since", "60d").output.splitlines()) == 4
    assert len(usage().output.splitlines()) == 3
    shown = usage("--model", "Qwen", "--by", "outcome").output.splitlines()
    assert shown[1].split()[:3] == ["failed", "1", "1"]
    for nothing in (("--until", "1d"), ("--upstream", "mine"), ("--key", "k"), ("--user", "u")):
        assert usage(*nothing).output == "Nothing was asked in that time.\n"


@pytest.mark.usefixtures("ledger")
def test_programs_read_it_too() -> None:
    """As JSON, like the gateway's own reply, and as CSV."""
    told = json.loads(usage("--json", "--by", "model").output)
    assert (told["object"], told["total"]["requests"], told["data"][0]["model"]) == (
        "usage",
        3,
        "DeepSeek-V3.2",
    )
    rows = list(csv.DictReader(io.StringIO(usage("--csv", "--by", "model").output)))
    assert [(one["model"], one["requests"], one["cost"]) for one in rows] == [
        ("DeepSeek-V3.2", "2", "1.0"),
        ("Qwen", "1", ""),
    ]
    assert rows[0]["first_event_ms_p50"] == "249.5"


def test_no_text_of_a_sheet_is_a_formula(ledger: None, tmp_path: Path) -> None:
    """Whose name it is has been chosen by somebody else; a wide sign counts too."""
    users = ("=1+1", "＝1+1", "@SUM(A1)", "-1", "\n=1", "ann=1")
    rows = [row(at=time.time() - 60, request_id=user, user=user) for user in users]
    asyncio.run(_write(str(tmp_path / "akashchat.db"), rows))
    shown = csv.DictReader(io.StringIO(usage("--csv", "--by", "user").output, newline=""))
    named = {one["user"] for one in shown}
    assert named >= {"'=1+1", "'＝1+1", "'@SUM(A1)", "'-1", "'\n=1", "ann=1"}
    assert not named & set(users[:-1])


def test_mistakes_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be read, and a ledger that is nowhere."""
    assert usage("--since", "soon").exit_code == 2
    assert usage("--by", "nothing").exit_code == 2
    monkeypatch.setenv("AKASHCHAT_STORAGE_PATH", ":memory:")
    assert (usage().exit_code, usage("--json").exit_code) == (1, 1)


def test_bars() -> None:
    """The highest is the greatest, nothing is nothing, and too many share."""
    assert sparkline([]) == ""
    assert sparkline([0, 0]) == "  "
    assert sparkline([0, 1, 50, 100]) == " ▁▅█"
    assert sparkline([1, 1, 3, 3], width=2) == "▃█"
