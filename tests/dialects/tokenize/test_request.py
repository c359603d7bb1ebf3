"""Bodies of ``/tokenize``, read."""

import json
from typing import Any

import pytest

from akashchat.dialects.tokenize import parse_detokenize, parse_tokenize
from akashchat.dialects.tokenize.request import MAX_CHARACTERS
from akashchat.errors import BadRequest

MESSAGES = [{"role": "user", "content": "Hello"}]


def test_what_is_said() -> None:
    """A prompt, or messages as in a chat; what only vLLM's own server knows is passed over."""
    prompt = parse_tokenize(b'{"model": "m", "prompt": "Hello", "add_special_tokens": false}')
    chat = parse_tokenize(json.dumps({"messages": MESSAGES, "add_generation_prompt": True}).encode())
    assert prompt.request.messages == chat.request.messages
    assert (prompt.model, chat.model) == ("m", "")


@pytest.mark.parametrize("body", [
    {}, {"prompt": "a", "messages": MESSAGES}, {"prompt": 1}, {"prompt": None}, {"messages": []}, {"messages": "a"},
    {"messages": [{"role": "robot"}]}, {"prompt": "a" * (MAX_CHARACTERS + 1)},
    {"messages": [{"role": "assistant", "function_call": {"name": "f", "arguments": "a" * (MAX_CHARACTERS + 1)}}]},
])  # fmt: skip
def test_bad_bodies(body: Any) -> None:
    """Refused, not guessed at."""
    with pytest.raises(BadRequest):
        parse_tokenize(json.dumps(body).encode())


def test_tokens_are_numbers() -> None:
    """Of any size: whether they are tokens the counter says."""
    assert parse_detokenize(b'{"tokens": [1, 2], "model": "m"}') == ([1, 2], "m")
    for body in (b"{}", b'{"tokens": "a"}', b'{"tokens": ["a"]}', b'{"tokens": [1.5]}'):
        with pytest.raises(BadRequest):
            parse_detokenize(body)
