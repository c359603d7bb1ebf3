"""Bytes become lines at the byte 0x0A and nowhere else."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akashchat.errors import ProtocolError
from akashchat.wire.json import encode
from akashchat.wire.lines import Lines, unbroken
from tests.support.answers import in_pieces

SEPARATORS = "\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"
"""What other readers of lines stumble over."""

STREAMS = st.text(st.sampled_from("ab é😀\n" + SEPARATORS), max_size=30).map(str.encode)


@given(in_pieces(STREAMS))
def test_lines_are_the_same_however_they_arrive(pieces: list[bytes]) -> None:
    """Torn characters, torn lines and many lines at once give what splitting the whole would give."""
    lines = Lines()
    found = [line for piece in pieces for line in lines.feed(piece)]
    assert [*found, lines.flush()] == b"".join(pieces).split(b"\n")
    assert lines.flush() == b""


def test_no_other_separator_ends_a_line() -> None:
    """Line separators of Unicode stand raw inside JSON strings and are no ends."""
    text = f'0:"a{SEPARATORS}b"'.encode()
    assert Lines().feed(text + b"\n") == [text]


@given(st.lists(st.integers(1, 5), min_size=1))
def test_a_line_without_end_is_refused(sizes: list[int]) -> None:
    """Memory is bounded: a line that grows beyond the limit is a fault, one that stays below is none."""
    lines = Lines(max_line_bytes=10)
    held = 0
    for size in sizes:
        held += size
        if held > 10:
            with pytest.raises(ProtocolError):
                lines.feed(b"a" * size)
            return
        assert lines.feed(b"a" * size) == []
    assert lines.flush() == b"a" * held
    assert lines.feed(b"b" * 10) == []


def test_only_the_unfinished_line_counts_towards_the_limit() -> None:
    """A long answer in short lines is no long line."""
    lines = Lines(max_line_bytes=10)
    for _ in range(100):
        assert lines.feed(b"aaaa\nbb") in ([b"aaaa"], [b"bbaaaa"])


def test_a_long_line_in_many_pieces_is_joined_once() -> None:
    """A line of megabytes that comes in small reads takes no more than its own size."""
    lines = Lines()
    for _ in range(20_000):
        assert lines.feed(b"x" * 100) == []
    assert lines.feed(b"\n") == [b"x" * 2_000_000]


@given(st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from(SEPARATORS)))
def test_json_can_be_one_line_for_every_reader(text: str) -> None:
    """And say the same."""
    line = unbroken(encode(text)).decode()
    assert line.splitlines() == [line]
    assert json.loads(line) == text
