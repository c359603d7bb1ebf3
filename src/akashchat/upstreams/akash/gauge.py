"""How much of Akash's token quota is used: what Akash said last, and what was counted since.

Akash tells a share in whole hundredths, counts other users of the same address too, and may give a model's
tokens a weight of their own.  So what a token costs is learnt: from two of Akash's words, and the tokens counted
between them.
"""

_USUAL_TOKENS = 25_000.0
"""What chat.akash.network gave an anonymous address in 2025, by its published source."""

_ENOUGH_TOKENS = 1_000.0
"""Fewer than these between two words teach nothing, as a word is rounded to a hundredth."""

_ROUNDED = 0.01
"""By so much less than it says may a word mean."""

_LEAST, _MOST = 1e-8, 1e-3
"""What a token may cost, as a share of the quota: between a thousand tokens in all, and a hundred million."""


class Gauge:
    """The share that is used of a window's quota, and when the next window begins (seconds since the epoch)."""

    def __init__(self) -> None:
        self.ends_at: float | None = None
        self.told = 0.0
        self.since = 0.0
        """Tokens counted since Akash told."""
        self._cost = 1 / _USUAL_TOKENS

    @property
    def used(self) -> float:
        """The share that is probably used; 1 is all of it."""
        return self.told + self.since * self._cost

    @property
    def tokens(self) -> float:
        """How many tokens a window probably has."""
        return 1 / self._cost

    def count(self, tokens: int) -> None:
        """Tokens were used."""
        self.since += tokens

    def tell(self, used: float, ends_at: float | None) -> bool:
        """Akash tells what is used; gives whether a new window has begun, as within one that never falls."""
        grown = used - self.told
        if grown > 0 and self.since >= _ENOUGH_TOKENS:
            seen = min(max(grown / self.since, _LEAST), _MOST)
            self._cost = (self._cost + seen) / 2
        elif grown == 0 and self.since:
            # All that was counted came to less than a hundredth: there may be no quota at all.
            self._cost = max(min(self._cost, _ROUNDED / self.since), _LEAST)
        self.told = used
        self.since = 0.0
        self.ends_at = ends_at
        return grown < 0

    def renew(self, now: float) -> bool:
        """Begin a new window where the old one is over; gives whether one was."""
        if self.ends_at is None or now < self.ends_at:
            return False
        self.told = self.since = 0.0
        self.ends_at = None
        return True
