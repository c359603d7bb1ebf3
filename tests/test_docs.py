"""The reference pages agree with the code."""

import pathlib
import tomllib

import pytest

from akashchat.settings import Settings, options
from scripts import reference

ROOT = pathlib.Path(__file__).parent.parent


@pytest.mark.parametrize("name", reference.PAGES)
def test_a_page_made_from_the_code_is_fresh(name):
    """What a reader finds about settings and errors is what the code does."""
    assert (ROOT / name).read_text("utf-8") == reference.PAGES[name](), f"{name} is stale: run `make docs`"


def test_the_environment_example_gives_the_defaults(tmp_path, monkeypatch):
    """Taking the # from every line of .env.example changes nothing."""
    told = tmp_path / "told.env"
    told.write_text(_uncommented(ROOT / ".env.example"), "utf-8")
    assert _settings(monkeypatch, tmp_path, env_file=told) == _settings(monkeypatch, tmp_path)


def test_the_toml_example_gives_the_defaults(tmp_path, monkeypatch):
    """Taking the # from every line of akashchat.example.toml changes nothing, and every setting is there."""
    told = _uncommented(ROOT / "akashchat.example.toml")
    names = {
        f"[{name}] {inner}" if inner else name
        for name, value in tomllib.loads(told).items()
        for inner in (value if value and isinstance(value, dict) else [""])
    }
    assert names == {option.toml for option in options()}
    defaults = _settings(monkeypatch, tmp_path)
    (tmp_path / "akashchat.toml").write_text(told, "utf-8")
    assert _settings(monkeypatch, tmp_path) == defaults


def test_every_setting_says_what_it_means():
    """No setting is a riddle."""
    for option in options():
        assert option.meaning.endswith("."), option.variable


def _uncommented(file: pathlib.Path) -> str:
    lines = file.read_text("utf-8").splitlines()
    return "\n".join(
        line[1:] if line.startswith("#") and not line.startswith("# ") else line for line in lines
    )


def _settings(monkeypatch, folder, env_file=None) -> Settings:
    """The settings as read in ``folder``, whatever the environment of the tests holds."""
    for option in options():
        monkeypatch.delenv(option.variable, raising=False)
    monkeypatch.delenv("AKASHCHAT_CONFIG", raising=False)
    monkeypatch.chdir(folder)
    return Settings(_env_file=env_file)
