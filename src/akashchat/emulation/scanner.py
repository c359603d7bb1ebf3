"""How much of a text, as it comes, is for certain the beginning of one JSON object.

Strict JSON, and three slips that are mended on the way: a comma before a closing bracket, a control character in a
text, and Python's words.  What breaks the rule otherwise is held, and never let go of again.  Strings are known as
they come, numbers and words when they are over, commas when it is clear what follows.
"""

import json
import re

_BLANK = " \t\r\n"
_WORD = re.compile(r"true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?")
_PYTHON = {"True": "true", "False": "false", "None": "null"}
_AFTER_COMMA = re.compile(r",[ \t\r\n]*")
_WORD_SIGNS = re.compile(r"[\w+\-.]*")
_RUN = re.compile(r'[^"\\\x00-\x1f]+')
_ESCAPE = re.compile(r'\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})')
_MAX_DEPTH = 100
_MAX_WORD = 400


class Scanner:
    """Scans one object, from its bracket on."""

    __slots__ = ("_expects", "_mended", "_open", "_pending", "_quoted", "broken", "over", "sure")

    def __init__(self) -> None:
        self._open: list[str] = []
        self._expects = "{"
        """What may stand here: ``{`` the beginning, ``v`` a value, ``n`` a name, ``:``, ``,``; ``}`` and ``]`` are a
        name's or a value's place where the bracket may close too."""
        self._quoted = ""
        """Within a text: ``n`` when it is a name, ``v`` when it is a value."""
        self._pending = ""
        self._mended: str | None = None
        """What stands in the place of the step just made."""
        self.broken = False
        """Whether something came that is not JSON."""
        self.over = False
        """Whether the object is complete."""
        self.sure = False
        """Whether a name and its colon have come: nothing but an object begins so."""

    def feed(self, text: str) -> str:
        """The part of the object that is now known; what comes behind its end is left out."""
        text = self._pending + text
        known: list[str] = []
        start = at = 0
        while at < len(text) and not (self.broken or self.over):
            step = self._string(text, at) if self._quoted else self._sign(text, at)
            if step == 0:
                break
            if self._mended is not None:
                known += text[start:at], self._mended
                start, self._mended = at + step, None
            at += step
        self._pending = text[at:]
        return "".join([*known, text[start:at]])

    def closing(self) -> str | None:
        """The last word and the brackets that complete the object; ``None`` where more than these is missing."""
        if self.broken or self.over or self._quoted:
            return None
        word = ""
        if self._pending and self._expects in "v]":
            word = _PYTHON.get(self._pending, self._pending)
            if not _WORD.fullmatch(word):
                return None
        elif self._pending or self._expects != ",":
            return None
        return word + "".join(["}" if sign == "{" else "]" for sign in reversed(self._open)])

    def _sign(self, text: str, at: int) -> int:
        sign = text[at]
        if sign in _BLANK:
            return 1
        expects = self._expects
        if sign == '"' and expects in "nv}]":
            self._quoted = "n" if expects in "n}" else "v"
            return 1
        if sign in "{[" and (expects in "v]" or (expects == "{" and sign == "{")):
            return self._enter(sign)
        if sign in "}]" and self._open and self._may_leave(sign):
            return self._leave()
        if sign == ":" and expects == ":":
            self._expects, self.sure = "v", True
            return 1
        if sign == "," and expects == ",":
            return self._comma(text, at)
        return self._word(text, at) if expects in "v]" else self._break()

    def _break(self) -> int:
        self.broken = True
        return 0

    def _may_leave(self, sign: str) -> bool:
        return (self._open[-1] == "{") == (sign == "}") and self._expects in {sign, ","}

    def _enter(self, sign: str) -> int:
        if len(self._open) >= _MAX_DEPTH:
            return self._break()
        self._open.append(sign)
        self._expects = "}" if sign == "{" else "]"
        return 1

    def _leave(self) -> int:
        self._open.pop()
        self._expects = ","
        if not self._open:
            self.over = self.sure = True
        return 1

    def _comma(self, text: str, at: int) -> int:
        found = _AFTER_COMMA.match(text, at)
        end = found.end() if found else at + 1
        if end == len(text) and end - at < _MAX_WORD:
            return 0
        if end < len(text) and text[end] in "}]":
            self._mended = ""
        else:
            self._expects = "n" if self._open[-1] == "{" else "v"
        return 1

    def _word(self, text: str, at: int) -> int:
        signs = _WORD_SIGNS.match(text, at)
        word = signs[0] if signs else ""
        if at + len(word) == len(text) and 0 < len(word) < _MAX_WORD:
            return 0
        if word in _PYTHON:
            self._mended = _PYTHON[word]
        elif not _WORD.fullmatch(word):
            return self._break()
        self._expects = ","
        return len(word)

    def _string(self, text: str, at: int) -> int:
        if run := _RUN.match(text, at):
            return run.end() - at
        if text[at] == '"':
            self._expects = ":" if self._quoted == "n" else ","
            self._quoted = ""
            return 1
        if escape := _ESCAPE.match(text, at):
            return escape.end() - at
        if text[at] < " " and self._quoted == "v":
            self._mended = json.dumps(text[at])[1:-1]
            return 1
        if text[at] == "\\" and len(text) - at < 6 and (len(text) - at < 2 or text[at + 1] == "u"):
            return 0
        return self._break()
