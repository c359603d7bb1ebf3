"""Other names for models."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akashchat.model.aliases import NO_ALIASES, Aliases
from akashchat.model.catalogue import Catalogue, Model

TABLE = {"gpt-4o-mini": "A", "gpt-*": "B", "gpt-4*": "A", "*-sonnet-*": "C", "gpt-oss": "gpt-oss", "a.c": "A"}
CATALOGUE = Catalogue(
    tuple(Model(id=name, name=name, upstream="akash") for name in ("A", "B", "gpt-oss")), stale=True
)


@pytest.mark.parametrize(("name", "model"), [
    ("gpt-4o-mini", "A"), ("gpt-4o", "A"), ("gpt-3.5", "B"), ("gpt-", "B"), ("gpt-oss", "gpt-oss"), ("A", "A"),
    ("claude-sonnet-4", "C"), ("x\ny-sonnet-\n", "C"), ("abc", "abc"), ("GPT-4", "GPT-4"), ("", ""),
    ("gpt-" + "x" * 300, "gpt-" + "x" * 300),
])  # fmt: skip
def test_a_name_stands_for_a_model(name: str, model: str) -> None:
    """Whole names go first, then the longest pattern; what is no alias stands for itself."""
    assert Aliases(TABLE).resolve(name) == model


@given(st.text())
def test_without_aliases_every_name_is_its_own(name: str) -> None:
    """Nothing is changed where nothing was set."""
    assert NO_ALIASES.resolve(name) == name


def test_whole_names_are_listed() -> None:
    """Each with the model's own facts, and whose other name it is; patterns and lost models are not."""
    shown = Aliases({**TABLE, "lost": "nowhere"}).add_to(CATALOGUE)
    assert [(model.id, model.alias_of) for model in shown.models] == [
        ("A", ""), ("B", ""), ("gpt-oss", ""), ("gpt-4o-mini", "A"), ("a.c", "A"),
    ]  # fmt: skip
    assert shown.stale
    assert NO_ALIASES.add_to(CATALOGUE) is CATALOGUE


def test_an_alias_may_take_a_models_name() -> None:
    """Then it is listed once, as what it is."""
    shown = Aliases({"B": "A"}).add_to(CATALOGUE)
    assert [(model.id, model.alias_of) for model in shown.models] == [("A", ""), ("gpt-oss", ""), ("B", "A")]


def test_a_name_that_fits_a_pattern_can_be_looked_up() -> None:
    """It has an entry when asked for, and none where its model is not there."""
    aliases = Aliases(TABLE)
    found = aliases.find(CATALOGUE, "gpt-5")
    assert found is not None
    assert (found.id, found.alias_of) == ("gpt-5", "B")
    assert aliases.find(CATALOGUE, "a-sonnet-b") is None
    assert aliases.find(CATALOGUE, "A") is CATALOGUE.models[0]
