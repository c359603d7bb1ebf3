"""So many answers of an upstream at a time, and a fair queue for who comes later.

A slot is held from before an answer is asked for until it is left.  It passes from hand to hand: whoever leaves
gives it to the next in the queue, so nobody who comes meanwhile can snatch it, and a place in the queue that
is given up by cancellation passes on what it was just given.
"""

import asyncio

from akashchat.clock import Clock
from akashchat.errors import QueueFull
from akashchat.model.events import Failure, Finish
from akashchat.model.request import Request
from akashchat.policies.queues import Lanes, Line, Queue, Ring
from akashchat.policies.side import is_side
from akashchat.upstreams.base import EventStream, Opened, Passage, Upstream, Wrapper

_TELL_S = 1.0
"""How often those who wait are told their place: often enough for a person, and for all of them at once."""
_SOON_S, _LATE_S = 1.0, 60.0


class _Waiting:
    """One request in the queue; ``turn`` is done when it has a slot."""

    __slots__ = ("low", "place", "request", "turn")

    def __init__(self, request: Request) -> None:
        self.request = request
        self.low = is_side(request)
        self.place = -1
        self.turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()


def _fair() -> Queue[_Waiting]:
    """Callers in turn, of one caller its users in turn, of one user who came first."""
    return Ring(
        lambda one: one.request.journey.caller,
        lambda: Ring(lambda one: one.request.journey.user or one.request.user, Line),
    )


class Slots:
    """So many slots, and those who wait for one."""

    def __init__(self, slots: int, most_waiting: int, clock: Clock) -> None:
        self._free = slots
        self._most_waiting = most_waiting
        self._clock = clock
        self._queue: Lanes[_Waiting] = Lanes(lambda one: one.low, _fair)
        self._telling = False
        self._waited_since = 0.0
        self._turns = 0
        """How many turns there were since somebody waits."""

    @property
    def free(self) -> int:
        """How many are free; none while anybody waits."""
        return self._free

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._queue)

    def take(self) -> bool:
        """Take a slot if one is free."""
        if not self._free:
            return False
        self._free -= 1
        return True

    async def wait(self, request: Request) -> None:
        """Return with a slot; raises ``QueueFull``."""
        if len(self._queue) >= self._most_waiting:
            raise QueueFull(
                "as many requests wait for the upstream as may; try again later",
                retry_after_s=self._next_place_s(),
            )
        if not self._queue:
            self._waited_since, self._turns = self._clock.monotonic(), 0
        one = _Waiting(request)
        came = self._clock.monotonic()
        self._queue.put(one)
        self._tell_later()
        try:
            await one.turn
        except BaseException:
            if one.turn.done() and not one.turn.cancelled():
                self.give()
            else:
                self._queue.drop(one)
            raise
        finally:
            request.journey.waited_s += self._clock.monotonic() - came

    def give(self) -> None:
        """Give a slot back, to the next one who still waits."""
        while self._queue:
            self._turns += 1
            turn = self._queue.take().turn
            if not turn.done():  # else cancelled, and just about to leave
                turn.set_result(None)
                return
        self._free += 1

    def _next_place_s(self) -> float:
        """How long a place in the queue may take to become free, as turns have come so far."""
        if not self._queue:
            return _SOON_S
        waited_s = self._clock.monotonic() - self._waited_since
        return min(max(waited_s / (self._turns + 1), _SOON_S), _LATE_S)

    def _tell_later(self) -> None:
        if not self._telling:
            self._telling = True
            self._clock.call_later(_TELL_S, self._tell)

    def _tell(self) -> None:
        """Tell everyone whose place has changed."""
        self._telling = False
        for place, one in enumerate(self._queue):
            if one.place != place:
                one.place = place
                one.request.journey.tell(f"waiting: {place} before you")
        if self._queue:
            self._tell_later()


class Limited(Wrapper):
    """Asks the wrapped upstream for so many answers at a time."""

    def __init__(self, upstream: Upstream, slots: int, most_waiting: int, clock: Clock) -> None:
        super().__init__(upstream)
        self.slots = Slots(slots, most_waiting, clock)

    def open(self, request: Request) -> Opened:
        """An answer, in its turn; see ``upstreams.base``."""
        return _Turn(self._upstream, request, self.slots)


class _Turn(Passage):
    """One request, from its place in the queue until its slot is free again."""

    __slots__ = ("_request", "_slots", "_upstream")

    def __init__(self, upstream: Upstream, request: Request, slots: Slots) -> None:
        self._upstream = upstream
        self._request = request
        self._slots = slots

    async def __aenter__(self) -> EventStream:
        if not self._slots.take():
            await self._slots.wait(self._request)
        try:
            self._opened = self._upstream.open(self._request)
            self._stream = await self._opened.__aenter__()
        except BaseException:
            self._slots.give()
            raise
        return self._stream

    def _left(self, end: Finish | Failure | None) -> None:  # noqa: ARG002  however it ended
        self._slots.give()
