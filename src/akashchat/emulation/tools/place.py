"""Where in the prose we are: what the line says so far, and whether code is being shown.

A model that explains how tools are called writes calls in code, in quotes, or after words such as "for example".
"""

import re

_KEPT = 200
_WORD = r"(?:examples?|beispiele?|exemples?|ejemplos?|exemplos?|esempi[oa]?|примеры?|示例|例子|例)"
_EXAMPLE = re.compile(
    r"\b(?:for example|for instance|e\.g\.|such as|looks? like|would look|an example|examples?(?: of| call| is)"
    r"|(?:format|syntax|structure|schema|template) (?:is|would be|looks)|following (?:format|syntax|structure)"
    r"|zum beispiel|z\. ?b\.|par exemple|por ejemplo|por exemplo|per esempio|например)"
    rf"|\b{_WORD}\s?[:：]|例如|比如|示例|举例|舉例|格式(?:为|是|如下)|たとえば|例えば|예를 들어",
    re.IGNORECASE,
)
_HEADING = re.compile(rf"(?:#+|\*\*)\s*{_WORD}\b.{{0,40}}|{_WORD}\W*", re.IGNORECASE)
_ANNOUNCES = (":", "：", ",", "，")
_QUOTATION = re.compile(r"\s*>[\s>]*")
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
        """Whether a quote stands right before us, or our line is quoted."""
        return self._line[-1:] in _QUOTES or bool(_QUOTATION.fullmatch(self._line))

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
        before = self._before
        announced = before.endswith(_ANNOUNCES) and _EXAMPLE.search(before)
        return bool(announced or _HEADING.fullmatch(before))
