"""A text that is still coming, and how to wait for more of it.

Readers are generators: they yield when they need more text and return what they found.  What they keep are offsets,
so no character is looked at twice because the text came in pieces.
"""

import re
from collections.abc import Generator
from typing import TypeAlias, TypeVar

T = TypeVar("T")

Reading: TypeAlias = Generator[None, None, T]
"""Yields when more text is needed."""

_SOLID = re.compile(r"\S")


class Source:
    """The text so far; ``done`` when no more will come."""

    __slots__ = ("done", "text")

    def __init__(self, text: str = "", *, done: bool = False) -> None:
        self.text = text
        self.done = done

    def solid(self, pos: int) -> Reading[int]:
        """Where the next character stands that is no white space; the text's end where none comes."""
        while True:
            if found := _SOLID.search(self.text, pos):
                return found.start()
            pos = len(self.text)
            if self.done:
                return pos
            yield

    def has(self, end: int) -> Reading[bool]:
        """Whether there is text up to ``end``, once that is known."""
        while len(self.text) < end:
            if self.done:
                return False
            yield
        return True

    def until(self, mark: str, start: int, limit: int) -> Reading[int]:
        """Where ``mark`` ends, or -1 if it does not within ``limit`` characters."""
        pos = start
        while True:
            found = self.text.find(mark, pos, start + limit)
            if found >= 0:
                return found + len(mark)
            if self.done or len(self.text) >= start + limit:
                return -1
            pos = max(start, len(self.text) - len(mark) + 1)
            yield


def at_once(reading: Reading[T]) -> T:
    """What a reader finds in a text that is complete."""
    try:
        next(reading)
    except StopIteration as end:
        found: T = end.value
        return found
    raise RuntimeError("the text was not complete")
