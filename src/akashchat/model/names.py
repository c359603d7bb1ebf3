"""Tables whose names may hold ``*``, which stands for any text.

A name without one goes before those with, and of those the longest that fits goes first.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")

_LONGEST = 256
"""No longer name is held against a pattern: several ``*`` could search a long text for long."""


class Names(Generic[T]):
    """What each name stands for."""

    def __init__(self, table: Mapping[str, T]) -> None:
        self.exact = {name: meant for name, meant in table.items() if "*" not in name}
        self._patterns = [
            (_pattern(name), table[name])
            for name in sorted(table, key=lambda name: (-len(name), name))
            if "*" in name
        ]

    def find(self, name: str) -> T | None:
        """What a name stands for, if for anything."""
        found = self.exact.get(name)
        if found is None and self._patterns and len(name) <= _LONGEST:
            found = next((meant for pattern, meant in self._patterns if pattern.fullmatch(name)), None)
        return found

    def find_any(self, names: Sequence[str]) -> T | None:
        """What one of these names stands for, all of them names of one thing; whole names go first here, too."""
        found = next((self.exact[name] for name in names if name in self.exact), None)
        if found is None and self._patterns:
            short = [name for name in names if len(name) <= _LONGEST]
            fitting = (meant for pattern, meant in self._patterns if any(map(pattern.fullmatch, short)))
            found = next(fitting, None)
        return found


def _pattern(name: str) -> re.Pattern[str]:
    """``*`` means any text, everything else itself."""
    return re.compile(".*".join(map(re.escape, re.split(r"\*+", name))), re.DOTALL)
