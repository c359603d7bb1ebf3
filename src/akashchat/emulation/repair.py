"""JSON as models write it, read.

Models put it in fences, talk around it, leave commas behind, quote like Python, forget the last bracket.
Each of these has one reading, and that is taken.  Where content would have to be made up - a text that
breaks off, a bare word, an ellipsis - there is none, and ``ValueError`` says so.

The time is linear in the text's length, the depth has a limit.
"""

import json
import math
import re
from contextlib import suppress
from typing import Any

from akashchat.emulation.tolerant import MAX_DEPTH, Reader

_STARTS = re.compile(r"[{\[]")
_FENCE = re.compile(r"```[\w+-]*[ \t]*\r?\n(.*?)(?:\r?\n[ \t]*```|\Z)", re.DOTALL)
_CLOSERS = re.compile(r"[\s}\])`;,.]*")
_MOST_STARTS = 8
"""Brackets of the chatter before the value, ``[1]`` and the like; each costs a reading."""
_DOUBLED = 2
"""How often a value may be packed into a text."""


def read(text: str) -> Any:
    """The one JSON value in ``text``; raises ``ValueError`` where there is none, or no one reading."""
    value = _found(text.strip().removeprefix("\ufeff"))
    for _ in range(_DOUBLED):
        if not isinstance(value, str) or value.strip()[:1] not in {"{", "["}:
            break
        value = _found(value.strip())
    return _checked(value, 0)


def strict(text: str) -> Any:
    """The value of a text that is JSON and nothing else; raises ``ValueError``."""
    try:
        return _checked(json.loads(text, parse_constant=_refuse), 0)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _found(text: str) -> Any:
    with suppress(ValueError):
        return _loaded(text)
    fences = list(_FENCE.finditer(text))
    if len(fences) == 1 and text[:1] not in {"{", "["}:
        inside = fences[0][1].strip()
        with suppress(ValueError):
            return _among(inside)
    return _among(text)


def _loaded(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_refuse, strict=False)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _among(text: str) -> Any:
    """The value that begins at one of the first brackets, or is the whole text."""
    if text[:1] not in {"{", "["}:
        with suppress(ValueError):
            reader = Reader(text)
            value = reader.value()
            if not text[reader.end() :].strip():
                return value
    reason = ValueError("there is no JSON in it")
    for start in list(_STARTS.finditer(text))[:_MOST_STARTS]:
        try:
            value, end = _at(text, start.start())
        except ValueError as error:
            reason = error
            if start.start() == 0:
                break  # nothing was said before it: this is the value, and it is broken
            continue
        _check_rest(text, end)
        return value
    raise reason


def _at(text: str, start: int) -> tuple[Any, int]:
    try:
        return _DECODER.raw_decode(text, start)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except ValueError:
        reader = Reader(text, start)
        return reader.value(), reader.end()


def _check_rest(text: str, end: int) -> None:
    """Behind the value may be chatter; a second value would make it unclear which is meant."""
    closed = _CLOSERS.match(text, end)
    rest = closed.end() if closed else end
    for start in list(_STARTS.finditer(text, rest))[:_MOST_STARTS]:
        try:
            value, _ = _at(text, start.start())
        except ValueError:
            continue
        if isinstance(value, dict) and value:
            raise ValueError("it holds more than one JSON value")


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(strict=False, parse_constant=_refuse)


def _checked(value: Any, depth: int) -> Any:
    """The same value, fit to be written: no lone surrogates, no infinity, no bottomless nesting."""
    if depth > MAX_DEPTH:
        raise ValueError("nested too deeply")
    if isinstance(value, str):
        return _whole(value)
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("a number is out of range")
    if isinstance(value, list):
        return [_checked(item, depth + 1) for item in value]
    if isinstance(value, dict):
        return {_whole(name): _checked(item, depth + 1) for name, item in value.items()}
    return value


def _whole(text: str) -> str:
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
