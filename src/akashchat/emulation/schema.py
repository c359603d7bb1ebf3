"""JSON Schema: whether a value fits, and what can safely be done so that it does.

The library does the checking, and is loaded with the first schema: a gateway that sees none does not pay
its memory.  A schema is a caller's own and may be hostile: nothing is fetched for it, its patterns have a
budget, and one whose references multiply without end is refused.

What a value lacks is mended only where there is one way to read it: ``"5"`` where a number is wanted is 5.
Each change is made where the library found the fault, and the result is checked as a whole.
"""

import functools
import importlib
from itertools import islice
from typing import Any

import msgspec
from msgspec import Struct

from akashchat.emulation import coercion
from akashchat.errors import BadRequest

MAX_PATTERNS = 256
"""Regular expressions in one schema; OpenAI allows a schema 5,000 properties, and few have a pattern."""

_MAX_STEPS = 500_000
"""Checks of one value at one place, references followed: what takes longer than a moment is refused."""
_CACHED_BYTES = 65_536
_MOST_FAULTS = 400
"""What has more is not mended: it is not a slip, and every change costs a look at the whole."""
_MOST_CHOICES = 32
_MOST_BRANCHES = 16
_TOLD_FAULTS = 5
_ROUNDS = 6
"""Mending uncovers what was below: an object that was text, an array in it that was text, its items."""


class Fitted(Struct, frozen=True):
    """A value as near to its schema as it could safely be brought; ``wrong`` says what does not fit."""

    value: Any
    wrong: tuple[str, ...] = ()


class Schema:
    """One schema, compiled."""

    def __init__(self, validator: Any) -> None:
        self._validator = validator

    def fit(self, value: Any, *, strict: bool = False) -> Fitted:
        """Bring ``value`` towards the schema; ``strict`` drops what the schema rules out by name.

        ``value`` must be free of lone surrogates and of moderate depth; it is not changed itself.
        """
        if self._validator.is_valid(value):
            return Fitted(value)
        root = [msgspec.json.decode(msgspec.json.encode(value))]
        faults = self._faults(root[0])
        for _ in range(_ROUNDS):
            if not faults or len(faults) > _MOST_FAULTS or not self._mend(root, faults, strict=strict):
                break
            faults = self._faults(root[0])
        return Fitted(root[0], _told(faults))

    def _faults(self, value: Any) -> list[Any]:
        return list(islice(self._validator.iter_errors(value), _MOST_FAULTS + 1))

    def _mend(self, root: list[Any], faults: list[Any], *, strict: bool) -> bool:
        changed = False
        choices = 0
        for fault in faults:
            branches = getattr(fault.kind, "context", None)
            if branches is None:
                changed |= coercion.mend(root, fault, strict=strict)
            elif choices < _MOST_CHOICES:
                choices += 1
                changed |= self._choose(root, fault, branches[:_MOST_BRANCHES], strict=strict)
        return changed

    def _choose(self, root: list[Any], fault: Any, branches: list[list[Any]], *, strict: bool) -> bool:
        """Mend towards the first alternative that then fits, if one does."""
        before = msgspec.json.encode(root[0])
        for branch in branches:
            trial = [msgspec.json.decode(before)]
            if not all(coercion.mend(trial, inner, strict=strict) for inner in branch):
                continue
            place = fault.instance_path
            if not any(other.instance_path[: len(place)] == place for other in self._faults(trial[0])):
                root[0] = trial[0]
                return True
        return False


def compiled(schema: dict[str, Any], param: str) -> Schema:
    """A caller's schema, ready for use; raises ``BadRequest`` with ``param`` where it is none."""
    try:
        text = msgspec.json.encode(schema)
        compile_ = _compiled if len(text) <= _CACHED_BYTES else _compiled.__wrapped__
        return compile_(text)
    except RecursionError:
        raise BadRequest("the schema is nested too deeply", param=param) from None
    except ValueError as error:
        reason = getattr(error, "message", "") or str(error)
        place = "".join(f"[{step!r}]" for step in getattr(error, "instance_path", ()))
        told = f" at {place}" if place else ""
        raise BadRequest(f"not a JSON Schema{told}: {_short(reason)}", param=param) from None


@functools.lru_cache(maxsize=64)
def _compiled(text: bytes) -> Schema:
    schema = msgspec.json.decode(text)
    _check_cost(schema)
    library = importlib.import_module("jsonschema_rs")
    patterns = library.FancyRegexOptions(backtrack_limit=20_000, size_limit=1 << 18)
    return Schema(library.validator_for(schema, retriever=_refuse, pattern_options=patterns))


def _refuse(uri: str) -> Any:
    raise ValueError(f"'{uri}' is not fetched: a schema must hold all it refers to")


def _check_cost(schema: Any) -> None:
    """Refuse a schema whose references multiply: twice the next, forty times over, is never done."""
    if _Cost(schema).of(schema, 0) > _MAX_STEPS:
        raise ValueError("its references lead to too many checks")


class _Cost:
    """How many checks one value takes at most, references followed and each cycle cut."""

    def __init__(self, root: Any) -> None:
        self._root = root
        self._known: dict[int, int] = {}
        self._patterns = 0

    def of(self, node: Any, depth: int) -> int:
        if not isinstance(node, dict | list):
            return 0
        if id(node) in self._known:
            return self._known[id(node)]
        if depth > 1_000:
            raise ValueError("it is nested too deeply")
        self._known[id(node)] = 1  # a cycle ends here
        total = 1
        if isinstance(node, dict):
            total += self.of(self._target(node.get("$ref")), depth + 1)
            self._count_patterns(node)
        for child in node.values() if isinstance(node, dict) else node:
            total += self.of(child, depth + 1)
        self._known[id(node)] = min(total, _MAX_STEPS + 1)
        return self._known[id(node)]

    def _count_patterns(self, node: dict[str, Any]) -> None:
        several = node.get("patternProperties")
        self._patterns += isinstance(node.get("pattern"), str)
        self._patterns += len(several) if isinstance(several, dict) else 0
        if self._patterns > MAX_PATTERNS:
            raise ValueError(f"it holds more than {MAX_PATTERNS} patterns")

    def _target(self, reference: Any) -> Any:
        """What a reference into the schema itself means; the library judges all others."""
        if not isinstance(reference, str) or not reference.startswith("#"):
            return None
        node = self._root
        for step in reference[1:].split("/")[1:]:
            key = step.replace("~1", "/").replace("~0", "~")
            if isinstance(node, list) and key.isdecimal() and len(key) < 9 and int(key) < len(node):
                node = node[int(key)]
            elif isinstance(node, dict):
                node = node.get(key)
            else:
                return None
        return node


def _told(faults: list[Any]) -> tuple[str, ...]:
    """Faults in words, each with its place."""
    told = [f"{_place(fault.instance_path)}: {_short(fault.message)}" for fault in faults[:_TOLD_FAULTS]]
    return (*told, f"and {len(faults) - _TOLD_FAULTS} more") if len(faults) > _TOLD_FAULTS else tuple(told)


def _place(path: list[str | int]) -> str:
    steps = [f"[{step}]" if isinstance(step, int) else f".{step}" for step in path]
    return _short("".join(steps).removeprefix(".")) or "the whole"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 240 else f"{line[:120]} … {line[-100:]}"
