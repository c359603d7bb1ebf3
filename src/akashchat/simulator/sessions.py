"""The anonymous sessions of the app: who gets one, how long it lives, what its cookie looks like.

A token lives a fixed time and use does not prolong it. Refreshing gives a new token only when little of the
life is left, or when the token is unknown; the old one keeps its own end.
"""

import re
import secrets
from collections.abc import Callable, Mapping
from email.utils import formatdate
from typing import Final

FETCH_SITES: Final = ("same-origin", "same-site", "none")
FETCH_MODES: Final = ("navigate", "cors", "no-cors")

MAX_REFRESHES: Final = 3
MAX_TOKENS: Final = 10_000
"""Beyond this the oldest session is forgotten, so that a long demonstration does not grow."""


class Sessions:
    """The sessions now alive, by token."""

    def __init__(self, ttl_s: int, now: Callable[[], float]) -> None:
        self._ttl_s = ttl_s
        self._now = now
        self._ends: dict[str, float] = {}
        self._refreshes: dict[str, set[int]] = {}

    def issue(self, token: str | None = None, ttl_s: int | None = None) -> str:
        """Begin a session; gives its token."""
        now = self._now()
        self._ends = {known: end for known, end in self._ends.items() if end > now}
        while len(self._ends) >= MAX_TOKENS:
            del self._ends[next(iter(self._ends))]
        token = token or secrets.token_hex(32)
        self._ends[token] = now + (ttl_s or self._ttl_s)
        return token

    def holds(self, token: str | None) -> bool:
        """Whether that token opens a living session."""
        return self._left_s(token) > 0

    def cookie(self, token: str, ttl_s: int | None = None) -> str:
        """The ``Set-Cookie`` header that gives a token to the client, its attributes in the app's order."""
        life = ttl_s or self._ttl_s
        expires = formatdate(self._now() + life, usegmt=True)
        attributes = f"Max-Age={life}; Secure; HttpOnly; SameSite=strict; Partitioned"
        return f"session_token={token}; Path=/; Expires={expires}; {attributes}"

    def may_refresh(self, token: str) -> bool:
        """Count a refresh; false when there were too many.

        The app counts them by second, so several within one second are one.
        """
        now = self._now()
        since = now - int(self._ttl_s * 0.05)
        self._refreshes = {
            known: recent
            for known, seconds in self._refreshes.items()
            if (recent := {second for second in seconds if second > since})
        }
        seconds = self._refreshes.setdefault(token, set())
        if len(seconds) >= MAX_REFRESHES:
            return False
        seconds.add(int(now))
        return True

    def is_ageing(self, token: str) -> bool:
        """Whether a refresh gives a new token: a fifth of its life or less is left, or it is not known."""
        return self._left_s(token) <= self._ttl_s * 0.2

    def forget(self) -> None:
        """End every session at once, as a restarted Redis does."""
        self._ends.clear()
        self._refreshes.clear()

    def _left_s(self, token: str | None) -> float:
        return self._ends.get(token or "", 0.0) - self._now()


def read_token(headers: Mapping[str, str]) -> str | None:
    """The session token of a request, found as the app finds it: split at ``;``, then at the first ``=``."""
    for pair in headers.get("cookie", "").split(";"):
        name, _, value = pair.strip().partition("=")
        if name == "session_token" and re.fullmatch(r"[^\s=]+", value):
            return value
    return None


def find_fault(headers: Mapping[str, str], *, require_user_agent: bool) -> str | None:
    """What makes a request look unlike a browser's, in the app's words."""
    if require_user_agent and not headers.get("user-agent"):
        return "no user agent"
    if headers.get("sec-fetch-site", "none") not in FETCH_SITES:
        return "invalid fetch site"
    if headers.get("sec-fetch-mode", "cors") not in FETCH_MODES:
        return "invalid fetch mode"
    return None
