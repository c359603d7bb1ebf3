"""The commands, as a shell calls them."""

import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from akashchat import __version__
from akashchat.cli import cli
from akashchat.cli.serving.announcement import announce
from akashchat.settings import Settings
from akashchat.settings.upstreams import AkashMLSettings, AkashSettings, KeyedSettings

RUNNER = CliRunner()


def test_help_names_every_command_and_what_it_does() -> None:
    """One line each."""
    shown = RUNNER.invoke(cli, ["--help"]).output
    for name in (
        "serve",
        "chat",
        "image",
        "models",
        "keys",
        "tail",
        "doctor",
        "demo",
        "simulate",
        "replay",
        "version",
    ):
        assert f" {name} " in shown


def test_the_version() -> None:
    """Alone, so that scripts can read it."""
    assert RUNNER.invoke(cli, ["version"]).output == f"{__version__}\n"


def test_what_is_served_says_which_upstreams_are_asked(capsys: pytest.CaptureFixture[str]) -> None:
    """All of them, in their order, and no key."""
    mine = KeyedSettings(base_url="http://localhost:8000/v1", key=SecretStr("s3cret"), order=3)
    announce(Settings(akashml=AkashMLSettings(key=SecretStr("akml-1")), upstreams={"mine": mine}), 16571)
    shown = capsys.readouterr().out
    places = [line.split(maxsplit=1)[1] for line in shown.splitlines() if "upstream" in line]
    assert places == [
        "https://chat.akash.network",
        "https://api.akashml.com/v1 (akashml)",
        "http://localhost:8000/v1 (mine)",
    ]
    assert "s3cret" not in shown
    alone = Settings(akash=AkashSettings(enabled=False), upstreams={"mine": mine})
    announce(alone, 16571)
    assert "akash.network" not in capsys.readouterr().out


def test_a_capture_is_played(tmp_path: Path) -> None:
    """Line by line; a file that cannot be read is told."""
    file = tmp_path / "answer"
    file.write_bytes(b'0:"Hi"\nz:1\nd:{"finishReason":"length"}\n')
    result = RUNNER.invoke(cli, ["replay", str(file)])
    assert result.exit_code == 0
    assert result.output.splitlines()[1::2] == ["TextDelta(text='Hi')", "strange: unknown_code, code z"]
    assert RUNNER.invoke(cli, ["replay", str(tmp_path / "nothing")]).exit_code == 2


def test_serving_begins_with_who_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    """All upstreams, and none that is not asked."""
    mine = {"mine": {"base_url": "http://localhost:8000/v1"}}
    announce(Settings(upstreams=mine), 1)
    announce(Settings(upstreams=mine, akash={"enabled": False}), 1)
    asked = [line.split()[1] for line in capsys.readouterr().out.splitlines() if "  upstream " in line]
    assert asked == ["https://chat.akash.network", "http://localhost:8000/v1", "http://localhost:8000/v1"]


def test_a_command_that_is_none() -> None:
    """Is an error, and no traceback."""
    result = RUNNER.invoke(cli, ["nonsense"])
    assert result.exit_code == 2
    assert "No such command" in result.output


@pytest.mark.parametrize(
    "heavy",
    ["aiohttp", "akashchat.simulator", "akashchat.server.openapi.document", "opentelemetry", "python_socks"],
)
def test_serving_does_not_wait_for_what_it_does_not_need(heavy: str) -> None:
    """Stand-ins come with the commands that start them, a library with its first use, the API's description too."""
    code = f"import sys, akashchat.app, akashchat.cli.serve; sys.exit({heavy!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
