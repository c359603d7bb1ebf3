"""JSON as models write it: what is read, what is not, and how long it takes."""

import contextlib
import json
import math
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akashchat.emulation.repair import read, strict
from akashchat.emulation.tolerant import MAX_DEPTH

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)
CONTAINERS = st.dictionaries(st.text(max_size=6), VALUES, max_size=4)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('```json\n{"a": 1}\n```', {"a": 1}),
        ("```\n[1, 2]\n```\nThere you are.", [1, 2]),
        ('Sure! Here it is: {"a": 1}. Anything else?', {"a": 1}),
        ('As in [the manual]: {"a": 1}', {"a": 1}),
        ('{"a": 1, "b": [1, 2,],}', {"a": 1, "b": [1, 2]}),
        ("{'a': True, 'b': None, 'c': [False]}", {"a": True, "b": None, "c": [False]}),
        ("{a: 1, b_2: 'x'}", {"a": 1, "b_2": "x"}),
        ('// first\n{"a": 1, /* second */ "b": 2 # third\n}', {"a": 1, "b": 2}),
        ('{"a": "x", // first\n"b": ["y", # second\n"z" /* third */]}', {"a": "x", "b": ["y", "z"]}),
        ('{"a": "see http://x.y, // or z", "b": 1}', {"a": "see http://x.y, // or z", "b": 1}),
        ('{"a": """one\nsays "two"\n""", "b": 1}', {"a": 'one\nsays "two"\n', "b": 1}),
        ("{'a': '''it's'''}", {"a": "it's"}),
        ('{"a": "one\ntwo\tthree"}', {"a": "one\ntwo\tthree"}),
        ('{"a": "he said "hi" to me", "b": 1}', {"a": 'he said "hi" to me', "b": 1}),
        ('{"a": "say "x", then y"}', {"a": 'say "x", then y'}),
        ("{'a': 'it's'}", {"a": "it's"}),
        ('{"a": [1, {"b": 2', {"a": [1, {"b": 2}]}),
        ('{"a": [1, 2}', {"a": [1, 2]}),
        ('{"a": 1}}', {"a": 1}),
        ('{"a": 1\n"b": 2}', {"a": 1, "b": 2}),
        ('"{\\"a\\": 1}"', {"a": 1}),
        (r'{"pattern": "\d+\.\w"}', {"pattern": r"\d+\.\w"}),
        ("{“a”: “b”}", {"a": "b"}),
        ('{"a": .5, "b": +3}', {"a": 0.5, "b": 3}),
        ('{"a": "\\ud83d\\ude00", "b": "\\ud83d"}', {"a": "😀", "b": "\ufffd"}),
        ('So: {"code": "```py\nx = 1\n```", }', {"code": "```py\nx = 1\n```"}),
        ('See [1]:\n```json\n{"a": 1,}\n```', {"a": 1}),
        ('{"a": "x" "b": "y"}', {"a": "x", "b": "y"}),
        ('{"a": "he said "hi""}', {"a": 'he said "hi"'}),
        ('["a" "b"]', ["a", "b"]),
        ('{"a": "x"，"b": 1}', {"a": "x", "b": 1}),
        ("True", True),
        ("'x'", "x"),
    ],
)
def test_a_slip_has_one_reading(text: str, value: Any) -> None:
    """Fences, chatter, commas, quotes, comments, brackets at the end."""
    assert read(text) == value


@pytest.mark.parametrize(
    "text",
    ["", "I cannot do that.", '{"a":', '{"a": 1,', '{"a": "x', '{"a"', '{"a": Berlin}', "[1, ...]", '{"a": NaN}',
     '{"a": "x": "b"}', '{"a": "x" + "b"}', '{"a": """x',  '{"a": ["b", "c": "d"}',
     '{"a": 1e999}', '{"a": 1} {"b": 2}', '{"a" 1}', '{"a": 0x1F}', "[" * 100_000, '{"a":' * 100_000],
)  # fmt: skip
def test_content_is_not_made_up(text: str) -> None:
    """What breaks off, or has two readings, is refused."""
    with pytest.raises(ValueError, match=r"\w"):
        read(text)


@given(CONTAINERS)
def test_json_is_read_as_it_is(value: Any) -> None:
    """However it is laid out, with whatever around it."""
    for text in (json.dumps(value), json.dumps(value, indent=2, ensure_ascii=False)):
        assert same(strict(text), value)
        assert same(read(text), value)
        assert same(read(f"```json\n{text}\n```"), value)


@given(CONTAINERS.filter(bool))
def test_the_forgiving_reader_reads_all_that_is_right(value: Any) -> None:
    """A missing bracket or a comma too many changes nothing of what was said."""
    text = json.dumps(value)
    assert same(read(text[:-1]), value)
    assert same(read(f"{text[:-1]},}}"), value)


@given(st.text(st.sampled_from("{}[]\"':,\\ \n`abn1/*#“”")))
def test_whatever_comes_is_read_or_refused(text: str) -> None:
    """A value that can be written, or ``ValueError``."""
    try:
        value = read(text)
    except ValueError:
        return
    json.dumps(value, allow_nan=False).encode()


@pytest.mark.parametrize(
    "text",
    ['{"a":"' + '" ' * 200_000, "{'" * 200_000, '{"a":1,' * 100_000, '{"a":"' + '",' * 200_000, "```\n" * 100_000,
     '{"a": "' + '",//' * 100_000, '{"a": "' + '",/*' * 100_000, '{"a": "' + '",//\n' * 100_000, '"""' * 200_000,
     '{"a": "' + '" \n' * 100_000, "{/*" + "*" * 300_000, "[1" * 90 + "," * 300_000],
)  # fmt: skip
def test_the_time_is_linear(text: str) -> None:
    """A text made to be read again and again is read a few times."""
    started = time.process_time()
    with contextlib.suppress(ValueError):
        read(text)
    assert time.process_time() - started < 5


def test_the_depth_has_a_limit() -> None:
    """Deeper than any caller's schema, and far from where the machine gives in."""
    assert read("[" * MAX_DEPTH + "]" * MAX_DEPTH) is not None
    with pytest.raises(ValueError, match="deep"):
        read("[" * (MAX_DEPTH + 2) + "]" * (MAX_DEPTH + 2))


def same(one: Any, other: Any) -> bool:
    """Equality, but for whole numbers that JSON writes as others."""
    return bool(one == other) or (isinstance(one, float) and math.isclose(one, other))
