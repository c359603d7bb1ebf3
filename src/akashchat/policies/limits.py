"""So much and no more: callers with an allowance are held to it.

What an answer may cost at most is reserved before anybody is asked for it, and settled at what it did cost: at what
its usage tells, for that is what the caller is told; at what came of it, where it broke off.  Who has no allowance
passes by, and costs nothing here.
"""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Protocol

from msgspec import Struct

from akashchat.clock import Clock
from akashchat.errors import BudgetSpent, LimitReached, LimitsUnknown
from akashchat.model.journey import Journey
from akashchat.model.limits import Kind, Limit, Standing, limit_at
from akashchat.policies.admission import UNLIMITED, Allowance, Caller
from akashchat.policies.counters.base import Claim, Counters, CountersDown, Refusal, Reservation
from akashchat.policies.needs import PER, LimitOptions, Need, claims_of, with_margin

_KINDS = tuple(Kind)
_SOON_S = 1.0
"""When an answer under way may be over; nobody knows."""
_DOWN_S = 2.0


class Counted(Protocol):
    """Who wants to know what came of limits."""

    def limited(self, kind: str) -> None:
        """A request was refused, by a limit of this kind."""
        ...

    def overdrawn(self, tokens: int) -> None:
        """An answer cost so many tokens more than were set aside for it."""
        ...


def limits_of(allowance: Allowance, now: float) -> tuple[Limit, ...]:
    """The limits of an allowance, at a moment."""
    asked = ((kind, getattr(allowance, kind)) for kind in _KINDS)
    return tuple([limit_at(kind, most, now) for kind, most in asked if most is not None])


class Hold:
    """What is set aside for one answer, until it is settled; ``tokens`` of them, where tokens are limited."""

    def __init__(self, counters: Counters, reservation: Reservation, limits: "Limits") -> None:
        self._counters = counters
        self._reservation: Reservation | None = reservation
        self._limits = limits
        self.tokens = reservation.tokens

    async def more(self, tokens: int) -> bool:
        """Have so many more set aside; gives whether they were left."""
        if self._reservation is None:
            return False
        try:
            extended = await self._counters.extend(self._reservation, self._limits.apart(tokens))
        except CountersDown:
            return False
        self._reservation = extended or self._reservation
        return extended is not None

    async def settle(self, used: int) -> None:
        """It is over and has cost so many; only the first word counts."""
        reservation, self._reservation = self._reservation, None
        if reservation is not None:
            self._limits.over(reservation, used)
            await self._counters.settle(reservation, used)


class Spending(Struct):
    """What is asked beside answers; whoever knows what it cost says so in ``used``."""

    is_limited: bool
    used: int | None = None


class Limits:
    """Sets aside for callers what their allowance has, and says what is wrong where it has not."""

    def __init__(self, counters: Counters, options: LimitOptions, clock: Clock, counted: Counted) -> None:
        self._counters = counters
        self._clock = clock
        self._counted = counted
        self.options = options

    async def hold(self, caller: Caller, need: Need, journey: Journey) -> Hold | None:
        """What a request needs, or of its answer as much as is left; none where nothing is limited.

        Raises ``LimitReached`` or ``LimitsUnknown``.  The journey is told how the limits stand, also then.
        """
        limits = limits_of(caller.allowance, self._clock.now())
        if not limits:
            return None
        claims = claims_of(limits, need)
        try:
            found = await self._counters.reserve(name_of(caller), claims, need.tokens(need.output))
        except CountersDown:
            raise _unknown() from None
        journey.standings = found.standings
        if isinstance(found, Refusal):
            raise self._refusal(found, claims)
        return Hold(self._counters, found, self)

    @asynccontextmanager
    async def spending(
        self, caller: Caller, count: Callable[[], int], journey: Journey
    ) -> AsyncIterator["Spending"]:
        """Around what is asked beside answers, and costs as many tokens as ``count`` gives, or as it is told.

        Raises as ``hold``; what fails costs nothing.
        """
        spending = Spending(is_limited=caller.allowance != UNLIMITED)
        if not spending.is_limited:
            yield spending
            return
        tokens = count() if caller.allowance.of_tokens else 0
        hold = await self.hold(caller, Need(asked=tokens, aside=self.apart(tokens)), journey)
        used = 0
        try:
            yield spending
            used = tokens if spending.used is None else spending.used
        finally:
            if hold is not None:
                await hold.settle(used)

    def apart(self, tokens: int) -> int:
        """So many tokens, as an upstream may count them."""
        return with_margin(tokens, self.options.margin)

    def over(self, reservation: Reservation, used: int) -> None:
        """An answer has cost so many tokens."""
        beyond = used - reservation.tokens
        if beyond > 0 and any(limit.kind.of_tokens for limit in reservation.limits):
            self._counted.overdrawn(beyond)

    async def standings(self, caller: Caller) -> tuple[Standing, ...]:
        """How a caller's limits stand; raises ``LimitsUnknown``."""
        limits = limits_of(caller.allowance, self._clock.now())
        try:
            return await self._counters.standings(name_of(caller), limits) if limits else ()
        except CountersDown:
            raise _unknown() from None

    def _refusal(self, refusal: Refusal, claims: tuple[Claim, ...]) -> LimitReached:
        """Why: of all that stands in the way, what does so for longest."""
        stands, claim = max(_lacking(refusal, claims), key=lambda one: _until(*one))
        limit, kind = stands.limit, stands.limit.kind
        self._counted.limited(kind)
        if kind is Kind.CONCURRENCY:
            message = f"the key may have {limit.most} answers under way at a time, and has as many"
            return LimitReached(message, retry_after_s=_SOON_S)
        wait_s = max(_SOON_S, limit.ends_at - self._clock.now())
        if kind is Kind.REQUESTS_PER_MINUTE:
            message = f"the key may make {limit.most} requests a minute, and has; ask again in {wait_s:.0f} s"
            return LimitReached(message, retry_after_s=wait_s)
        message = (
            f"the key may use {limit.most} tokens {PER[kind]}: {stands.left} are left or not set aside for others, "
            f"and this request needs {claim.least}"
        )
        if not kind.is_budget:
            return LimitReached(f"{message}; ask again in {wait_s:.0f} s", retry_after_s=wait_s)
        if not _is_spent(stands, claim):
            message = f"{message}; ask again when answers under way have ended"
            return LimitReached(message, retry_after_s=_SOON_S)
        back = datetime.fromtimestamp(limit.ends_at, UTC).strftime("%Y-%m-%d %H:%M UTC")
        return BudgetSpent(f"{message}; there are more at {back}", retry_after_s=wait_s)


def name_of(caller: Caller) -> str:
    """Under which name a caller is counted: its key's id, or what stands for one."""
    return caller.key or caller.name


def _lacking(refusal: Refusal, claims: tuple[Claim, ...]) -> Iterator[tuple[Standing, Claim]]:
    return (
        (stands, claim)
        for stands, claim in zip(refusal.standings, claims, strict=True)
        if stands.left < claim.least
    )


def _until(stands: Standing, claim: Claim) -> int:
    """When there may be enough again: what answers under way have set aside may be back at any moment."""
    return stands.limit.ends_at if not stands.limit.kind.is_budget or _is_spent(stands, claim) else 0


def _is_spent(stands: Standing, claim: Claim) -> bool:
    """Whether there would be too little even if all that is set aside came back."""
    return stands.limit.most - stands.used < claim.least


def _unknown() -> LimitsUnknown:
    return LimitsUnknown("how much the key may still ask for cannot be known now", retry_after_s=_DOWN_S)
