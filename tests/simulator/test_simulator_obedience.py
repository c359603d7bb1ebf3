"""The simulator plays an obedient model: it calls tools and writes JSON where its instructions want it."""

import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from akashchat.simulator.obedience import example

SCHEMAS: list[dict[str, Any]] = [
    {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    {"type": "array", "minItems": 2, "items": {"type": "integer", "minimum": 7, "maximum": 9}},
    {"$defs": {"a": {"enum": ["x", "y"]}}, "type": "object", "properties": {"a": {"$ref": "#/$defs/a"}}},
    {"anyOf": [{"type": "boolean"}, {"type": "null"}]},
    {"type": ["null", "string"]},
    {"type": "string", "format": "date", "minLength": 3},
    {"const": 3},
    {"allOf": [{"type": "object", "properties": {"n": {"type": "number"}}}]},
]


@pytest.mark.parametrize("schema", SCHEMAS, ids=json.dumps)
def test_what_it_makes_fits(schema: dict[str, Any]) -> None:
    """A value for every ordinary schema, the same each time."""
    jsonschema.validate(example(schema), schema)
    assert example(schema) == example(schema)


def test_a_tree_ends() -> None:
    """A schema that holds itself is followed only so far."""
    tree = {"$defs": {"t": {"type": "array", "items": {"$ref": "#/$defs/t"}}}, "$ref": "#/$defs/t"}
    assert json.dumps(example(tree)).count("[") < 20


@given(
    st.recursive(st.none() | st.booleans() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3))
)
def test_nonsense_makes_something(schema: Any) -> None:
    """What is no schema is no trouble."""
    json.dumps(example(schema))
