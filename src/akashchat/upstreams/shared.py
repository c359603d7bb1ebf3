"""One request on behalf of many.

Whoever asks while an answer is under way waits for that answer.  A caller that leaves stops waiting and
nothing else; when the last one leaves, the request is given up.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Shared(Generic[T]):
    """Single flight for one question."""

    def __init__(self, ask: Callable[[], Awaitable[T]]) -> None:
        self._ask = ask
        self._flight: asyncio.Task[T] | None = None
        self._waiting = 0

    @property
    def busy(self) -> bool:
        """Whether an answer is under way."""
        return self._flight is not None and not self._flight.done()

    async def get(self) -> T:
        """The answer to the flight under way, or to a new one; its failure fails everyone."""
        if self._flight is None or self._flight.done():
            self._flight = asyncio.create_task(self._fly())
            self._waiting = 0
        flight = self._flight
        self._waiting += 1
        try:
            return await asyncio.shield(flight)
        finally:
            if flight is self._flight:
                self._waiting -= 1
                if self._waiting == 0 and not flight.done():
                    flight.cancel()
                    self._flight = None

    async def _fly(self) -> T:
        return await self._ask()
