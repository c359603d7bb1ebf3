"""The unit of systemd, judged by systemd, and its file of settings, read as the gateway reads it."""

import configparser
import pathlib

import pytest
from dotenv import dotenv_values

from akashchat.settings import Settings, options
from tests.deploy.conftest import Lint

ROOT = pathlib.Path(__file__).parents[2]
FOLDER = ROOT / "deploy" / "systemd"
COMMAND = "/opt/akashchat/bin/akashchat"


@pytest.fixture
def unit(tmp_path) -> pathlib.Path:
    """The unit, with a command that this machine has."""
    command = tmp_path / "akashchat"
    command.write_text("#!/bin/sh\n", "utf-8")
    command.chmod(0o755)
    copy = tmp_path / "akashchat.service"
    text = (FOLDER / copy.name).read_text("utf-8")
    assert f"ExecStart={COMMAND} serve\n" in text
    copy.write_text(text.replace(f"ExecStart={COMMAND}", f"ExecStart={command}"), "utf-8")
    return copy


def test_systemd_knows_every_word(unit, lint: Lint):
    """Nothing in it is misspelt, and nothing passed over."""
    said = lint("systemd-analyze", "verify", "--man=no", "--recursive-errors=no", unit)
    assert unit.name not in said  # of other units of this machine it may say what it likes


def test_it_may_do_little(unit, lint: Lint):
    """Of ten points of exposure it has less than two: what is left is the network, which it is for."""
    lint("systemd-analyze", "security", "--no-pager", "--offline=true", "--threshold=20", unit)


def test_running_answers_may_end():
    """Systemd waits longer than the gateway does."""
    unit = configparser.RawConfigParser(strict=False)
    unit.optionxform = str
    unit.read(FOLDER / "akashchat.service", "utf-8")
    patience = Settings.model_fields["server"].default.shutdown_s
    assert unit.getint("Service", "TimeoutStopSec") > patience


def test_the_settings_can_be_used(monkeypatch, tmp_path):
    """The file is copied as it is, and the gateway starts for this machine alone."""
    for option in options():
        monkeypatch.delenv(option.variable, raising=False)
    monkeypatch.chdir(tmp_path)
    file = FOLDER / "akashchat.env"
    assert {*dotenv_values(file)} <= {option.variable for option in options()}
    assert Settings(_env_file=file).server_address == "127.0.0.1:16571"
