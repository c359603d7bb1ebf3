"""Those who wait for Akash's token quota to start anew.

One task asks Akash on behalf of all, and lets them go in turn: one of each caller, then the second of each.
"""

import asyncio
import bisect

from msgspec import Struct

from akashchat.clock import Clock
from akashchat.errors import QuotaExhausted
from akashchat.model.journey import Journey
from akashchat.upstreams.akash.quota import Quota
from akashchat.upstreams.akash.reply import moment
from akashchat.upstreams.akash.shares import Who, in_turn

_LOOK_S = 30.0
"""So often Akash is asked while somebody waits; the quota may be back sooner, after a change of address."""
_SOONEST_S = 2.0
_MOST = 1000


class Waiter(Struct, eq=False):
    """One request; ``ticket`` is its place in the line, which it keeps when it comes back.

    ``until`` is the end of its patience, in monotonic seconds.
    """

    who: Who
    journey: Journey
    ticket: int
    until: float
    turn: asyncio.Future[None] | None = None
    told: str = ""


class WaitingRoom:
    """Waits with those whose patience reaches to the quota's return."""

    def __init__(self, quota: Quota, clock: Clock) -> None:
        self._quota = quota
        self._clock = clock
        self._waiting: list[Waiter] = []
        self._tickets = 0
        self._usher: asyncio.Task[None] | None = None

    def enter(self, who: Who, journey: Journey) -> Waiter:
        """A ticket for somebody."""
        self._tickets += 1
        until = self._clock.monotonic() + self._quota.options.wait_s
        return Waiter(who, journey, self._tickets, until)

    async def wait(self, waiter: Waiter, refused: QuotaExhausted) -> None:
        """Return when its turn has come; raise ``refused`` where that is too far off, or too many wait."""
        if self._too_late(waiter, refused) or len(self._waiting) >= _MOST:
            raise refused
        waiter.turn = asyncio.get_running_loop().create_future()
        bisect.insort(self._waiting, waiter, key=lambda one: one.ticket)
        self._tell(waiter, in_turn(self._waiting, _who).index(waiter))
        if self._usher is None or self._usher.done():
            self._usher = asyncio.create_task(self._let_go())
            self._usher.add_done_callback(self._failed)
        try:
            async with self._clock.timeout(max(0.0, waiter.until - self._clock.monotonic())):
                await waiter.turn
        except TimeoutError:
            raise refused.again() from None
        finally:
            self._waiting.remove(waiter)
            if not self._waiting and self._usher is not None:
                self._usher.cancel()
                self._usher = None

    async def _let_go(self) -> None:
        """While there are any: wait, ask, and let go who may."""
        while True:
            await self._clock.sleep(self._pause())
            await self._quota.look()
            for place, waiter in enumerate(in_turn(self._waiting, _who)):
                self._decide(waiter, place)

    def _decide(self, waiter: Waiter, place: int) -> None:
        if waiter.turn is None or waiter.turn.done():
            return
        refused = self._quota.refusal(waiter.who)
        if refused is None:
            waiter.turn.set_result(None)
        elif self._too_late(waiter, refused):
            waiter.turn.set_exception(refused)
        else:
            self._tell(waiter, place)

    def _pause(self) -> float:
        resets_at = self._quota.resets_at
        left = _LOOK_S if resets_at is None else resets_at - self._clock.now()
        return min(max(left, _SOONEST_S), _LOOK_S)

    def _too_late(self, waiter: Waiter, refused: QuotaExhausted) -> bool:
        return self._clock.monotonic() + (refused.retry_after_s or 0) > waiter.until

    def _tell(self, waiter: Waiter, before: int) -> None:
        resets_at = self._quota.resets_at
        when = f", which starts anew at {moment(resets_at)}" if resets_at is not None else ""
        word = f"waiting for Akash's token quota{when}: {before} before you"
        if word != waiter.told:
            waiter.told = word
            waiter.journey.tell(word)

    def _failed(self, usher: asyncio.Task[None]) -> None:
        """Nobody waits for an usher that is gone."""
        if not usher.cancelled() and (error := usher.exception()) is not None:
            for waiter in self._waiting:
                if waiter.turn is not None and not waiter.turn.done():
                    waiter.turn.set_exception(error)


def _who(waiter: Waiter) -> Who:
    return waiter.who
