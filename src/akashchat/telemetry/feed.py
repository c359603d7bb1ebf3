"""What happens, as it happens, to whoever listens.

Who is slow to listen misses some, and is told how many; nobody waits for them.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from akashchat.clock import Clock
from akashchat.telemetry.base import Outcome, Told
from akashchat.telemetry.told import told

_MOST = 1000
"""So many may wait for one listener."""


class Feed:
    """Hears of all answers, and tells; while nobody listens it costs nothing."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ears: set[Ear] = set()

    def observe(self, outcome: Outcome) -> None:
        """See ``Observer``."""
        if self._ears:
            what: Told = {"object": "event", "at": round(self._clock.now(), 3), **told(outcome)}
            for ear in self._ears:
                ear.hear(what)

    @contextmanager
    def listen(self) -> Iterator["Ear"]:
        """Hear of everything from now on."""
        ear = Ear()
        self._ears.add(ear)
        try:
            yield ear
        finally:
            self._ears.discard(ear)


class Ear:
    """One listener's."""

    def __init__(self) -> None:
        self._waiting: list[Told] = []
        self._missed = 0
        self._closed = False
        self._news = asyncio.Event()

    def hear(self, what: Told) -> None:
        """Something happened."""
        if len(self._waiting) >= _MOST:
            self._missed += 1
        else:
            self._waiting.append(what)
        self._news.set()

    async def next(self) -> tuple[list[Told], int]:
        """What happened since, and how much was missed behind it; nothing once it is closed."""
        if not self._closed:
            await self._news.wait()
        self._news.clear()
        waiting, self._waiting = self._waiting, []
        missed, self._missed = self._missed, 0
        return waiting, missed

    def close(self) -> None:
        """Hear no more."""
        self._closed = True
        self._news.set()
