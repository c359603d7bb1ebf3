"""Who used how much of what all callers share, and who goes first where they must wait."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from typing import TypeAlias, TypeVar

from msgspec import Struct

Who: TypeAlias = Hashable
T = TypeVar("T")

_ACTIVE_S = 900.0
"""Whoever asked nothing for so long has nothing kept for them."""
_MOST_CALLERS = 10_000


class _Use(Struct):
    tokens: float = 0.0
    asked_at: float = 0.0


class Shares:
    """What each caller used in this window.

    A caller's fair share is an equal part of the window for each who asked of late.  What one does not use is
    free for all, until little is left: from then on it is kept for those who are below their share.
    """

    def __init__(self) -> None:
        self._uses: dict[Who, _Use] = {}

    def asked(self, who: Who, now: float) -> None:
        """Somebody asks."""
        use = self._uses.pop(who, None) or _Use()
        use.asked_at = now
        self._uses[who] = use  # behind all others: the first is who has asked for nothing the longest
        if len(self._uses) > _MOST_CALLERS:
            del self._uses[next(iter(self._uses))]

    def used(self, who: Who, tokens: int) -> None:
        """Somebody used tokens."""
        if (use := self._uses.get(who)) is not None:
            use.tokens += tokens

    def exceeded(self, who: Who, whole: float, now: float) -> bool:
        """Whether somebody has had a fair share of ``whole``, while others want theirs."""
        active = sum(use.asked_at > now - _ACTIVE_S for use in self._uses.values())
        use = self._uses.get(who)
        return use is not None and active > 1 and use.tokens >= whole / active

    def renew(self) -> None:
        """A new window begins."""
        for use in self._uses.values():
            use.tokens = 0.0


def in_turn(waiting: Iterable[T], who: Callable[[T], Who]) -> list[T]:
    """Those who wait, in the order of their turns: one of each caller, then the second of each, and so on."""
    before: defaultdict[Who, int] = defaultdict(int)
    ranked: list[tuple[int, T]] = []
    for one in waiting:
        ranked.append((before[who(one)], one))
        before[who(one)] += 1
    return [one for _, one in sorted(ranked, key=lambda pair: pair[0])]
