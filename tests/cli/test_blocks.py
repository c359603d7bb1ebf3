"""Markdown is shown for good where no later line can change it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akashchat.cli.blocks import settled

LINES = st.lists(st.sampled_from(["a", "", "```", "~~~", "````", "  b", "- c", "```py", "# d"]), max_size=12)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("One.\nTwo", ""),
        ("One.\n\n", ""),
        ("One.\n\nTwo", "One.\n\n"),
        ("- a\n\n  of a", ""),
        ("```\na\n\nb", ""),
        ("```\na\n\nb\n```\n\nText", "```\na\n\nb\n```\n\n"),
        ("````\n```\n\nb", ""),
    ],
)
def test_what_is_settled(text, shown):
    """Paragraphs that are over, and never the half of a list's entry or of code."""
    assert text[: settled(text)] == shown


@given(LINES)
def test_what_is_settled_stays_so(lines):
    """Whatever comes later; so nothing is shown twice or in another form."""
    text = "\n".join(lines)
    ends = [settled(text[:length]) for length in range(len(text) + 1)]
    assert ends == sorted(ends)
