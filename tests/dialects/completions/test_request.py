"""Completions bodies, read."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akashchat.dialects.completions.request import PARAMETERS, parse
from akashchat.errors import BadRequest
from akashchat.model.request import Message, TextPart

LEAST: dict[str, Any] = {"model": "m", "prompt": "Hello"}


def parsed(**fields: Any) -> Any:
    """A body with these fields, read."""
    return parse(json.dumps({**LEAST, **fields}).encode())


def said(text: str) -> tuple[Message, ...]:
    """A conversation of one turn."""
    return (Message("user", (TextPart(text),)),)


def test_the_least_body() -> None:
    """A prompt is what the user says; no limit is made up."""
    request = parsed()
    assert (request.model, request.messages, request.further) == ("m", said("Hello"), ())
    assert (request.max_tokens, request.stream, request.n, request.echo) == (None, False, 1, False)
    assert request.asked() == frozenset()


def test_a_full_body() -> None:
    """Each parameter has its place."""
    request = parsed(
        prompt=["a", "b"],
        n=2,
        stream=True,
        stream_options={"include_usage": True},
        echo=True,
        suffix="",
        temperature=0,
        top_p=0.5,
        max_tokens=7,
        stop=["x", "x", ""],
        user="me",
    )
    assert (request.messages, request.further, request.answers) == (said("a"), (said("b"),), 4)
    assert (request.stream, request.include_usage, request.echo) == (True, True, True)
    assert (request.temperature, request.top_p, request.max_tokens) == (0, 0.5, 7)
    assert (request.stop, request.user, request.options) == (("x",), "me", {})


@pytest.mark.parametrize(
    ("fields", "kept"),
    [
        ({"best_of": 1}, set()),
        ({"best_of": 2, "n": 2}, set()),
        ({"best_of": 3}, {"best_of"}),
        ({"logprobs": 0}, {"logprobs"}),
        ({"logprobs": None}, set()),
        ({"seed": 1}, {"seed"}),
        ({"logit_bias": {}}, set()),
        ({"logit_bias": {"1": 1}}, {"logit_bias"}),
        ({"frequency_penalty": 0}, set()),
        ({"presence_penalty": 1}, {"presence_penalty"}),
        ({"unheard_of": 1}, {"unheard_of"}),
    ],
)
def test_what_nobody_may_honour_is_kept_by_name(fields: dict[str, Any], kept: set[str]) -> None:
    """Unless it asks for what happens anyway."""
    assert parsed(**fields).options.keys() == kept


@pytest.mark.parametrize(
    ("fields", "param", "reason"),
    [
        ({"prompt": [1, 2]}, "prompt", "vocabulary"),
        ({"prompt": [[1], [2]]}, "prompt", "vocabulary"),
        ({"prompt": ["a", 1]}, "prompt", "vocabulary"),
        ({"prompt": []}, "prompt", "at least one"),
        ({"prompt": ""}, "prompt", "empty"),
        ({"prompt": None}, "prompt", ""),
        ({"prompt": ["a"] * 17}, "prompt", "at most 16"),
        ({"prompt": ["a"] * 9, "n": 2}, "prompt", "at most 16"),
        ({"suffix": "end"}, "suffix", "not supported"),
        ({"n": 0}, "n", "between"),
        ({"max_tokens": 0}, "max_tokens", "between"),
        ({"temperature": 3}, "temperature", "between"),
        ({"stop": ["x"] * 17}, "stop", "at most"),
        ({"stream_options": {}}, "stream_options", "stream"),
        ({"model": " "}, "model", "empty"),
    ],
)
def test_bad_bodies(fields: dict[str, Any], param: str, reason: str) -> None:
    """The error says where and why."""
    with pytest.raises(BadRequest) as raised:
        parsed(**fields)
    assert raised.value.param == param
    assert reason in raised.value.message


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(), st.lists, max_leaves=5
)


@given(st.dictionaries(st.sampled_from(sorted(PARAMETERS)), JSON))
def test_any_body_is_read_or_refused(fields: dict[str, Any]) -> None:
    """Never anything else."""
    with contextlib.suppress(BadRequest):
        assert parsed(**fields).answers >= 1
