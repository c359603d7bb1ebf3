"""Whether a server can be asked: after a failure one asks, now and then, and nobody else waits for it."""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from akashchat.clock import Clock
from akashchat.storage.base import DatabaseDown, StatementRefused

_FIRST_S, _LONGEST_S = 0.25, 4.0
"""How long nobody asks, at first and at most; each time it is found down again it is twice as long."""


class Outage:
    """Told in the log when it begins, and when it is over."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._log = structlog.get_logger("akashchat")
        self._reason = ""
        self._pause_s = 0.0
        self._until = 0.0
        self._tried = False
        """Whether somebody is finding out just now."""

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Around each question; raises ``DatabaseDown`` where there is no use in asking, and learns from what comes."""
        trying = bool(self._reason)
        if trying and (self._tried or self._clock.monotonic() < self._until):
            raise DatabaseDown(self._reason)
        self._tried = self._tried or trying
        try:
            yield
        except DatabaseDown as down:
            self._down(str(down), trying=trying)
            raise
        except StatementRefused:  # which is an answer
            self._up()
            raise
        else:
            self._up()
        finally:
            self._tried = self._tried and not trying

    def _down(self, reason: str, *, trying: bool) -> None:
        if self._reason and not trying:  # asked before it was known
            return
        if not self._reason:
            self._log.warning("database down", reason=reason)
        self._reason = reason
        self._pause_s = min(self._pause_s * 2 or _FIRST_S, _LONGEST_S)
        self._until = self._clock.monotonic() + self._pause_s

    def _up(self) -> None:
        if self._reason:
            self._log.info("database back")
            self._reason, self._pause_s = "", 0.0
