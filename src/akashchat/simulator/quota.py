"""The token quota of the new dialect: so many tokens in four hours for one address.

The simulator knows one address only. Spending is charged after an answer, so the last answer may overdraw;
the window begins with the first request charged.
"""

import math
from collections.abc import Callable
from typing import Any, Final

from akashchat.simulator.javascript import iso_time
from akashchat.simulator.refusals import Refusal

AKASH_QUOTA_TOKENS: Final = 25_000
"""What chat.akash.network gave an anonymous address, by its published source."""

WINDOW_S: Final = 4 * 3600


class Quota:
    """What is left of the tokens of this window; no limit at all when ``tokens`` is None."""

    def __init__(self, tokens: int | None, now: Callable[[], float]) -> None:
        self._tokens = tokens
        self._now = now
        self._used = 0
        self._ends = 0.0

    @property
    def used(self) -> int:
        """Tokens charged in the current window."""
        return self._used if self._now() < self._ends else 0

    @property
    def is_spent(self) -> bool:
        """Whether the next chat request is refused."""
        return self._tokens is not None and self.used >= self._tokens

    @property
    def resets_at(self) -> float:
        """When the window ends, in seconds since 1970; four hours from now if none has begun."""
        now = self._now()
        return self._ends if now < self._ends else now + WINDOW_S

    def charge(self, tokens: int) -> None:
        """Take tokens from the quota."""
        used = self.used
        if self._now() >= self._ends:
            self._ends = self._now() + WINDOW_S
        self._used = used + tokens

    def report(self) -> dict[str, Any]:
        """What ``/api/rate-limit/status/`` answers."""
        percentage = round(100 * self.used / self._tokens) if self._tokens else 0
        return {
            "usagePercentage": percentage,
            "remainingPercentage": max(0, 100 - percentage),
            "resetTime": iso_time(self.resets_at),
            "blocked": self.is_spent,
            "authenticated": False,
            "conversationTokenPercentage": min(100, percentage),
            "showConversationWarning": percentage >= 80,
        }

    def refusal(self, *, with_header: bool = True) -> Refusal:
        """The 429 of a spent quota."""
        resets_at = self.resets_at
        headers = {"x-tokenlimit-reset": str(math.ceil(resets_at))} if with_header else {}
        document = {
            "error": "Rate limit exceeded",
            "message": "You've reached your usage limit for this time period. Sign in for higher limits.",
            "resetTime": iso_time(resets_at),
            "requiresVerification": False,
            "tier": "anonymous",
        }
        return Refusal.of(429, document, **headers)
