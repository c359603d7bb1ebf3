"""Akash Chat within its token quota: who may ask, who waits, who is refused, and what was used."""

from akashchat.clock import Clock
from akashchat.errors import QuotaExhausted
from akashchat.model.events import Failure, Finish
from akashchat.model.request import Request
from akashchat.upstreams.akash.quota import Quota
from akashchat.upstreams.akash.shares import Who
from akashchat.upstreams.akash.waiting import Waiter, WaitingRoom
from akashchat.upstreams.base import EventStream, Opened, Passage, Upstream, Wrapper


class Rationed(Wrapper):
    """An upstream whose callers share one quota.

    It belongs outside all policies: who waits for the quota takes nobody's place in a queue, is no probe of a circuit,
    and loses none of the time an answer may take.
    """

    def __init__(self, upstream: Upstream, quota: Quota, clock: Clock) -> None:
        super().__init__(upstream)
        self._quota = quota
        self._clock = clock
        self._room = WaitingRoom(quota, clock)

    def open(self, request: Request) -> Opened:
        """An answer within the quota; see ``upstreams.base``."""
        return _Rationed(self, request)

    async def enter(self, request: Request) -> tuple[Opened, EventStream]:
        """Begin an answer, now or when the quota allows; raises ``QuotaExhausted`` where that is too far off."""
        who = caller_of(request)
        refused = None if self._quota.plenty(who) else await self._quota.ask(who)
        waiter: Waiter | None = None
        while True:
            if refused is not None:
                if self._quota.options.mode != "wait":
                    raise self._quota.worded(refused)
                waiter = waiter or self._room.enter(who, request.journey)
                came = self._clock.monotonic()
                await self._room.wait(waiter, refused)
                request.journey.waited_s += self._clock.monotonic() - came
            opened = self._upstream.open(request)
            try:
                return opened, await opened.__aenter__()
            except QuotaExhausted as error:
                self._quota.spent(error)
                refused = error

    def left(self, request: Request, end: Finish | Failure | None) -> None:
        """An answer is over."""
        if isinstance(end, Finish):
            self._quota.charge(caller_of(request), end.usage)


class _Rationed(Passage):
    """One request's way through."""

    __slots__ = ("_rationed", "_request")

    def __init__(self, rationed: Rationed, request: Request) -> None:
        self._rationed = rationed
        self._request = request

    async def __aenter__(self) -> EventStream:
        self._opened, self._stream = await self._rationed.enter(self._request)
        return self._stream

    def _left(self, end: Finish | Failure | None) -> None:
        self._rationed.left(self._request, end)


def caller_of(request: Request) -> Who:
    """Who shares: a caller by their key, and their own user where they name one."""
    return (request.journey.caller, request.journey.user or request.user)
