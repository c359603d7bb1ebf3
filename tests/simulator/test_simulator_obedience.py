"""The simulator plays an obedient model: it calls tools and writes JSON where its instructions want it."""

import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from akashchat.simulator.obedience import example, obey
from akashchat.simulator.prompt import Prompt, fallback_model

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


TOOLS = """# Tools
<tools>
{"name": "get_weather", "description": "The weather", "parameters": {"properties": {"city": {"type": "string"}}}}
{"name": "final", "parameters": {"properties": {"age": {"type": "integer"}}}}
</tools>
"""
CALLED = ("assistant", '<tool_call>\n{"name": "get_weather", "arguments": {"city": "city"}}\n</tool_call>')
RESULT = ("user", "<tool_response>\nsunny\n</tool_response>")


def _said(system: str, *turns: tuple[str, str]) -> str | None:
    messages = [{"role": role, "content": text} for role, text in (("system", system), *turns)]
    return obey(Prompt(model=fallback_model(), body={"messages": messages}))


def _called(said: str | None) -> Any:
    return json.loads((said or "").removeprefix("<tool_call>").removesuffix("</tool_call>"))


def test_a_word_calls_a_tool() -> None:
    """A tool is called for a word of its name or description; what is quoted is its first text."""
    assert _called(_said(TOOLS, ("user", "The weather?"))) == {
        "name": "get_weather",
        "arguments": {"city": "city"},
    }
    quoting = _called(_said(TOOLS, ("user", "The weather in `Bad Ems`?")))
    assert quoting["arguments"] == {"city": "Bad Ems"}
    assert _said(TOOLS, ("user", "1 + 1")) is None


def test_a_result_is_told() -> None:
    """After a result comes a word on it."""
    assert _said(TOOLS, ("user", "The weather?"), CALLED, RESULT) == "The tool answered:\n\nsunny"


def test_a_call_is_demanded_after_a_result() -> None:
    """Where every answer must be a call, the tool that was not called yet is, so that a loop ends."""
    demand = f"{TOOLS}You must call a tool in your next answer."
    assert _called(_said(demand, ("user", "The weather?"), CALLED, RESULT)) == {
        "name": "final",
        "arguments": {"age": 1},
    }


def test_json_is_wanted_after_a_result() -> None:
    """Where the answer must be JSON, it is so after results too."""
    demand = f'{TOOLS}Answer with one JSON value that fits this JSON Schema:\n{{"const": 3}}'
    assert _said(demand, ("user", "The weather?"), CALLED, RESULT) == "3"


def test_a_schema_in_other_words_is_followed() -> None:
    """Some clients write the schema into their own instructions and ask for any JSON."""
    own = 'Fit {this} schema: {"properties": {"age": {"type": "integer"}}}\n'
    demand = "Answer with one JSON object and nothing else."
    assert _said(own + demand, ("user", "Hello")) == '{"age": 1}'
    assert "answer" in json.loads(_said(demand, ("user", "Hello")) or "")


@pytest.mark.parametrize(("question", "answer"), [
    ("Rename it. Answer exactly:\n\na.py\n```\nb = 1\n```", "a.py\n```\nb = 1\n```"),
    ("Reply with exactly: recovered", "recovered"),
    ('Find a title.\nJSON format: {"title": "a title"}\nBe brief.', '{"title": "a title"}'),
    ("Is that exactly what I asked?", None), ("In JSON format: what?", None),
])  # fmt: skip
def test_what_is_dictated_is_said(question: str, answer: str | None) -> None:
    """Where the question itself says what the answer is, that is the answer."""
    assert _said("Be kind.", ("user", question)) == answer
