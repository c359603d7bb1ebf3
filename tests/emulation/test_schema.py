"""Schemas of callers: what fits, what is mended, what is told, and what a hostile one may not do."""

import subprocess
import sys
import time
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from akashchat.emulation.burden import MAX_PATTERNS
from akashchat.emulation.schema import compiled
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


@pytest.mark.parametrize("loop", [{"$ref": "#"}, {"allOf": [{"$ref": "#"}]}, {"not": {"not": {"$ref": "#"}}}])
def test_a_schema_may_not_mean_itself(loop: dict[str, Any]) -> None:
    """What refers to itself for the same value says nothing, and need never end."""
    with pytest.raises(BadRequest, match="refers to itself"):
        compiled(loop, "x")


def doubling_by(form: str, times: int) -> dict[str, Any]:
    """The same, with references of another form to the next part."""
    parts: dict[str, Any] = {
        f"d{i}": {"$anchor": f"d{i}", "allOf": [{"$ref": form.format(i + 1)}] * 2} for i in range(times)
    }
    return {"$defs": {**parts, f"d{times}": {"$anchor": f"d{times}"}}, "$ref": form.format(0)}


@pytest.mark.parametrize("form", ["#/$defs/d{}", "#/%24defs/d{}", "#/%24%64efs/d{}", "#d{}"])
def test_a_reference_is_followed_however_it_is_written(form: str) -> None:
    """A few steps of doubling are a schema; thirty would take the process."""
    assert compiled(doubling_by(form, 5), "x").fit(1).wrong == ()
    with pytest.raises(BadRequest, match="too many checks"):
        compiled(doubling_by(form, 29), "x")


@pytest.mark.parametrize(
    ("schema", "told"),
    [
        ({"$defs": {"a": {"$id": "b"}}, "$ref": "b"}, "only at its top: allowed are '#'"),
        ({"$ref": "b"}, "is not fetched"),
        ({"$ref": "https://json-schema.org/draft/2020-12/schema"}, "is not fetched"),
        ({"$dynamicRef": "#a", "$defs": {"a": {"$dynamicAnchor": "a"}}}, "'$dynamicRef' may only be '#'"),
        ({"$recursiveRef": "#/a"}, "'$recursiveRef' may only be '#'"),
        ({"$ref": "#/$defs/a%2Fb", "$defs": {"a": {"b": {}}}}, "two ways"),
        ({"$ref": "#a"}, "no anchor 'a'"),
        ({"$ref": "#a", "$defs": {"x": {"$anchor": "a"}, "y": {"$anchor": "a"}}}, "there twice"),
    ],
    ids=range(8),
)
def test_a_reference_that_cannot_be_followed_is_refused(schema: dict[str, Any], told: str) -> None:
    """And the refusal says what is allowed."""
    with pytest.raises(BadRequest) as raised:
        compiled(schema, "x")
    assert told in raised.value.message


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#/$defs/a~1b", "$defs": {"a/b": {"type": "integer"}}},
        {"$ref": "#/allOf/0", "allOf": [{"type": "integer"}]},
        {"$ref": "#n", "$defs": {"x": {"$anchor": "n", "type": "integer"}}},
        {
            "$id": "https://x.example/s",
            "$ref": "https://x.example/s#/$defs/n",
            "$defs": {"n": {"type": "integer"}},
        },
        {"type": "integer", "properties": {"n": {"$recursiveRef": "#"}, "$id": {"type": "string"}}},
    ],
    ids=range(5),
)
def test_a_plain_reference_is_followed(schema: dict[str, Any]) -> None:
    """As the library follows it."""
    assert compiled(schema, "x").fit("5").value == 5


class Leaf(BaseModel):
    """Pydantic's models are the schemas that most callers send."""

    kind: Literal["leaf"]
    value: float | int | str | None = None


class Sum(BaseModel):
    """One that recurs by two of its fields."""

    kind: Literal["sum"]
    left: "Leaf | Sum | Listed"
    right: "Leaf | Sum | Listed"


