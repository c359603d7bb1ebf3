"""JSON Schema: whether a value fits, and what can safely be done so that it does.

The library does the checking, and is loaded with the first schema: a gateway that sees none does not pay
its memory.  A schema is a caller's own and may be hostile: nothing is fetched for it, its patterns have a
budget, and one whose references multiply without end is refused.

What a value lacks is mended only where there is one way to read it: ``"5"`` where a number is wanted is 5.
Each change is made where the library found the fault, and the result is checked as a whole.
"""

import functools
import importlib
from itertools import chain
from typing import Any

import msgspec
from msgspec import Struct

from akashchat.emulation import coercion
from akashchat.emulation.burden import Backtracking, Burden, Patterns
from akashchat.errors import BadRequest

_MOST_LOOKS_EACH = 20_000
"""A schema's own factor: those of real tools are below 100, a list of 10,000 names is 10,000."""
_MOST_LOOKS = 3_000_000
"""At a whole value.  The library needs about 15 ns for each: at most 50 ms, and no memory."""
_MOST_READ = 4_000_000
"""Characters read by patterns, each of which may read all of them: 20 ns for each part of a pattern."""
_BACKTRACKS = 5_000
_MOST_TRIES = 1_000
"""Patterns that backtrack, times values: one gives up after 50 µs, so 50 ms in all."""
_MOST_COLLECTED = 4_000
"""Faults that one collection may give at worst: 6 µs and 4 KB each, and the library makes all at once."""
_MOST_COPIED = 2_000_000
"""Characters of the value in those faults: each fault holds its part of it, twice."""
_COLLECTED_IN_ALL = 8_000
"""Over all rounds of mending one value: 50 ms.  Looks that collect nothing are not counted: they are cheap."""
_CACHED_BYTES = 65_536
_MOST_FAULTS = 400
"""What has more is not mended: it is not a slip, and every change costs a look at the whole."""
_MOST_CHOICES = 32
_MOST_BRANCHES = 16
_TOLD_FAULTS = 5
_ROUNDS = 64
"""Mending uncovers what was below, and of a large value each round shows one fault; the looks end it sooner."""
_MOST_VALUES = 200_000
_MOST_DEPTH = 200
_HANDLING = 12
"""What it takes to bring one part of a value to the library, in looks."""
_TOO_LARGE = "the whole: it does not fit its schema, or is too large to be compared with it"


class Fitted(Struct, frozen=True):
    """A value as near to its schema as it could safely be brought; ``wrong`` says what does not fit."""

    value: Any
    wrong: tuple[str, ...] = ()


_Burdens = tuple[Burden, Patterns | None, Backtracking | None]


class _Size(Struct, frozen=True):
    """What a value is to its checks."""

    values: int
    depth: int
    length: int

    @classmethod
    def of(cls, value: Any, length: int) -> "_Size | None":
        """That of ``value``, whose JSON is so long; ``None`` for one that is too large for any check."""
        depth = values = 0
        level = [value]
        while level:
            depth += 1
            values += len(level)
            if values > _MOST_VALUES or depth > _MOST_DEPTH:
                return None
            holders = [
                one.values() if isinstance(one, dict) else one
                for one in level
                if isinstance(one, dict | list)
            ]
            level = list(chain.from_iterable(holders))
        return cls(values, depth, length)


class Schema:
    """One schema, compiled."""

    def __init__(self, validator: Any, burdens: _Burdens) -> None:
        self._validator = validator
        self._burdens = burdens

    def fit(self, value: Any, *, strict: bool = False) -> Fitted:
        """Bring ``value`` towards the schema; ``strict`` drops what the schema rules out by name.

        ``value`` must be free of lone surrogates and of moderate depth; it is not changed itself.
        """
        return _Fitting(self._validator, self._burdens, strict=strict).fit(value)


