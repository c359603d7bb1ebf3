"""What counters have in common that are shared by many processes: their own reservations, looked after each second.

A reservation is *live* until its answer is over, and *unsettled* from then on until that is written where all see it.
Whoever asked and left meanwhile leaves nothing reserved, and what cannot be written now is written later.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import suppress

from akashchat.clock import Clock
from akashchat.policies.counters.base import Claim, CountersDown, Refusal, Reservation

LEASE_S = 90.0
"""So long a reservation lasts whose process does not renew it."""
GIVE_UP_S = 600.0
"""One whose lease ended so long ago is nobody's: a process that was cut off would have been back."""
_TICK_S, _RENEW_S = 1.0, 30.0


class Leases(ABC):
    """See ``Counters``, of which this is the half that says when; how is each one's own."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._live: dict[str, Reservation] = {}
        self._unsettled: dict[str, tuple[Reservation, int]] = {}
        self._renew_at = 0.0
        self._ticking = False
        self._upkeep: asyncio.Task[None] | None = None

    async def close(self) -> None:
        """See ``Counters``."""
        self._ticking = True  # nothing more is begun
        if self._upkeep is not None:
            await asyncio.wait((self._upkeep,))
        with suppress(CountersDown):  # it stays reserved
            await self._settle_late()

    async def reserve(self, key: str, claims: Sequence[Claim], wanted: int) -> Reservation | Refusal:
        """See ``Counters``; whoever leaves meanwhile leaves nothing reserved."""
        asking = asyncio.ensure_future(self._reserve(key, claims, wanted))
        try:
            return await asyncio.shield(asking)
        except asyncio.CancelledError:
            asking.add_done_callback(self._give_back)
            raise

    async def settle(self, reservation: Reservation, used: int) -> None:
        """See ``Counters``; whoever is kept from waiting for it has it done a moment later."""
        if not self._over(reservation, used):
            return
        try:
            await self._settle(reservation, used)
        except CountersDown:
            return
        self._unsettled.pop(reservation.id, None)

    @abstractmethod
    async def _reserve(self, key: str, claims: Sequence[Claim], wanted: int) -> Reservation | Refusal:
        """Reserve, and note what is live."""

    @abstractmethod
    async def _settle(self, reservation: Reservation, used: int) -> None:
        """Write down what it came to."""

    @abstractmethod
    async def _renew(self) -> None:
        """Have the leases of what is live last longer."""

    @abstractmethod
    async def _look_after(self) -> None:
        """What else is to be done, though the store may be down."""

    def _is_busy(self) -> bool:
        """Whether there is anything to look after."""
        return bool(self._live or self._unsettled)

    def _over(self, reservation: Reservation, used: int) -> bool:
        """Remember that it is to be settled; gives whether it is."""
        self._live.pop(reservation.id, None)
        self._unsettled[reservation.id] = reservation, used
        self._tick_later()
        return True

    def _give_back(self, asked: asyncio.Future[Reservation | Refusal]) -> None:
        found = None if asked.cancelled() or asked.exception() else asked.result()
        if isinstance(found, Reservation):
            self._over(found, 0)

    def _tick_later(self) -> None:
        if not self._ticking:
            self._ticking = True
            self._clock.call_later(_TICK_S, self._tick)

    def _tick(self) -> None:
        self._upkeep = asyncio.ensure_future(self._keep_up())

    async def _keep_up(self) -> None:
        """As long as there is anything to do, it is looked after each second."""
        with suppress(CountersDown):  # told where the store is asked, and tried again
            await self._settle_late()
            if self._clock.monotonic() >= self._renew_at:
                await self._renew()
                self._renew_at = self._clock.monotonic() + _RENEW_S
        with suppress(CountersDown):
            await self._look_after()
        self._ticking = False
        if self._is_busy():
            self._tick_later()

    async def _settle_late(self) -> None:
        for name, (reservation, used) in list(self._unsettled.items()):
            await self._settle(reservation, used)
            self._unsettled.pop(name, None)
