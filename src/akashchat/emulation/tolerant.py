"""A reader of JSON that forgives what has one reading.

Trailing and missing commas, comments, single and curly quotes, Python's literals, names without quotes,
texts in three quotes, line breaks and quotes inside texts, brackets that are missing at the end.  It never
reads a character more than a few times.
"""

import re
from typing import Any

MAX_DEPTH = 100

_BLANK = re.compile(r"(?:[\s\ufeff]+|//[^\n]*|#[^\n]*|/\*(?:[^*]|\*(?!/))*\*/)*+")
_GAP = r"(?:[\s\ufeff]+|(?://|\#)[^\n]{0,200}\n|/\*(?:[^*]|\*(?!/)){0,200}\*/)*+"
"""The same with comments of some length at most: it is looked for behind every comma of a text."""
_NAME = re.compile(r"[A-Za-z_$][\w$\-]*")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w.])")
_WORD = re.compile(r"[A-Za-z]+")
_LITERALS = {"true": True, "false": False, "null": None, "True": True, "False": False, "None": None}
_QUOTES = {'"': '"', "'": "'", "“": "”", "‘": "’"}
_ESCAPES = {'"': '"', "'": "'", "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_COMMAS = ",，"
_HEX = re.compile(r"[0-9a-fA-F]{4}")
_RUNS = {quote: re.compile(rf"[^\\{quote}]+") for quote in _QUOTES.values()}
# What comes behind the comma after a text, when that comma is not part of the text.
_MEMBER = re.compile(
    rf"""{_GAP}(?:"(?:[^"\\]|\\.){{0,200}}"|'(?:[^'\\]|\\.){{0,200}}'|“[^”]{{0,200}}”|‘[^’]{{0,200}}’
    |[A-Za-z_$][\w$\-]{{0,99}})\s*:|{_GAP}\}}|{_GAP}\Z""",
    re.VERBOSE,
)
_ITEM = re.compile(rf"""{_GAP}(?:["'“‘{{\[\]]|[+-]?\d|(?:true|false|null|True|False|None)\b)|{_GAP}\Z""")


class Reader:
    """Reads one value that begins at ``start``."""

    def __init__(self, text: str, start: int = 0) -> None:
        self._text = text
        self._at = start
        self._open: list[str] = []

    def end(self) -> int:
        """Where the value ended."""
        return self._at

    def value(self) -> Any:
        """The value; raises ``ValueError``."""
        sign = self._next()
        if sign == "{":
            return self._object()
        if sign == "[":
            return self._array()
        if sign in _QUOTES:
            return self._string(sign)
        if number := _NUMBER.match(self._text, self._at):
            self._at = number.end()
            return _number(number[0])
        word = _WORD.match(self._text, self._at)
        if word and word[0] in _LITERALS:
            self._at = word.end()
            return _LITERALS[word[0]]
        raise self._fault("a value is missing" if not sign or sign in ",]}:" else "not a value")

    def _next(self) -> str:
        """The next character that means something; empty at the end."""
        blank = _BLANK.match(self._text, self._at)
        self._at = blank.end() if blank else self._at
        return self._text[self._at : self._at + 1]

    def _fault(self, reason: str) -> ValueError:
        return ValueError(f"{reason} at character {self._at + 1}")

    def _enter(self, sign: str) -> None:
        if len(self._open) >= MAX_DEPTH:
            raise self._fault("nested too deeply")
        self._open.append(sign)
        self._at += 1

    def _object(self) -> dict[str, Any]:
        self._enter("{")
        found: dict[str, Any] = {}
        while self._next() != "}":
            name = self._name()
            if self._next() != ":":
                raise self._fault("':' is missing")
            self._at += 1
            found[name] = self.value()
            if not self._more("}"):
                break
        self._leave("}")
        return found

    def _array(self) -> list[Any]:
        self._enter("[")
        found: list[Any] = []
        while self._next() != "]":
            found.append(self.value())
            if not self._more("]"):
                break
        self._leave("]")
        return found

    def _more(self, closer: str) -> bool:
        """Whether another member follows; one comma between them is read, or was forgotten."""
        sign = self._next()
        if sign and sign in _COMMAS:
            self._at += 1
            if not self._next():
                raise self._fault("the text breaks off")
            return True
        if sign in _QUOTES or (sign in {"{", "["} and closer == "]"):
            return True
        if sign in {closer, ""} or (sign and sign in "}]" and len(self._open) > 1):
            return False  # a bracket that belongs further out closes what is open in it
        raise self._fault(f"',' or '{closer}' is missing")

    def _leave(self, closer: str) -> None:
        self._open.pop()
        if self._next() == closer:
            self._at += 1

    def _name(self) -> str:
        sign = self._next()
        if sign in _QUOTES and sign:
            return self._string(sign, name=True)
        if name := _NAME.match(self._text, self._at):
            self._at = name.end()
            return name[0]
        raise self._fault("a name is missing" if sign else "the text breaks off")

    def _string(self, quote: str, *, name: bool = False) -> str:
        closer = _QUOTES[quote]
        run = _RUNS[closer]
        block = self._text.startswith(quote * 3, self._at) and closer == quote
        self._at += 3 if block else 1
        pieces: list[str] = []
        while True:
            if plain := run.match(self._text, self._at):
                pieces.append(plain[0])
                self._at = plain.end()
            sign = self._text[self._at : self._at + 1]
            if not sign:
                raise self._fault("a text breaks off")
            self._at += 1
            if sign == "\\":
                pieces.append(self._escape())
            elif self._ends_block(closer) if block else self._closes(name=name):
                return "".join(pieces)
            else:
                pieces.append(sign)

    def _escape(self) -> str:
        sign = self._text[self._at : self._at + 1]
        self._at += 1
        if sign in _ESCAPES and sign:
            return _ESCAPES[sign]
        if sign == "u" and (code := _HEX.match(self._text, self._at)):
            self._at = code.end()
            return chr(int(code[0], 16))
        if not sign:
            raise self._fault("a text breaks off")
        return f"\\{sign}" if sign != "\n" else "\n"

    def _ends_block(self, quote: str) -> bool:
        """Whether the quote that was just read, and two more, end a text in three quotes."""
        ends = self._text.startswith(quote * 2, self._at)
        self._at += 2 if ends else 0
        return ends

    def _closes(self, *, name: bool) -> bool:
        """Whether the quote that was just read ends its text, or is a quotation inside."""
        here = self._at
        while here < len(self._text) and self._text[here].isspace():
            here += 1
        following = self._text[here : here + 1]
        if name:
            return following == ":"
        if not following or not self._open:
            return True
        member = self._open[-1] == "{"
        if following in _COMMAS:
            return (_MEMBER if member else _ITEM).match(self._text, here + 1) is not None
        if following in ":+":  # as well two texts that code would join
            raise self._fault("a text, or a name, it is unclear which")
        if following in _QUOTES and here > self._at:
            return not member or _MEMBER.match(self._text, here) is not None
        return following in "}]" or self._text.startswith(("//", "/*", "#"), here)


def _number(text: str) -> int | float:
    text = text.removeprefix("+")
    return int(text) if text.lstrip("-").isdecimal() else float(text)
