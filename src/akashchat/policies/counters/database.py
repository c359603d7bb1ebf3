"""Counting in a database, exactly, for all the processes that share it.

Each reservation is a row with an end, which its process puts off as long as it lives.  Of one that is over, nobody
holds its place any more; a while later what it had reserved is written down as used.
"""

import asyncio
from collections.abc import Sequence
from weakref import WeakValueDictionary

from akashchat.clock import Chance, Clock
from akashchat.model.limits import Kind, Limit, Standing
from akashchat.policies.counters import statements
from akashchat.policies.counters.base import Batch, Claim, CountersDown, Entry, Refusal, Reservation
from akashchat.policies.counters.leases import GIVE_UP_S, LEASE_S, Leases
from akashchat.storage.base import Database, DatabaseDown, Row, Statement

_TIDY_S = 3600.0
_BATCHES_KEPT_S = 40 * 86_400
"""A writer who added nothing for so long has nothing to add again."""
_KEPT_S = {
    Kind.REQUESTS_PER_MINUTE: 3600,
    Kind.TOKENS_PER_MINUTE: 3600,
    Kind.TOKENS_PER_DAY: 40 * 86_400,
    Kind.TOKENS_PER_MONTH: 400 * 86_400,
}
"""How long windows are kept, by their beginning."""


class DatabaseCounters(Leases):
    """See ``Counters``; and a ``Book`` for who counts by itself."""

    def __init__(self, database: Database, clock: Clock, chance: Chance) -> None:
        super().__init__(clock)
        self._database = database
        self._chance = chance
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._tidy_at = 0.0

    async def _reserve(self, key: str, claims: Sequence[Claim], wanted: int) -> Reservation | Refusal:
        limits = tuple([claim.limit for claim in claims])
        name, now = self._chance.token(16), self._clock.now()
        before, granted, after, *live = await self._run(
            key,
            statements.locked(key, limits),
            statements.reserved(key, name, claims, wanted, now, now + LEASE_S),
            statements.counted(key, name, limits),
            *_live(key, limits, now),
        )
        if not granted:
            return Refusal(_standings(limits, before, live))
        tokens = _whole(granted[0][0])
        reservation = Reservation(name, key, tokens, limits, _standings(limits, after, live))
        self._live[name] = reservation
        self._tick_later()
        return reservation

    async def extend(self, reservation: Reservation, tokens: int) -> Reservation | None:
        """See ``Counters``."""
        key, windows = reservation.key, _of_tokens(reservation.limits)
        found = await self._run(
            key, statements.locked(key, windows), *statements.extended(reservation, windows, tokens)
        )
        if not found[-1]:
            return None
        grown = Reservation(
            reservation.id, key, reservation.tokens + tokens, reservation.limits, reservation.standings
        )
        self._live[grown.id] = grown
        return grown

    async def standings(self, key: str, limits: Sequence[Limit]) -> tuple[Standing, ...]:
        """See ``Counters``."""
        live = _live(key, limits, self._clock.now())
        found, *live_found = await self._run(key, statements.looked_up(key, limits), *live)
        return _standings(limits, found, live_found)

    async def read(self, key: str, limits: Sequence[Limit]) -> Sequence[Entry]:
        """See ``Book``."""
        (found,) = await self._run(key, statements.looked_up(key, limits))
        windows = {limit.kind: limit.window for limit in limits}
        return [
            Entry(key, Kind(str(kind)), windows[Kind(str(kind))], _whole(used), _whole(reserved))
            for kind, used, reserved in found
        ]

    async def add(self, batch: Batch) -> None:
        """See ``Book``."""
        await self._run("", *statements.added(batch))

    async def _settle(self, reservation: Reservation, used: int) -> None:
        windows = _of_tokens(reservation.limits)
        await self._run(
            reservation.key,
            statements.locked(reservation.key, reservation.limits),
            *statements.settled(reservation, windows, used),
        )

    async def _run(self, key: str, *asked: Statement) -> list[list[Row]]:
        """One after the other for each key: they would only wait for each other there, and keep all connections busy."""
        turn = self._turns.get(key)
        if turn is None:
            turn = self._turns[key] = asyncio.Lock()
        try:
            async with turn:
                return await self._database.run(*asked)
        except DatabaseDown as down:
            raise CountersDown(str(down)) from None

    async def _renew(self) -> None:
        ends_at = self._clock.now() + LEASE_S
        if self._live:
            await self._run("", Statement(statements.RENEW, [(ends_at, name) for name in sorted(self._live)]))
        await self._give_up()

    async def _give_up(self) -> None:
        """Write down as used what nobody will settle."""
        (found,) = await self._run("", Statement(statements.EXPIRED, ((self._clock.now() - GIVE_UP_S,),)))
        for name, key, tokens, windows in found:
            limits = statements.read_windows(str(windows))
            await self._settle(Reservation(str(name), str(key), _whole(tokens), limits, ()), _whole(tokens))

    async def _look_after(self) -> None:
        """Forget what is old, now and then."""
        if self._clock.monotonic() < self._tidy_at:
            return
        now = int(self._clock.now())
        await self._run(
            "",
            Statement(statements.TIDY, [(kind.value, now - kept) for kind, kept in _KEPT_S.items()]),
            statements.tidied((now - _BATCHES_KEPT_S) * 1000),
        )
        self._tidy_at = self._clock.monotonic() + _TIDY_S


def _live(key: str, limits: Sequence[Limit], now: float) -> list[Statement]:
    """How many answers are under way, where that is limited."""
    bounded = any(limit.kind is Kind.CONCURRENCY for limit in limits)
    return [Statement(statements.LIVE, ((key, now),))] if bounded else []


def _of_tokens(limits: Sequence[Limit]) -> tuple[Limit, ...]:
    return tuple([limit for limit in limits if limit.kind.of_tokens])


def _standings(
    limits: Sequence[Limit], rows: Sequence[Row], live: Sequence[list[Row]]
) -> tuple[Standing, ...]:
    found = {kind: (_whole(used), _whole(reserved)) for kind, used, reserved in rows}
    for counted in live:
        found[Kind.CONCURRENCY] = 0, _whole(counted[0][0])
    return tuple([Standing(limit, *found.get(limit.kind, (0, 0))) for limit in limits])


def _whole(value: object) -> int:
    assert isinstance(value, int)  # noqa: S101  the columns hold nothing else
    return value
