"""One request on behalf of many, and none where it would be one too many.

Whoever asks while an answer is under way waits for that answer.  A caller that leaves stops waiting and
nothing else; when the last one leaves, the request is given up.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, Generic, TypeVar

from akashchat.clock import Clock
from akashchat.errors import GatewayError

T = TypeVar("T")

_LONGEST_PAUSE_S = 30.0


class Backoff:
    """Asks less and less of who keeps failing.

    Failing once is no pattern and costs no pause; from the second time in a row on it is a second, two,
    four and so on, up to half a minute, in which the last failure is told again.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failures = 0
        self._until = float("-inf")
        self._error: GatewayError | None = None

    def check(self) -> None:
        """Raise the last failure while its pause lasts."""
        if self._error is not None and self._clock.monotonic() < self._until:
            raise self._error.again()

    def failed(self, error: GatewayError) -> None:
        """It failed again."""
        self._failures += 1
        pause_s = 2.0 ** min(self._failures - 2, 5) if self._failures > 1 else 0.0
        self._until = self._clock.monotonic() + min(pause_s, _LONGEST_PAUSE_S)
        self._error = error.again()

    def succeeded(self) -> None:
        """It works."""
        self._failures = 0
        self._error = None


class Shared(Generic[T]):
    """Single flight for one question."""

    def __init__(self, ask: Callable[[], Coroutine[Any, Any, T]]) -> None:
        self._ask = ask
        self._flight: asyncio.Task[T] | None = None
        self._waiting = 0
        self._behind: asyncio.Task[None] | None = None

    @property
    def busy(self) -> bool:
        """Whether an answer is under way."""
        return self._flight is not None and not self._flight.done()

    async def get(self) -> T:
        """The answer to the flight under way, or to a new one; its failure fails everyone."""
        if self._flight is None or self._flight.done():
            self._flight = asyncio.create_task(self._ask())
            self._waiting = 0
        flight = self._flight
        self._waiting += 1
        try:
            return await asyncio.shield(flight)
        except GatewayError as error:
            raise error.again() from error
        finally:
            if flight is self._flight:
                self._waiting -= 1
                if self._waiting == 0 and not flight.done():
                    flight.cancel()
                    self._flight = None

    def ask_behind(self) -> None:
        """Ask without waiting, unless that is under way."""
        if self._behind is None or self._behind.done():
            self._behind = asyncio.create_task(self._get_quietly())

    async def close(self) -> None:
        """Give up what is asked behind everyone."""
        if self._behind is not None:
            self._behind.cancel()
            await asyncio.wait((self._behind,))

    async def _get_quietly(self) -> None:
        with suppress(GatewayError):  # nobody waits for it; whoever asks next is told
            await self.get()
