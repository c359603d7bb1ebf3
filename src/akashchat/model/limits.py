"""How much somebody may ask for, and how much of it is left."""

import enum
from collections.abc import Iterable
from datetime import UTC, datetime

from msgspec import Struct

_MINUTE_S, _DAY_S = 60, 86_400


class Kind(enum.StrEnum):
    """What a limit bounds; the names are those of an allowance."""

    CONCURRENCY = "concurrency"
    REQUESTS_PER_MINUTE = "requests_per_minute"
    TOKENS_PER_MINUTE = "tokens_per_minute"
    TOKENS_PER_DAY = "tokens_per_day"
    TOKENS_PER_MONTH = "tokens_per_month"

    @property
    def of_tokens(self) -> bool:
        """Whether tokens are counted, and not requests or answers under way."""
        return self in _OF_TOKENS

    @property
    def is_budget(self) -> bool:
        """Whether what is spent is back no sooner than tomorrow."""
        return self in _BUDGETS


_OF_TOKENS = frozenset({Kind.TOKENS_PER_MINUTE, Kind.TOKENS_PER_DAY, Kind.TOKENS_PER_MONTH})
_BUDGETS = frozenset({Kind.TOKENS_PER_DAY, Kind.TOKENS_PER_MONTH})


class Limit(Struct, frozen=True):
    """At most so many, from ``window`` until ``ends_at``: seconds since the epoch, in UTC's minutes, days and months.

    Answers under way have no such time: both are 0.
    """

    kind: Kind
    most: int
    window: int
    ends_at: int


class Standing(Struct, frozen=True):
    """How much of a limit is used, and how much of it reserved for answers under way."""

    limit: Limit
    used: int
    reserved: int

    @property
    def left(self) -> int:
        """How much may still be asked for; never negative."""
        return max(0, self.limit.most - self.used - self.reserved)


def scarcest(standings: Iterable[Standing], *, of_tokens: bool) -> Standing | None:
    """Of limits of tokens, or of requests, the one of which least is left: it refuses first."""
    found = [
        one for one in standings
        if one.limit.kind.of_tokens is of_tokens and one.limit.kind is not Kind.CONCURRENCY
    ]  # fmt: skip
    return min(found, key=lambda one: one.left, default=None)


def limit_at(kind: Kind, most: int, now: float) -> Limit:
    """A limit as it is at a moment, in seconds since the epoch."""
    window, ends_at = _window(kind, int(now))
    return Limit(kind, most, window, ends_at)


def _window(kind: Kind, now: int) -> tuple[int, int]:
    match kind:
        case Kind.CONCURRENCY:
            return 0, 0
        case Kind.REQUESTS_PER_MINUTE | Kind.TOKENS_PER_MINUTE:
            begun = now - now % _MINUTE_S
            return begun, begun + _MINUTE_S
        case Kind.TOKENS_PER_DAY:
            begun = now - now % _DAY_S
            return begun, begun + _DAY_S
        case Kind.TOKENS_PER_MONTH:
            first = datetime.fromtimestamp(now, UTC).replace(day=1, hour=0, minute=0, second=0)
            following = first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1)
            return int(first.timestamp()), int(following.timestamp())
