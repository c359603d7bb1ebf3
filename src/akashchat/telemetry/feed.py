"""What happens, as it happens, to whoever listens.

Who is slow to listen misses some, and is told how many; nobody waits for them.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Protocol

import msgspec

from akashchat.clock import Clock, Timer
from akashchat.telemetry.base import Outcome, Told
from akashchat.telemetry.told import told

_MOST = 1000
"""So many may wait for one listener."""
_AGAIN_S = 2.0
_ASKED_S = 10.0
"""So long others are told after who listens was heard of last."""


class Others(Protocol):
    """Further processes of this gateway, who have feeds of their own."""

    async def listen(self) -> None:
        """Have them tell what happens, from the return on and for a while."""
        ...

    def listening(self) -> None:
        """Have them go on with that; does not wait."""
        ...

    def tell(self, what: bytes) -> None:
        """Something happened here; does not wait."""
        ...


class Feed:
    """Hears of all answers, and tells; while nobody listens it costs nothing.

    Who listens at one process hears of the answers of all: it has the ``others`` tell, and says time and again that
    somebody still listens.  Where that is not heard any more nothing is told, so nobody is remembered for ever.
    """

    def __init__(self, clock: Clock, others: Others | None = None) -> None:
        self._clock = clock
        self._others = others
        self._ears: set[Ear] = set()
        self._asked_until = 0.0

    def asked(self) -> None:
        """Somebody listens at another process."""
        self._asked_until = self._clock.monotonic() + _ASKED_S

    def observe(self, outcome: Outcome) -> None:
        """See ``Observer``."""
        asked = self._others is not None and self._clock.monotonic() < self._asked_until
        if not (self._ears or asked):
            return
        what: Told = {"object": "event", "at": round(self._clock.now(), 3), **told(outcome)}
        self._hear(what)
        if asked and self._others is not None:
            self._others.tell(msgspec.msgpack.encode(what))

    def overhear(self, what: bytes) -> None:
        """Something happened at another process."""
        if self._ears:
            self._hear(msgspec.msgpack.decode(what))

    @asynccontextmanager
    async def listen(self) -> AsyncIterator["Ear"]:
        """Hear of everything from now on."""
        ear = Ear()
        self._ears.add(ear)
        try:
            if self._others is None:
                yield ear
                return
            await self._others.listen()
            with self._repeated(self._others.listening):
                yield ear
        finally:
            self._ears.discard(ear)

    def _hear(self, what: Told) -> None:
        for ear in self._ears:
            ear.hear(what)

    @contextmanager
    def _repeated(self, call: Callable[[], object]) -> Iterator[None]:
        """Call it time and again beside the body."""
        timer: Timer

        def wait() -> None:
            nonlocal timer
            timer = self._clock.call_later(_AGAIN_S, again)

        def again() -> None:
            call()
            wait()

        wait()
        try:
            yield
        finally:
            timer.cancel()


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
