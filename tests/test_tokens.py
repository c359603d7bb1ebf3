"""Counting tokens."""

import tracemalloc

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from akashchat import tokens
from akashchat.model.request import (
    FilePart,
    ImagePart,
    Message,
    OutputFormat,
    Request,
    TextPart,
    Tool,
    ToolCall,
)
from tests.support.answers import TEXTS, in_pieces

WORDS = st.sampled_from(
    [
        *("information", "don", "'t", "t", "hello", " world", "def ", "foo(", "):", "1234", "5", "x", "日"),
        *("本語", "😀", "🇩🇪", "é", "\u0301", "<|endoftext|>", " ", "  ", "\n", "\n\n", "\t"),
    ]
)
WRITING = st.lists(WORDS, max_size=20).map("".join)
"""Text like that of models, with what tokenizers treat in a way of its own."""


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("Hello world", 2),
        ("Hello, world!", 4),
        ("tiktoken is great!", 6),
        ("antidisestablishmentarianism", 6),
        ("お誕生日おめでとう", 9),
        ("<|endoftext|>", 7),
    ],
)
def test_texts_are_counted_as_openai_counts_them(text: str, count: int) -> None:
    """The published examples of the cl100k vocabulary; a special token is plain text."""
    assert tokens.count(text) == count


@given(WRITING | TEXTS, st.integers(0, 30))
@example("😀😀", 1)
@example("a日", 2)
def test_a_head_is_a_beginning_within_the_limit(text: str, limit: int) -> None:
    """Never more tokens than allowed, never half a character, and all of a text that fits."""
    head = tokens.head(text, limit)
    assert text.startswith(head)
    assert tokens.count(head) <= limit
    assert head == text or tokens.count(text) > limit


@given(in_pieces(WRITING, cuts=30))
def test_a_text_in_pieces_counts_as_the_whole(pieces: list[str]) -> None:
    """However an answer is torn, its tokens are those of the whole, whenever one asks."""
    counter = tokens.Counter()
    for end, piece in enumerate(pieces, 1):
        counter.feed(piece.encode())
        assert counter.total() == tokens.count("".join(pieces[:end]))


@pytest.mark.parametrize("text", ["word and ", "a", "日", " ", "\n"])
def test_a_long_answer_is_counted(text: str) -> None:
    """Many thousand deltas, prose or absurd, count exactly and take the room of their text."""
    counter = tokens.Counter()
    tracemalloc.start()
    for _ in range(50_000):
        counter.feed(text.encode())
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < 50_000 * len(text.encode()) + 200_000
    assert counter.total() == tokens.count(text * 50_000)


@given(TEXTS, TEXTS, TEXTS)
def test_a_request_is_counted_by_what_is_said(name: str, text: str, arguments: str) -> None:
    """Names, texts and calls count; pictures and documents do not; the quick bound is never below."""
    said = Message(
        "assistant",
        (TextPart(text), ImagePart("data:x", "image/png"), FilePart("data:x", "application/pdf", "f")),
        name=name,
        calls=(ToolCall("1", "look", arguments),),
    )
    request = Request(model="m", messages=(said, said))
    counted = sum(map(tokens.count, [name, text, "look", arguments]))
    assert tokens.count_request(request) == 2 * counted
    assert tokens.size_request(request) >= 2 * counted


def test_tools_and_formats_are_counted() -> None:
    """They are said to the model, so they are part of what a request costs and of what must fit."""
    bare = Request(model="m", messages=(Message("user", (TextPart("Hi"),)),))
    tool = Tool(name="look", description="Looks around.", parameters={"type": "object"})
    asked = msgspec.structs.replace(bare, tools=(tool,), output=OutputFormat({"type": "object"}))
    texts = ["Hi", "look", "Looks around.", '{"type":"object"}', '{"type":"object"}']
    assert tokens.count_request(asked) == sum(map(tokens.count, texts))
    assert "".join(tokens.portions(asked)) == "".join(texts)
    assert tokens.size_request(asked) >= tokens.count_request(asked)
