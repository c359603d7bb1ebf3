"""The commands, as a shell calls them."""

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from akashchat import __version__
from akashchat.cli import cli

RUNNER = CliRunner()


def test_help_names_every_command_and_what_it_does() -> None:
    """One line each."""
    shown = RUNNER.invoke(cli, ["--help"]).output
    for name in ("serve", "demo", "simulate", "replay", "version"):
        assert f" {name} " in shown


def test_the_version() -> None:
    """Alone, so that scripts can read it."""
    assert RUNNER.invoke(cli, ["version"]).output == f"{__version__}\n"


def test_a_capture_is_played(tmp_path: Path) -> None:
    """Line by line; a file that cannot be read is told."""
    file = tmp_path / "answer"
    file.write_bytes(b'0:"Hi"\nz:1\nd:{"finishReason":"length"}\n')
    result = RUNNER.invoke(cli, ["replay", str(file)])
    assert result.exit_code == 0
    assert result.output.splitlines()[1::2] == ["TextDelta(text='Hi')", "strange: unknown_code, code z"]
    assert RUNNER.invoke(cli, ["replay", str(tmp_path / "nothing")]).exit_code == 2


def test_a_command_that_is_none() -> None:
    """Is an error, and no traceback."""
    result = RUNNER.invoke(cli, ["nonsense"])
    assert result.exit_code == 2
    assert "No such command" in result.output


@pytest.mark.parametrize("heavy", ["aiohttp", "akashchat.simulator"])
def test_serving_does_not_wait_for_what_it_does_not_need(heavy: str) -> None:
    """The stand-in for Akash and what it is made of come with the commands that start it."""
    code = f"import sys, akashchat.cli.serve; sys.exit({heavy!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
