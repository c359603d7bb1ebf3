"""Where a well-formed JSON value ends, whatever tags and brackets stand in its strings.

Rule: RFC 8259, but for a comma before a closing bracket, Python's words and unknown escapes, which leave no doubt where
the value ends.
"""

import re
from collections.abc import Callable
from typing import Literal, TypeAlias

from akashchat.emulation.tools.source import Reading, Source

Keys: TypeAlias = Callable[[str], bool]
"""Whether a key may stand at the top of an object."""

_Place: TypeAlias = Literal["key", "colon", "value", "item", "comma"]

_END_OF_STRING = re.compile(r'["\\\n]')
_WORD = re.compile(r"[\w+\-.]{0,401}")
_SCALAR = re.compile(r"-?\d[\w+\-.]{0,398}|true|false|null|True|False|None|-?Infinity|NaN")
_CLOSER = {"{": "}", "[": "]"}
_MAY_CLOSE: dict[str, tuple[_Place, _Place]] = {"}": ("key", "comma"), "]": ("item", "comma")}


def balanced(source: Source, start: int, allows: Keys | None = None, level: int = 1) -> Reading[int]:
    """Where the value ends that begins with a bracket at ``start``; 0 where it is no JSON, or is not ended.

    ``allows`` judges the keys of objects at depth ``level``; the place after one that is refused is given negative.
    """
    closers: list[str] = []
    place: _Place = "value"
    pos, key = start, start
    while True:
        pos = yield from source.solid(pos)
        sign = source.text[pos : pos + 1]
        if sign in _MAY_CLOSE:
            if place not in _MAY_CLOSE[sign] or closers.pop() != sign:
                return 0
            pos, place = pos + 1, "comma"
            if not closers:
                return pos
        elif sign == "," and place == "comma":
            pos, place = pos + 1, "key" if closers[-1] == "}" else "item"
        elif sign == ":" and place == "colon":
            # The key ends right before its quote; blanks may stand before the colon.
            end = source.text.rindex('"', key, pos) + 1
            if allows and len(closers) == level and not allows(source.text[key : end - 1]):
                return -end
            pos, place = pos + 1, "value"
        elif sign in _CLOSER and place in {"value", "item"}:
            closers.append(_CLOSER[sign])
            pos, place = pos + 1, "key" if sign == "{" else "item"
        else:
            key, after = pos + 1, place
            pos = yield from _scalar(source, pos, place)
            if not pos:
                return 0
            place = "colon" if after == "key" else "comma"


def _scalar(source: Source, pos: int, place: _Place) -> Reading[int]:
    """Where a string, a number or a word ends; 0 where none may stand, or none does."""
    if place in {"colon", "comma"}:
        return 0
    if source.text.startswith('"', pos):
        return (yield from _string(source, pos + 1))
    while True:
        word = _WORD.match(source.text, pos)
        end = word.end() if word else pos
        if end < len(source.text) or end - pos > 400 or source.done:
            break
        yield
    return end if place != "key" and _SCALAR.fullmatch(source.text, pos, end) else 0


def _string(source: Source, pos: int) -> Reading[int]:
    """Where the string ends whose inside begins at ``pos``; 0 where it breaks off, or the line does."""
    while True:
        found = _END_OF_STRING.search(source.text, pos)
        if not found:
            pos = len(source.text)
            if source.done:
                return 0
            yield
            continue
        pos = found.end()
        if found[0] == '"':
            return pos
        if found[0] == "\n" or not (yield from source.has(pos + 1)):
            return 0
        pos += source.text[pos] != "\n"
