"""The model list, in the two shapes it has had and those in between."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akashchat.errors import ProtocolError
from akashchat.model.catalogue import Model
from akashchat.simulator import CATALOGUE
from akashchat.simulator.catalogue import list_models
from akashchat.upstreams.akash.models import read_models


def read(*rows: Any) -> tuple[Model, ...]:
    """The models in these rows."""
    return read_models(json.dumps(rows).encode(), "akash")


def only(**row: Any) -> Model:
    """The model of one row."""
    (model,) = read({"id": "m"} | row)
    return model


@pytest.mark.parametrize("dialect", ["old", "new"])
def test_both_shapes_tell_the_same(dialect: str) -> None:
    """Camel case and numbers, or snake case and numbers as text: the same models come of it."""
    models = read(*list_models(CATALOGUE, dialect))
    offered = [row for row in CATALOGUE if dialect in row.dialects and row.available]
    assert [model.id for model in models] == [row.id for row in offered]
    for model, row in zip(models, offered, strict=True):
        assert (model.temperature, model.top_p) == (float(row.temperature), float(row.top_p))
        assert model.context_window == row.token_limit
        assert (model.name, model.architecture, model.hf_repo) == (row.name, row.architecture, row.hf_repo)
        assert model.about_content
        assert model.info_content
        assert model.thumbnail_id == row.thumbnail_id
        assert model.draws == row.draws
        assert model.upstream == "akash"


def test_the_new_shape_tells_more() -> None:
    """Who owns a model, since when it is there, and what its maker calls it."""
    model = only(api_id="meta/llama", owned_by="meta", created_at="2025-09-19T12:00:00.000Z")
    assert (model.api_id, model.owned_by, model.created) == ("meta/llama", "meta", 1758283200)
    assert (only().api_id, only().owned_by, only().created) == (None, "akash", 0)


def test_the_list_may_come_in_an_object() -> None:
    """As older clients expect it, and as the new app's other list comes, whose ``id`` is a database's key."""
    row = {"id": "3f0c…", "model_id": "a/b", "user_has_access": True}
    (model,) = read_models(json.dumps({"models": [row], "user_tier": "permissionless"}).encode(), "akash")
    assert model.id == "a/b"


@pytest.mark.parametrize(("available", "kept"), [(True, 1), (False, 0), (None, 1), ("false", 1), (0, 1)])
def test_only_what_is_plainly_unavailable_is_left_out(available: object, kept: int) -> None:
    """A missing word is no refusal."""
    assert len(read({"id": "m", "available": available})) == kept
    assert len(read({"id": "m"})) == 1


@pytest.mark.parametrize("row", [{}, {"id": None}, {"id": ""}, {"id": 1}, {"model_id": []}, None, "m", []])
def test_rows_without_an_id_are_passed_over(row: object) -> None:
    """One broken row does not cost the others."""
    assert [model.id for model in read(row, {"id": "m"})] == ["m"]


def test_a_model_listed_twice_is_one() -> None:
    """The later row counts."""
    assert [(model.id, model.name) for model in read({"id": "m", "name": "a"}, {"id": "m", "name": "b"})] == [
        ("m", "b")
    ]


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (0.6, 0.6),
        ("0.60", 0.6),
        (0, 0.0),
        ("", None),
        ("warm", None),
        (None, None),
        (True, None),
        ([], None),
        ("inf", None),
        ("nan", None),
        (1e300, None),
    ],
)
def test_numbers(value: object, number: float | None) -> None:
    """As numbers or as text; what is none is not told."""
    assert only(temperature=value, top_p=value).temperature == number
    assert only(temperature=value, top_p=value).top_p == number


@pytest.mark.parametrize(
    ("value", "window"), [(128000, 128000), ("64000", 64000), (0, None), (-1, None), (None, None), (1.5, 1)]
)
def test_context_windows(value: object, window: int | None) -> None:
    """A limit of nothing is no limit."""
    assert only(token_limit=value).context_window == window
    assert only(tokenLimit=value).context_window == window


@pytest.mark.parametrize("moment", ["yesterday", "", 5, None, "0001-01-01T00:00:00", "9999-12-31T23:59:59Z"])
def test_strange_moments(moment: object) -> None:
    """A date nobody can read is no date, and none is before the epoch."""
    assert only(created_at=moment).created >= 0


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"{}", b'{"models": null}', b"null", b"1", b'"x"', b"\xff", b"[" * 10**5]
)
def test_what_is_no_list_is_a_fault(body: bytes) -> None:
    """Then there is no list; an empty one is one."""
    with pytest.raises(ProtocolError):
        read_models(body, "akash")
    assert read_models(b"[]", "akash") == ()


NAMES = sorted({*list_models(CATALOGUE, "old")[0], *list_models(CATALOGUE, "new")[0], "topP", "models"})
VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=2),
    max_leaves=3,
)


@given(st.lists(st.dictionaries(st.sampled_from(NAMES), VALUES), max_size=3))
def test_no_list_is_a_fault_of_the_gateway(rows: list[dict[str, Any]]) -> None:
    """Whatever stands in the fields, there are models or an error of ours, and all text can be sent on."""
    try:
        models = read(*rows)
    except ProtocolError:
        return
    for model in models:
        assert model.id
        assert f"{model.name}{model.description}{model.about_content}{model.owned_by}".encode()
