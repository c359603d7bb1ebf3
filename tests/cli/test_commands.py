"""The commands, as a shell calls them."""

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from akashchat import __version__
from akashchat.cli import cli

RUNNER = CliRunner()


def test_help_names_every_command_and_what_it_does() -> None:
    """One line each."""
    shown = RUNNER.invoke(cli, ["--help"]).output
    for name in ("serve", "doctor", "demo", "simulate", "version"):
        assert f" {name} " in shown


def test_the_version() -> None:
    """Alone, so that scripts can read it."""
    assert RUNNER.invoke(cli, ["version"]).output == f"{__version__}\n"


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
