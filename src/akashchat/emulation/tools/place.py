"""Where in the prose we are: what the line says so far, and whether code is being shown.

A model that explains how tools are called writes calls in code, in quotes, or after words such as "for example".
"""

import re

_KEPT = 200
_EXAMPLE = re.compile(
    r"\b(?:for example|for instance|e\.g\.|such as|looks? like|would look|an example|examples?(?: of| call| is|:)"
    r"|(?:format|syntax|structure|schema|template) (?:is|would be|looks)|following (?:format|syntax|structure))"
    r"|例如|比如|示例|格式(?:为|是|如下)",
    re.IGNORECASE,
)
_ANNOUNCES = (":", "：", ",", "，")
_QUOTES = frozenset("\"'“‘«「『`\\")
_JOINED = frozenset("=([{,+&|/<\"'`“‘«「『\\")


class Place:
    """Remembers the ends of the last two lines that said something."""

    __slots__ = ("_before", "_line", "ticks")

    def __init__(self) -> None:
        self._before = ""
        self._line = ""
        self.ticks = 0
        """How many backticks opened the code we are in, within a line."""

    def passed(self, text: str) -> None:
        """More prose was passed."""
        if "\n" not in text:
            self._line = (self._line + text)[-_KEPT:]
            return
        self.ticks = 0
        head, _, tail = (self._line + text).rpartition("\n")
        if solid := head.rstrip():
            self._before = solid.rpartition("\n")[2][-_KEPT:]
        self._line = tail[-_KEPT:]

    @property
    def begins_line(self) -> bool:
        """Whether only white space stands before us in the line."""
        return not self._line.strip()

    @property
    def quoted(self) -> bool:
        """Whether a quote stands right before us."""
        return self._line[-1:] in _QUOTES and bool(self._line)

    @property
    def joined(self) -> bool:
        """Whether what stands before us makes it part of something else: an argument, a list, a word."""
        if self.begins_line:
            return False
        last = self._line[-1]
        return last.isalnum() or last == ">" or self._line.rstrip()[-1] in _JOINED

    @property
    def shows_example(self) -> bool:
        """Whether the words before us announce an example."""
        if not self.begins_line:
            return bool(_EXAMPLE.search(self._line))
        return self._before.endswith(_ANNOUNCES) and bool(_EXAMPLE.search(self._before))
