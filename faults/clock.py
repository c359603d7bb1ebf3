"""A clock that hurries, so that time-outs of half a minute are over while one looks on."""

import asyncio
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Final

from akashchat.clock import SystemClock, Timer

PACE: Final = 20
"""Seconds of this clock in one of the world's."""


class Hurried(SystemClock):
    """Waits, and measures waiting, by a quicker time; what time it is, is the world's."""

    @staticmethod
    def monotonic() -> float:
        """Seconds since some fixed moment."""
        return time.monotonic() * PACE

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds / PACE)

    def call_later(self, seconds: float, call: Callable[[], object]) -> Timer:
        """Call once, later."""
        return super().call_later(seconds / PACE, call)

    def timeout(self, seconds: float) -> AbstractAsyncContextManager[object]:
        """Raise ``TimeoutError`` when the body takes longer."""
        return super().timeout(seconds / PACE)
