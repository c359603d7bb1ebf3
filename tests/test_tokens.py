"""Counting tokens."""

import random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from akashchat import tokens
from akashchat.model.request import FilePart, ImagePart, Message, Request, TextPart, ToolCall
from tests.support.answers import TEXTS

WORDS = st.sampled_from(
    [
        *("information", "don", "'t", "t", "hello", " world", "def ", "foo(", "):", "1234", "5", "x", "日"),
        *("本語", "😀", "🇩🇪", "é", "\u0301", "<|endoftext|>", " ", "  ", "\n", "\n\n", "\t"),
    ]
)
WRITING = st.lists(WORDS, max_size=20).map("".join)
"""Text like that of models, with what tokenizers treat in a way of its own."""

PROSE = [
    *("The", "quick", "brown", "fox", "jumps", "over", "the", "lazy", "dog,", "and", "it's", "1234", "times"),
    *("faster", "than", "before!", "Next", "—", "naïve", "café;", "日本語", "のテキスト。", "def", "foo(x):"),
]


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


@given(st.integers(0, 2**32), st.integers(1, 500))
def test_a_text_in_pieces_counts_as_the_whole(seed: int, longest: int) -> None:
    """However an answer is torn, its tokens are those of the whole, though little of it is kept."""
    chance = random.Random(seed)
    text = " ".join(chance.choices(PROSE, k=2_500))
    counter = tokens.Counter()
    start = 0
    while start < len(text):
        size = chance.randint(1, longest)
        counter.feed(text[start : start + size])
        start += size
    assert counter.total() == tokens.count(text)
    assert sum(map(len, counter._pieces)) < 10_000


@pytest.mark.parametrize("text", ["a" * 200_000, "日" * 200_000, " " * 200_000, "a b" * 70_000])
def test_a_text_without_seams_is_counted_in_bounded_memory(text: str) -> None:
    """Absurd texts are counted nearly right, and not kept."""
    counter = tokens.Counter()
    for start in range(0, len(text), 1_000):
        counter.feed(text[start : start + 1_000])
    assert counter.total() == pytest.approx(tokens.count(text), rel=0.01, abs=10)
    assert sum(map(len, counter._pieces)) < 100_000


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
