"""Tables of aliases, refused at the start where they lead astray."""

import pytest

from akashchat.settings import BadSettings, load
from akashchat.settings.aliases import checked


@pytest.mark.parametrize(
    "table",
    [
        {},
        {"a": "b"},
        {"claude-*": "b", "gpt*": "b"},
        {"*": "b", "b": "b"},
        {"a": "b", "c": "b"},
    ],
)
def test_good_tables(table: dict[str, str]) -> None:
    """Every name leads to a model in one step."""
    assert checked(table) == table


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ({"a": "b", "b": "c"}, "an alias itself"),
        ({"a": "b", "b": "a"}, "an alias itself"),
        ({"*": "b"}, "fits a pattern"),
        ({"a": "gpt-4", "gpt*": "b"}, "fits a pattern"),
        ({"a": "b*"}, "one model"),
        ({"": "b"}, "empty"),
        ({"a": " "}, "empty"),
    ],
)
def test_bad_tables(table: dict[str, str], reason: str) -> None:
    """The message says which name is wrong and why."""
    with pytest.raises(ValueError, match=reason):
        checked(table)


@pytest.mark.parametrize("written", ['{"a": "b", "b": "c"}', '{"a": 1}', '["a"]', "{", "a=b"])
def test_a_bad_table_stops_the_start(
    written: str, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """As any setting that cannot be used."""
    monkeypatch.chdir(tmp_path_factory.mktemp("empty"))
    monkeypatch.setenv("AKASHCHAT_MODELS_ALIASES", written)
    with pytest.raises(BadSettings):
        load()


def test_both_ways_to_set_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """As a JSON object in the environment, as a table in TOML."""
    folder = tmp_path_factory.mktemp("set")
    monkeypatch.chdir(folder)
    (folder / "akashchat.toml").write_text('[models.aliases]\n"claude-*" = "DeepSeek-V3.2"\n', "utf-8")
    assert load().models.aliases == {"claude-*": "DeepSeek-V3.2"}
    monkeypatch.setenv("AKASHCHAT_MODELS_ALIASES", '{"gpt-4o": "DeepSeek-V3.2"}')
    assert load().models.aliases["gpt-4o"] == "DeepSeek-V3.2"
