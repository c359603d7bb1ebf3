"""What reached the simulator, and what became of it.

Bounded in number and in size: the oldest go first. Waiting is for events, never for time, so tests need no
sleep.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final

from akashchat.simulator.arrival import Arrival, State

MAX_ARRIVALS: Final = 1000
MAX_BYTES: Final = 64 * 2**20


class Journal:
    """The arrivals, newest last, and the waiting for them."""

    def __init__(self) -> None:
        self._arrivals: deque[Arrival] = deque()
        self._bytes = 0
        self._open: set[Arrival] = set()
        self._departures = 0
        self._changed = asyncio.Event()
        self._resumed = asyncio.Event()

    @property
    def arrivals(self) -> list[Arrival]:
        """The arrivals still remembered, oldest first."""
        return list(self._arrivals)

    @property
    def open(self) -> set[Arrival]:
        """The arrivals being answered now."""
        return set(self._open)

    @property
    def departures(self) -> int:
        """How many clients left while they were being answered."""
        return self._departures

    def begin(self, arrival: Arrival) -> None:
        """Write down a request that has come in."""
        self._arrivals.append(arrival)
        self._open.add(arrival)
        self._bytes += len(arrival.raw)
        while len(self._arrivals) > MAX_ARRIVALS or (self._bytes > MAX_BYTES and len(self._arrivals) > 1):
            self._bytes -= len(self._arrivals.popleft().raw)
        self.notify()

    def end(self, arrival: Arrival, state: State) -> None:
        """Write down how it ended."""
        arrival.state = state
        self._open.discard(arrival)
        self._departures += state == "left"
        self.notify()

    def clear(self) -> None:
        """Forget everything but what is being answered now."""
        self._arrivals.clear()
        self._bytes = 0
        self._departures = 0

    async def hold(self, arrival: Arrival) -> None:
        """Stall until ``resume``."""
        arrival.is_stalled = True
        self.notify()
        await self._resumed.wait()
        arrival.is_stalled = False

    def resume(self) -> None:
        """Let every stalled request go on."""
        self._resumed.set()
        self._resumed = asyncio.Event()

    def notify(self) -> None:
        """Wake those who wait."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until a condition on this journal holds."""
        while not holds():
            await self._changed.wait()