class _Fitting:
    """One value on its way, and what may still be spent on it."""

    def __init__(self, validator: Any, burdens: _Burdens, *, strict: bool) -> None:
        self._validator = validator
        self._burden, self._patterns, self._backtracking = burdens
        self._strict = strict
        self._looks = _MOST_LOOKS
        self._faults_left = _COLLECTED_IN_ALL

    def fit(self, value: Any) -> Fitted:
        text = msgspec.json.encode(value)
        told: tuple[str, ...] = (_TOO_LARGE,)
        root = [value]
        for turn in range(_ROUNDS):
            faults = self._faults(root[0], text)
            if faults is None:
                break
            if not faults:
                return Fitted(root[0])
            told = _told(faults)
            if turn == 0:
                root[0] = msgspec.json.decode(text)
            if len(faults) > _MOST_FAULTS or not self._mend(root, faults):
                break
            text = msgspec.json.encode(root[0])
        return Fitted(root[0], told)

    def _faults(self, value: Any, text: bytes) -> list[Any] | None:
        """What is wrong with it, or the first of that; ``None`` where finding it would take too long."""
        size = _Size.of(value, len(text))
        if size is None or (factor := self._afforded(size)) is None:
            return None
        if self._validator.is_valid(value):
            return []
        worst = factor * size.values
        if worst <= min(_MOST_COLLECTED, self._faults_left) and factor * size.length <= _MOST_COPIED:
            self._faults_left -= worst
            return list(self._validator.iter_errors(value))
        if self._burden.widest * size.length > _MOST_COPIED or self._afforded(size) is None:
            return None
        try:
            self._validator.validate(value)
        except ValueError as fault:
            return [fault]
        return []

    def _afforded(self, size: _Size) -> int | None:
        """The looks at each part of a value of this size, where they can be afforded; they are paid."""
        try:
            factor = self._burden.factor(size.depth)
            read = self._patterns.factor(size.depth) * size.length if self._patterns else 0
            tried = self._backtracking.factor(size.depth) * size.values if self._backtracking else 0
        except (ValueError, RecursionError):
            return None
        if read > _MOST_READ or tried > _MOST_TRIES:
            return None
        self._looks -= (factor + _HANDLING) * size.values + size.length // 2
        return factor if self._looks >= 0 else None

    def _mend(self, root: list[Any], faults: list[Any]) -> bool:
        changed = False
        choices = 0
        for fault in faults:
            branches = getattr(fault.kind, "context", None)
            if branches is None:
                changed |= coercion.mend(root, fault, strict=self._strict)
            elif choices < _MOST_CHOICES:
                choices += 1
                changed |= self._choose(root, fault, branches[:_MOST_BRANCHES])
        return changed

    def _choose(self, root: list[Any], fault: Any, branches: list[list[Any]]) -> bool:
        """Mend towards the first alternative that then fits, if one does."""
        before = msgspec.json.encode(root[0])
        for branch in branches:
            trial = [msgspec.json.decode(before)]
            self._looks -= len(before) // 2
            if not all(coercion.mend(trial, inner, strict=self._strict, among=True) for inner in branch):
                continue
            faults = self._faults(trial[0], msgspec.json.encode(trial[0]))
            if faults is None:
                return False
            place = fault.instance_path
            if not any(other.instance_path[: len(place)] == place for other in faults):
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
    burden = Burden(schema, len(text))
    if burden.factor(1) > _MOST_LOOKS_EACH:
        raise ValueError("its references and alternatives lead to too many checks")
    burdens = (
        burden,
        Patterns(schema, len(text)) if burden.patterns else None,
        Backtracking(schema, len(text)) if burden.backtracking else None,
    )
    library = importlib.import_module("jsonschema_rs")
    patterns = library.FancyRegexOptions(backtrack_limit=_BACKTRACKS, size_limit=1 << 18)
    return Schema(library.validator_for(schema, retriever=_refuse, pattern_options=patterns), burdens)


def _refuse(uri: str) -> Any:
    raise ValueError(f"'{uri}' is not fetched: a schema must hold all it refers to")


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
