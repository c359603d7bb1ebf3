"""``akashchat doctor``, as a shell calls it."""

import json
import subprocess
import sys

import pytest


@pytest.fixture(autouse=True)
def _away(_nothing_set, monkeypatch):
    """The gateway has its defaults, and an Akash that is away."""
    monkeypatch.setenv("AKASHCHAT_STORAGE_PATH", ":memory:")
    monkeypatch.setenv("AKASH_BASE_URL", "http://no..such..name")


def doctor(*arguments: str) -> subprocess.CompletedProcess[str]:
    """What the command does, in a process of its own: it sets up the logs."""
    command = [sys.executable, "-m", "akashchat", "doctor", *arguments]
    return subprocess.run(command, check=False, capture_output=True, encoding="utf-8")


def test_a_failure_is_told_with_its_remedy_and_by_the_exit_code():
    """One line a check, what to do below it, a count at the end."""
    result = doctor()
    assert result.returncode == 1
    lines = result.stdout.splitlines()
    assert any(line.startswith("failed  akash      name ") for line in lines)
    assert any(line.startswith("        → Check `AKASH_BASE_URL`") for line in lines)
    assert lines[-1] == "2 ok, 1 failed, 10 skipped"


def test_programs_get_one_json_object():
    """And nothing else."""
    result = doctor("--json")
    assert result.returncode == 1
    report = json.loads(result.stdout)
    assert report["ok"] is False
    (name,) = [one for one in report["checks"] if one["check"] == "name"]
    assert (name["subject"], name["verdict"]) == ("akash", "failed")
    assert name.keys() == {"subject", "check", "verdict", "seen", "remedy", "seconds"}


def test_settings_that_cannot_be_used(monkeypatch):
    """Are the first line and the last one: nobody knows what else to look at."""
    monkeypatch.setenv("AKASHCHAT_STRIKT", "true")
    result = doctor()
    assert result.returncode == 1
    assert "failed  gateway    settings   AKASHCHAT_STRIKT: there is no such setting" in result.stdout


def test_without_any_upstream_nothing_is_well(monkeypatch):
    """Though nothing that was looked at is broken."""
    monkeypatch.setenv("AKASHCHAT_AKASH_ENABLED", "false")
    assert doctor().returncode == 1
