"""Time, sleep and chance, as things one is given.

Nothing else in the house reads a clock or rolls a die, so tests move time by hand and nothing sleeps.
"""

import asyncio
import os
import random
import re
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from typing import Protocol


class Timer(Protocol):
    """A call that is yet to come."""

    def cancel(self) -> None:
        """Make sure it does not come."""
        ...


class Clock(Protocol):
    """What time it is, and how to wait for it."""

    def now(self) -> float:
        """Seconds since the epoch."""
        ...

    def monotonic(self) -> float:
        """Seconds since some fixed moment; never goes back."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...

    def call_later(self, seconds: float, call: Callable[[], object]) -> Timer:
        """Call once, later."""
        ...

    def timeout(self, seconds: float) -> AbstractAsyncContextManager[object]:
        """Raise ``TimeoutError`` when the body takes longer."""
        ...


class Chance(Protocol):
    """Where ids and jitter come from."""

    def token(self, size: int) -> str:
        """As many random bytes, in hexadecimal: twice as many characters."""
        ...

    def uniform(self, low: float, high: float) -> float:
        """A number in between."""
        ...


class SystemClock:
    """The running loop's clock."""

    now = staticmethod(time.time)
    monotonic = staticmethod(time.monotonic)

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)

    def call_later(self, seconds: float, call: Callable[[], object]) -> Timer:
        """Call once, later."""
        return asyncio.get_running_loop().call_later(seconds, call)

    def timeout(self, seconds: float) -> AbstractAsyncContextManager[object]:
        """Raise ``TimeoutError`` when the body takes longer."""
        return asyncio.timeout(seconds)


_SUPPLY_BYTES = 4096


class SystemChance:
    """The system's randomness for ids, as something may be kept under one; the library's for jitter.

    The system is asked for much at once: a request needs three ids, and each question costs a system call.
    """

    def __init__(self) -> None:
        self._bytes = b""
        self._used = 0

    def token(self, size: int) -> str:
        """As many random bytes, in hexadecimal: twice as many characters."""
        start, end = self._used, self._used + size
        if end > len(self._bytes):
            self._bytes = os.urandom(max(_SUPPLY_BYTES, size))
            start, end = 0, size
        self._used = end
        return self._bytes[start:end].hex()

    def uniform(self, low: float, high: float) -> float:
        """A number in between."""
        return random.uniform(low, high)  # noqa: S311  see above


_AGO = re.compile(r"(\d{1,6})([mhdw])")
_UNITS = {"m": 60, "h": 3600, "d": 86_400, "w": 7 * 86_400}
_LATEST = datetime(9999, 1, 1, tzinfo=UTC).timestamp()


def moment(text: str, now: float) -> float:
    """The moment that a text names, in seconds since the epoch; raises ``ValueError``.

    Texts are a date or a time as ISO 8601 has them, UTC's where no other is named; seconds since the epoch; or how long
    ago it is, such as ``7d`` or ``90m``.
    """
    if ago := _AGO.fullmatch(text):
        return now - int(ago[1]) * _UNITS[ago[2]]
    try:
        seconds = float(text)
    except ValueError:
        found = datetime.fromisoformat(text)
        seconds = (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    if not 0 <= seconds <= _LATEST:
        raise ValueError("not within the years from 1970 on")
    return seconds


_EARLY_S = 0.001
"""A timer may come too early by a rounding error; that is no reason to set another for the rest."""


class Silence:
    """Calls ``on_silence`` whenever nothing has been heard for a while.

    Hearing something costs one clock reading: the timer is not moved, it looks back when it fires and
    sleeps again for what is left.  So thousands of streams that talk fifty times a second need only one
    timer call per stream and interval.
    """

    __slots__ = ("_clock", "_heard", "_monotonic", "_on_silence", "_seconds", "_timer")

    def __init__(self, clock: Clock, seconds: float, on_silence: Callable[[], object]) -> None:
        self._clock = clock
        self._monotonic = clock.monotonic
        self._seconds = seconds
        self._on_silence = on_silence
        self._heard = clock.monotonic()
        self._timer = clock.call_later(seconds, self._look)

    def heard(self) -> None:
        """Something was heard just now."""
        self._heard = self._monotonic()

    def close(self) -> None:
        """Stop listening, and let go of who would have been called, who mostly holds this in turn."""
        self._timer.cancel()
        self._on_silence = _nobody

    def _look(self) -> None:
        silent = self._monotonic() - self._heard
        if silent >= self._seconds - _EARLY_S:
            self._on_silence()
            self._heard += silent
            silent = 0.0
        self._timer = self._clock.call_later(self._seconds - silent, self._look)


def _nobody() -> None:
    """Nobody listens any more."""
