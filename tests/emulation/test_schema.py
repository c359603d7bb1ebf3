"""Schemas of callers: what fits, what is mended, what is told, and what a hostile one may not do."""

import subprocess
import sys
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akashchat.emulation.schema import MAX_PATTERNS, compiled
from akashchat.errors import BadRequest

OBJECT: dict[str, Any] = {
    "type": "object",
    "properties": {
        "count": {"type": "integer"},
        "ratio": {"type": "number"},
        "on": {"type": "boolean"},
        "name": {"type": "string"},
        "maybe": {"type": ["string", "null"]},
        "list": {"type": "array", "items": {"type": "number"}},
        "unit": {"enum": ["celsius", "kelvin", 5]},
        "either": {
            "anyOf": [{"type": "integer"}, {"type": "object", "properties": {"x": {"type": "boolean"}}}]
        },
        "inner": {"$ref": "#"},
    },
    "additionalProperties": False,
}


@pytest.mark.parametrize(
    ("value", "fitted"),
    [
        ({"count": "5"}, {"count": 5}),
        ({"count": "5.0"}, {"count": 5}),
        ({"ratio": " 0.5 "}, {"ratio": 0.5}),
        ({"on": "True"}, {"on": True}),
        ({"name": 5}, {"name": "5"}),
        ({"name": True}, {"name": "true"}),
        ({"name": {"a": [1]}}, {"name": '{"a":[1]}'}),
        ({"name": None}, {}),
        ({"maybe": None}, {"maybe": None}),
        ({"list": "[1, 2]"}, {"list": [1, 2]}),
        ({"list": 7}, {"list": [7]}),
        ({"list": ["1", 2, "3"]}, {"list": [1, 2, 3]}),
        ({"unit": "Celsius "}, {"unit": "celsius"}),
        ({"unit": "5"}, {"unit": 5}),
        ({"either": "3"}, {"either": 3}),
        ({"either": {"x": "false"}}, {"either": {"x": False}}),
        ({"inner": '{"count": "2", "list": "[\\"1\\"]"}'}, {"inner": {"count": 2, "list": [1]}}),
        ('{"count": 1}', {"count": 1}),
        ({"count": 1, "other": 2}, {"count": 1}),
    ],
)
def test_what_is_clear_is_mended(value: Any, fitted: Any) -> None:
    """A slip of type has one way to be right."""
    found = compiled(OBJECT, "x").fit(value, strict=True)
    assert (found.value, found.wrong) == (fitted, ())


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ({"count": "five"}, 'count: "five" is not of type "integer"'),
        ({"count": 1.5}, 'count: 1.5 is not of type "integer"'),
        ({"inner": {"list": [{}]}}, 'inner.list[0]: {} is not of type "number"'),
        ({"unit": "rankine"}, 'unit: "rankine" is not one of'),
        ([], "the whole: [] is not of type"),
    ],
)
def test_what_is_not_is_told(value: Any, told: str) -> None:
    """With its place, in words that a model understands."""
    (wrong,) = compiled(OBJECT, "x").fit(value).wrong
    assert wrong.startswith(told)


def test_what_a_schema_rules_out_is_dropped_only_where_it_is_strict() -> None:
    """A field nobody knows may be what the caller wanted to see."""
    schema = compiled(OBJECT, "x")
    assert schema.fit({"other": 1}, strict=True).value == {}
    assert schema.fit({"other": 1}).wrong != ()


def test_a_value_is_not_changed_in_its_place() -> None:
    """The caller's own stays as it was."""
    value = {"list": ["1"]}
    assert compiled(OBJECT, "x").fit(value).value == {"list": [1]}
    assert value == {"list": ["1"]}


def test_many_faults_are_told_in_a_few_words() -> None:
    """And a value that is wrong all over is not mended at all."""
    found = compiled({"type": "array", "items": {"type": "integer"}}, "x").fit(["a"] * 1000)
    assert len(found.wrong) < 10
    assert sum(map(len, found.wrong)) < 3000


def nested(depth: int) -> dict[str, Any]:
    """A schema of this depth."""
    schema: dict[str, Any] = {}
    for _ in range(depth):
        schema = {"properties": {"a": schema}}
    return schema


def doubling(times: int) -> dict[str, Any]:
    """A schema each of whose parts refers to the next one twice."""
    parts: dict[str, Any] = {f"d{i}": {"allOf": [{"$ref": f"#/$defs/d{i + 1}"}] * 2} for i in range(times)}
    return {"$defs": {**parts, f"d{times}": {}}, "$ref": "#/$defs/d0"}


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "http://127.0.0.1:9/schema"},
        {"properties": {"a": {"$ref": "https://example.org/x#/y"}}},
        {"$ref": "file:///etc/passwd"},
        {"$schema": "http://127.0.0.1:9/meta"},
        {"$ref": "#/$defs/none"},
        {"type": "text"},
        {"properties": []},
        {"pattern": "("},
        {"pattern": "((a{900}){900}){900}"},
        {"allOf": [{"pattern": "a"}] * (MAX_PATTERNS + 1)},
        nested(400),
        nested(20_000),
        doubling(60),
    ],
    ids=range(13),
)
def test_what_is_no_schema_is_the_callers_fault(schema: dict[str, Any]) -> None:
    """Named by its place in the body; nothing is fetched, nothing takes long."""
    started = time.process_time()
    with pytest.raises(BadRequest) as raised:
        compiled(schema, "tools[2].function.parameters")
    assert raised.value.param == "tools[2].function.parameters"
    assert time.process_time() - started < 2


def test_a_schema_may_refer_to_itself() -> None:
    """A tree has no end, its values have."""
    tree = {"type": "object", "properties": {"next": {"$ref": "#"}}, "required": ["v"]}
    assert compiled(tree, "x").fit({"v": 1, "next": {"v": 2}}).wrong == ()
    assert compiled(tree, "x").fit({"v": 1, "next": {}}).wrong != ()
    for loop in ({"$ref": "#"}, {"allOf": [{"$ref": "#"}]}, {"not": {"not": {"$ref": "#"}}}):
        compiled(loop, "x").fit({"a": 1})


def test_a_pattern_has_a_budget() -> None:
    """A pattern that tries every way to fail is given up."""
    schema = compiled({"type": "string", "pattern": "^(?=a)(a+)+(?!b)$"}, "x")
    started = time.process_time()
    schema.fit("a" * 5_000 + "!")
    assert time.process_time() - started < 2


def test_a_large_schema_is_compiled() -> None:
    """A megabyte is much, and allowed."""
    schema = {"properties": {f"p{i}": {"type": "integer", "description": "x" * 40} for i in range(15_000)}}
    started = time.process_time()
    assert compiled(schema, "x").fit({"p7": "7"}).value == {"p7": 7}
    assert time.process_time() - started < 5


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.text(max_size=4)
        | st.sampled_from(["#", "object", "5"]),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["type", "properties", "items", "anyOf", "$ref", "enum", "required", "a", "pattern"]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    ).filter(lambda value: isinstance(value, dict)),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=4),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
        max_leaves=8,
    ),
)
def test_whatever_comes_is_a_schema_or_refused(schema: Any, value: Any) -> None:
    """And what was mended fits, or says why not."""
    try:
        found = compiled(schema, "x").fit(value, strict=True)
    except BadRequest:
        return
    if not found.wrong:
        assert compiled(schema, "x").fit(found.value).wrong == ()


def test_a_gateway_without_schemas_does_not_load_the_library() -> None:
    """Ten megabytes are paid by whoever needs them."""
    program = "import akashchat.app, sys; raise SystemExit('jsonschema_rs' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
