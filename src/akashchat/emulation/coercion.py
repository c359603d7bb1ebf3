"""A value's single fault, mended where there is one way to read what was meant.

A table by kind of fault and by the type wanted.  Whatever is not in it is left as it is, for the model to
correct: nothing here makes up content.
"""

import re
from collections.abc import Callable
from typing import Any

import msgspec

_INTEGER = re.compile(r"[+-]?\d{1,18}(\.0+)?")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,2})?")
_TRUTHS = {"true": True, "false": False}


class _Unclear(Exception):
    """There is no one way."""


def mend(root: list[Any], fault: Any, *, strict: bool, among: bool = False) -> bool:
    """Mend ``fault`` of the value in ``root[0]``; give whether something was changed.

    ``among`` several alternatives an object or a list is not made a text: anything could be, and where a text is
    one of the alternatives nothing would ever be wrong.
    """
    place = [0, *fault.instance_path]
    holder: Any = root
    try:
        for step in place[:-1]:
            holder = holder[step]
        found = holder[place[-1]]
    except (KeyError, IndexError, TypeError):
        return False  # another fault's mending has taken it away
    kind = type(fault.kind).__name__
    wanted = fault.kind.value
    if kind == "AdditionalProperties" and strict and isinstance(found, dict):
        return _drop(found, wanted)
    if kind == "Type" and found is None and isinstance(holder, dict):
        del holder[place[-1]]  # where it may not be absent either, that is the fault told
        return True
    mended = _mended(kind, wanted, found)
    if mended is _Unclear or (among and isinstance(mended, str) and isinstance(found, dict | list)):
        return False
    holder[place[-1]] = mended
    return True


def _drop(found: dict[str, Any], names: list[str]) -> bool:
    present = [name for name in names if name in found]
    for name in present:
        del found[name]
    return bool(present)


def _mended(kind: str, wanted: Any, found: Any) -> Any:
    if kind == "Type":
        return _typed(wanted if isinstance(wanted, list) else [wanted], found)
    if kind in {"Enum", "Constant"}:
        return _among(wanted if kind == "Enum" else [wanted], found)
    return _Unclear


def _typed(types: list[str], found: Any) -> Any:
    for name in sorted(types, key=_ORDER.index):
        try:
            return _TO[name](found)
        except _Unclear:
            continue
    return _Unclear


def _among(options: list[Any], found: Any) -> Any:
    """The one option that reads the same, capitals and blanks aside."""
    if isinstance(found, dict | list) or found is None:
        return _Unclear
    same = [option for option in options if _plain(option) == _plain(found)]
    return same[0] if len(same) == 1 else _Unclear


def _plain(value: Any) -> str:
    if isinstance(value, str):
        return value.strip().casefold()
    return msgspec.json.encode(value).decode()


def _integer(found: Any) -> int:
    if isinstance(found, str) and _INTEGER.fullmatch(text := found.strip()):
        return int(text.partition(".")[0])
    raise _Unclear


def _number(found: Any) -> float:
    if isinstance(found, str) and len(found) < 40 and _NUMBER.fullmatch(text := found.strip()):
        return int(text) if _INTEGER.fullmatch(text) and "." not in text else float(text)
    raise _Unclear


def _boolean(found: Any) -> bool:
    if isinstance(found, str) and (text := found.strip().lower()) in _TRUTHS:
        return _TRUTHS[text]
    raise _Unclear


def _null(found: Any) -> None:
    if isinstance(found, str) and found.strip().lower() in {"null", "none"}:
        return
    raise _Unclear


def _object(found: Any) -> Any:
    return _unpacked(found, dict)


def _array(found: Any) -> Any:
    try:
        return _unpacked(found, list)
    except _Unclear:
        if found is None:
            raise
        return [found]


def _string(found: Any) -> str:
    if found is not None:  # a file of JSON that is to be written, say, read one time too often
        return msgspec.json.encode(found).decode()
    raise _Unclear


def _unpacked(found: Any, kind: type) -> Any:
    """A value that was written as JSON text."""
    if isinstance(found, str) and found.lstrip()[:1] in {"{", "["}:
        try:
            value = msgspec.json.decode(found.encode())
        except (ValueError, RecursionError):
            raise _Unclear from None
        if isinstance(value, kind):
            return value
    raise _Unclear


_TO: dict[str, Callable[[Any], Any]] = {
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "object": _object,
    "null": _null,
    "array": _array,
    "string": _string,
}
_ORDER = list(_TO)
"""The narrower type goes first: ``"5"`` where a number or an array may stand is a number."""