class Listed(BaseModel):
    """One that recurs by a list."""

    model_config = {"extra": "forbid"}
    kind: Literal["list"]
    items: list[Annotated["Leaf | Sum | Listed", Field(discriminator="kind")]] = []
    labels: dict[str, Leaf] = {}


def test_a_model_that_recurs_is_followed() -> None:
    """Alternatives that recur are no attack while their values are moderate."""
    schema = compiled(Listed.model_json_schema(), "x")
    leaf: dict[str, Any] = {"kind": "leaf", "value": 1}
    total = leaf
    for _ in range(5):
        total = {"kind": "sum", "left": total, "right": leaf}
    good = {"kind": "list", "items": [leaf] * 30 + [total], "labels": {"a": leaf}}
    assert schema.fit(good).wrong == ()
    assert schema.fit({"kind": "list", "items": "[]"}).value == {"kind": "list", "items": []}
    assert schema.fit({**good, "items": [*good["items"], {}]}).wrong != ()


def test_a_large_value_is_mended_where_it_is_nearly_right() -> None:
    """Its faults are then sought one by one."""
    row = {"type": "object", "properties": {"n": {"type": "integer"}, "s": {"anyOf": [{"type": "null"}, {}]}}}
    schema = compiled({"type": "array", "items": row}, "x")
    rows: list[dict[str, Any]] = [{"n": i, "s": "x"} for i in range(3_000)]
    assert schema.fit([*rows, {"n": "7"}, {"n": "8"}]).value[-2:] == [{"n": 7}, {"n": 8}]
    assert schema.fit([*rows, {"n": "seven"}]).wrong[0].startswith("[3000].n")


class Counting:
    """A validator that counts what is asked of it."""

    def __init__(self, validator: Any) -> None:
        self._validator = validator
        self.collected = 0
        self.looks = 0

    def is_valid(self, value: Any) -> bool:
        """As the library's."""
        self.looks += 1
        return bool(self._validator.is_valid(value))

    def validate(self, value: Any) -> None:
        """As the library's."""
        self.collected += 1
        self._validator.validate(value)

    def iter_errors(self, value: Any) -> list[Any]:
        """As the library's; it makes all of them before it gives the first."""
        found = list(self._validator.iter_errors(value))
        self.collected += len(found)
        return found


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"items": {"type": "integer"}}, ["x"] * 100_000),
        ({"items": {"anyOf": [{"type": "integer"}, {"type": "null"}]}}, ["x"] * 100_000),
        ({"anyOf": [{"items": {"type": "integer"}}, {"items": {"type": "null"}}]}, ["x"] * 100_000),
        ({"items": doubling(10)["$defs"]["d0"], **doubling(10)}, [1] * 100),
        ({"allOf": [{"not": {}}] * 100}, {"a": "x" * 1_000_000}),
        ({"items": {"type": "integer"}}, ["5"] * 390),
        ({"$defs": {**doubling(10)["$defs"], "d10": {"pattern": "b$"}}, "$ref": "#/$defs/d0"}, "a" * 100_000),
    ],
    ids=range(7),
)
def test_what_is_wrong_all_over_costs_little(schema: dict[str, Any], value: Any) -> None:
    """The library makes every fault at once, so where there may be many it is not asked for them."""
    made = compiled(schema, "x")
    made._validator = counting = Counting(made._validator)
    made.fit(value)
    assert counting.collected <= 8_000
    assert counting.looks <= 64


def test_alternatives_that_recur_without_measure_are_not_followed() -> None:
    """Each depth of the value doubles the looks: a deep one is refused, not tried."""
    both = {"type": "object", "properties": {"n": {"$ref": "#"}}, "required": ["n"]}
    schema = compiled({"anyOf": [both, both]}, "x")
    value: dict[str, Any] = {}
    for _ in range(60):
        value = {"n": value}
    assert "too large" in schema.fit(value).wrong[0]


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


def test_an_object_is_not_made_a_text_where_both_may_stand() -> None:
    """Or whatever a model writes would be right."""
    choice = {"anyOf": [{"type": "object", "properties": {"op": {"const": "and"}}}, {"type": "string"}]}
    fitted = compiled(choice, "tools[0]").fit({"op": "xx"}, strict=False)
    assert fitted.wrong
