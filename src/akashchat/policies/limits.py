"""So much and no more: callers with an allowance are held to it.

What an answer may cost at most is reserved before anybody is asked for it, and settled at what it did cost: at what
its usage tells, for that is what the caller is told; at what came of it, where it broke off.  Who has no allowance
passes by, and costs nothing here.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

from msgspec import Struct

from akashchat.clock import Clock
from akashchat.errors import BudgetSpent, LimitReached, LimitsUnknown
from akashchat.model.journey import Journey
from akashchat.model.limits import Kind, Limit, Standing, limit_at
from akashchat.policies.admission import Allowance, Caller
from akashchat.policies.counters.base import Claim, Counters, CountersDown, Refusal, Reservation
from akashchat.policies.needs import PER, Need, claims_of, with_margin

_KINDS = tuple(Kind)
_SOON_S = 1.0
"""When an answer under way may be over; nobody knows."""
_DOWN_S = 2.0


class LimitOptions(Struct, frozen=True, kw_only=True):
    """``margin`` is how much more an upstream may count than we do, ``output_tokens`` what an answer may have."""

    margin: float = 1.1
    output_tokens: int = 8192


def limits_of(allowance: Allowance, now: float) -> tuple[Limit, ...]:
    """The limits of an allowance, at a moment."""
    asked = ((kind, getattr(allowance, kind)) for kind in _KINDS)
    return tuple([limit_at(kind, most, now) for kind, most in asked if most is not None])


class Hold:
    """What is reserved for one answer, until it is settled."""

    def __init__(self, limits: "Limits", reservation: Reservation) -> None:
        self._limits = limits
        self._reservation: Reservation | None = reservation
        self.tokens = reservation.tokens

    async def more(self, tokens: int) -> bool:
        """Have so many more set aside; gives whether they were left."""
        if self._reservation is None:
            return False
        extended = await self._limits.extended(self._reservation, tokens)
        if extended is None:
            return False
        self._reservation, self.tokens = extended, extended.tokens
        return True

    async def settle(self, used: int) -> None:
        """It is over and has cost so much; only the first word counts."""
        reservation, self._reservation = self._reservation, None
        if reservation is not None:
            await self._limits.settled(reservation, used)


class Limits:
    """Reserves for callers what their allowance has, and says what is wrong where it has not."""

    def __init__(self, counters: Counters, clock: Clock) -> None:
        self._counters = counters
        self._clock = clock
        self._refused: Counter[Kind] = Counter(dict.fromkeys(Kind, 0))
        self._overdrawn = 0

    async def hold(self, caller: Caller, need: Need, journey: Journey) -> Hold:
        """What a request needs, or of its answer as much as is left; raises ``LimitReached`` or ``LimitsUnknown``.

        The journey is told how the limits stand, also where it is refused.
        """
        limits = limits_of(caller.allowance, self._clock.now())
        claims = claims_of(limits, need)
        try:
            found = await self._counters.reserve(name_of(caller), claims, need.tokens(need.output))
        except CountersDown:
            raise _unknown() from None
        journey.standings = found.standings
        if isinstance(found, Refusal):
            raise self._refusal(found, claims)
        return Hold(self, found)

    async def extended(self, reservation: Reservation, tokens: int) -> Reservation | None:
        """A reservation with so many tokens more; none where they are not left, or nobody can say so."""
        try:
            return await self._counters.extend(reservation, tokens)
        except CountersDown:
            return None

    async def settled(self, reservation: Reservation, used: int) -> None:
        """An answer is over."""
        if reservation.limits_tokens:
            self._overdrawn += max(0, used - reservation.tokens)
        await self._counters.settle(reservation, used)

    async def standings(self, caller: Caller) -> tuple[Standing, ...]:
        """How a caller's limits stand; raises ``LimitsUnknown``."""
        limits = limits_of(caller.allowance, self._clock.now())
        try:
            return await self._counters.standings(name_of(caller), limits)
        except CountersDown:
            raise _unknown() from None

    def told(self) -> tuple[dict[Kind, int], int]:
        """How many requests were refused by each kind of limit, and how many tokens cost more than was reserved."""
        return dict(self._refused), self._overdrawn

    def _refusal(self, refusal: Refusal, claims: tuple[Claim, ...]) -> LimitReached:
        """Why: of all that stands in the way, what does so for longest."""
        lacking = list(_lacking(refusal, claims))
        stands, claim = max(lacking, key=lambda one: one[0].limit.ends_at)
        kind = stands.limit.kind
        self._refused[kind] += 1
        if kind is Kind.CONCURRENCY:
            message = f"the key may have {stands.limit.most} answers under way at a time, and has as many"
            return LimitReached(message, retry_after_s=_SOON_S)
        wait_s = max(_SOON_S, stands.limit.ends_at - self._clock.now())
        if kind is Kind.REQUESTS_PER_MINUTE:
            message = f"the key's {stands.limit.most} requests a minute are made; ask again in {wait_s:.0f} s"
            return LimitReached(message, retry_after_s=wait_s)
        message = (
            f"of the {stands.limit.most} tokens {PER[kind]} that the key may use {stands.left} are left, "
            f"and this request needs {claim.least}"
        )
        if not kind.is_budget:
            return LimitReached(f"{message}; ask again in {wait_s:.0f} s", retry_after_s=wait_s)
        back = datetime.fromtimestamp(stands.limit.ends_at, UTC).strftime("%Y-%m-%d %H:%M UTC")
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


def _unknown() -> LimitsUnknown:
    return LimitsUnknown("how much the key may still ask for cannot be known now", retry_after_s=_DOWN_S)
