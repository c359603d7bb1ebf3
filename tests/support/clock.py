"""A clock that moves when it is told, and a chance that is none."""

import asyncio
import heapq
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager


class FakeTimer:
    """A call at a moment of a ``FakeClock``."""

    def __init__(self, call: Callable[[], object]) -> None:
        self.call = call
        self.cancelled = False

    def cancel(self) -> None:
        """Make sure it does not come."""
        self.cancelled = True


class FakeClock:
    """Time stands still until ``advance``; nothing that waits on it costs a test any time."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self._now = now
        self._elapsed = 1000.0
        self.sleeping = 0
        """How many are waiting in ``sleep``."""
        self._timers: list[tuple[float, int, FakeTimer]] = []
        self._order = itertools.count()

    def now(self) -> float:
        """Seconds since the epoch."""
        return self._now

    def monotonic(self) -> float:
        """Seconds since some fixed moment."""
        return self._elapsed

    async def sleep(self, seconds: float) -> None:
        """Wait until time has been moved."""
        over = asyncio.get_running_loop().create_future()
        timer = self.call_later(seconds, lambda: over.done() or over.set_result(None))
        self.sleeping += 1
        try:
            await over
        finally:
            self.sleeping -= 1
            timer.cancel()

    def call_later(self, seconds: float, call: Callable[[], object]) -> FakeTimer:
        """Call once time has been moved."""
        timer = FakeTimer(call)
        heapq.heappush(self._timers, (self._elapsed + seconds, next(self._order), timer))
        return timer

    def timeout(self, seconds: float) -> AbstractAsyncContextManager[object]:
        """Raise ``TimeoutError`` once time has been moved."""
        return self._timeout(seconds)

    @asynccontextmanager
    async def _timeout(self, seconds: float) -> AsyncIterator[None]:
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(None) as limit:
            timer = self.call_later(seconds, lambda: limit.reschedule(loop.time()))
            try:
                yield
            finally:
                timer.cancel()

    @property
    def waiting(self) -> int:
        """How many timers are set."""
        return sum(not timer.cancelled for _, _, timer in self._timers)

    async def advance(self, seconds: float) -> None:
        """Move time, calling what is due in its order."""
        end = self._elapsed + seconds
        while self._timers and self._timers[0][0] <= end:
            due, _, timer = heapq.heappop(self._timers)
            self._move(due)
            if not timer.cancelled:
                timer.call()
                await _settled()
        self._move(end)
        await _settled()

    def _move(self, moment: float) -> None:
        self._now += moment - self._elapsed
        self._elapsed = moment


class HastyClock(FakeClock):
    """Whoever sleeps moves time on, so nobody waits for anybody."""

    async def sleep(self, seconds: float) -> None:
        """Move time on."""
        await self.advance(seconds)


async def _settled() -> None:
    """Let everything that can run now run."""
    for _ in range(10):
        await asyncio.sleep(0)


class CountingChance:
    """Ids that count; jitter in the middle."""

    def __init__(self) -> None:
        self._count = itertools.count(1)

    def token(self, size: int) -> str:
        """The next number, in as many digits as asked."""
        return f"{next(self._count):0{2 * size}x}"

    def uniform(self, low: float, high: float) -> float:
        """The middle."""
        return (low + high) / 2
