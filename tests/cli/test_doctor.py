"""``akashchat doctor``, as a shell calls it."""

import json
import socket

import pytest
from typer.testing import CliRunner, Result

from akashchat.cli import cli
from akashchat.settings import options


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch, tmp_path):
    """Whatever the environment of the tests holds, the gateway has its defaults, and an Akash that is away."""
    for option in options():
        monkeypatch.delenv(option.variable, raising=False)
    monkeypatch.delenv("AKASHCHAT_CONFIG", raising=False)
    monkeypatch.setenv("AKASHCHAT_STORAGE_PATH", ":memory:")
    monkeypatch.setenv("AKASH_BASE_URL", "http://no..such..name")
    monkeypatch.chdir(tmp_path)


def doctor(*arguments: str) -> Result:
    """What the command does."""
    return CliRunner().invoke(cli, ["doctor", *arguments])


def test_a_failure_is_told_with_its_remedy_and_by_the_exit_code():
    """One line a check, what to do below it, a count at the end."""
    result = doctor()
    assert result.exit_code == 1
    lines = result.output.splitlines()
    assert any(line.startswith("failed  akash      name ") for line in lines)
    assert any(line.startswith("        → Check `AKASH_BASE_URL`") for line in lines)
    assert lines[-1] == "2 ok, 1 failed, 10 skipped"


def test_programs_get_one_json_object():
    """And nothing else."""
    result = doctor("--json")
    assert result.exit_code == 1
    report = json.loads(result.stdout)
    assert report["ok"] is False
    (name,) = [one for one in report["checks"] if one["check"] == "name"]
    assert (name["subject"], name["verdict"]) == ("akash", "failed")
    assert name.keys() == {"subject", "check", "verdict", "seen", "remedy", "seconds"}


def test_settings_that_cannot_be_used(monkeypatch):
    """Are the first line and the last one: nobody knows what else to look at."""
    monkeypatch.setenv("AKASHCHAT_STRIKT", "true")
    result = doctor()
    assert result.exit_code == 1
    assert "failed  gateway    settings   AKASHCHAT_STRIKT: there is no such setting" in result.output


def test_nothing_that_fails_is_a_success(monkeypatch):
    """With everything switched off but a key, there is nothing that could fail."""
    monkeypatch.setenv("AKASHCHAT_AKASH_ENABLED", "false")
    with socket.create_server(("127.0.0.1", 0)):
        assert doctor().exit_code == 1  # no upstream is one failure
