"""Counting in Redis, exactly, for all the processes that share it.

Each reservation has a lease, which its process renews as long as it lives.  Where that ends nobody holds its place any
more; what it had reserved stays reserved, as nobody knows what it cost.  Redis may lose what it has, so what is counted
of budgets is written into a book, too, and a Redis that knows nothing of one is told what is there.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import TypeAlias

from akashchat.clock import Chance, Clock
from akashchat.model.limits import Kind, Limit, Standing, limit_at
from akashchat.policies.counters import scripts
from akashchat.policies.counters.base import (
    Batch,
    Batches,
    Book,
    Claim,
    CountersDown,
    Entry,
    Refusal,
    Reservation,
)
from akashchat.policies.counters.behind import Behind
from akashchat.policies.counters.leases import GIVE_UP_S, LEASE_S, Leases
from akashchat.storage.base import DatabaseDown, Scripts, Unanswered

Words: TypeAlias = list[str | int | float]

_KEPT_S = 3600.0
"""Windows are kept for so long behind their end: an answer may be settled late."""
_WHAT = {Kind.CONCURRENCY: "live", Kind.REQUESTS_PER_MINUTE: "requests", Kind.TOKENS_PER_MINUTE: "tokens"}


class RedisCounters(Leases):
    """See ``Counters``; and a ``Book`` for who counts by itself while Redis is down."""

    def __init__(self, redis: Scripts, clock: Clock, chance: Chance, book: Book | None = None) -> None:
        super().__init__(clock)
        self._redis = redis
        self._chance = chance
        self._behind = Behind(book, Batches(clock, chance))
        self._added = "", 0, 0
        """Of which batch how many entries are added."""
        self._seeds = "0" if book is None else "1"

    async def close(self) -> None:
        """See ``Counters``."""
        await super().close()
        with suppress(CountersDown):
            await self._behind.write()

    async def _reserve(self, key: str, claims: Sequence[Claim], wanted: int) -> Reservation | Refusal:
        limits = tuple([claim.limit for claim in claims])
        name, now = self._chance.token(16), self._clock.now()
        head: Words = [now, name, now + LEASE_S, _ms(LEASE_S + GIVE_UP_S), wanted]
        lives: Words = [_ms(limit.ends_at - now + _KEPT_S) for limit in limits]
        try:
            granted, tokens, *told = await self._known(
                scripts.RESERVE,
                key,
                limits,
                [_live(key), _reserved(key, name)],
                head,
                [*_claimed(claims), *lives],
            )
        except CountersDown as down:
            if isinstance(down.__cause__, Unanswered):
                # It may be done all the same, once Redis goes on: then it is given back.
                self._unsettled[name] = Reservation(name, key, 0, limits, ()), 0
                self._tick_later()
            raise
        standings = _standings(limits, told)
        if not granted:
            return Refusal(standings)
        reservation = Reservation(name, key, tokens, limits, standings)
        self._live[name] = reservation
        self._count(reservation, 0, tokens)
        return reservation

    async def extend(self, reservation: Reservation, tokens: int) -> Reservation | None:
        """See ``Counters``."""
        key, windows = reservation.key, _of_tokens(reservation.limits)
        keys = [_reserved(key, reservation.id), *_windows(key, windows)]
        (done,) = await self._run(scripts.EXTEND, keys, [tokens, *(limit.most for limit in windows)])
        if not done:
            return None
        more = reservation.tokens + tokens
        grown = Reservation(reservation.id, key, more, reservation.limits, reservation.standings)
        self._live[grown.id] = grown
        self._count(grown, 0, tokens)
        return grown

    async def standings(self, key: str, limits: Sequence[Limit]) -> tuple[Standing, ...]:
        """See ``Counters``."""
        claims = _claimed([Claim(limit, 0) for limit in limits])
        keys = [_live(key), _live(key)]
        _, _, *told = await self._known(scripts.STANDINGS, key, limits, keys, [self._clock.now()], claims)
        return _standings(limits, told)

    async def read(self, key: str, limits: Sequence[Limit]) -> Sequence[Entry]:
        """See ``Book``."""
        return [
            Entry(key, stands.limit.kind, stands.limit.window, stands.used, stands.reserved)
            for stands in await self.standings(key, limits)
        ]

    async def add(self, batch: Batch) -> None:
        """See ``Book``; each entry is done by itself, and in one batch there is none twice."""
        writer, number = batch.writer, batch.number
        done = self._added[2] if self._added[:2] == (writer, number) else 0
        for at, entry in enumerate(batch.entries[done:], done + 1):
            limit = limit_at(entry.kind, 0, entry.window)
            words: Words = [entry.used, entry.reserved, self._life(limit), writer, number]
            await self._known(scripts.ADD, entry.key, [limit], [], words, [])
            self._behind.count(entry.key, [limit], entry.used, entry.reserved)
            self._added = writer, number, at
            self._tick_later()

    def _over(self, reservation: Reservation, used: int) -> bool:
        """The same, and have it counted in the book; it is not, where it was before."""
        if reservation.id not in self._live:
            return False
        self._count(reservation, used, -reservation.tokens)
        return super()._over(reservation, used)

    def _count(self, reservation: Reservation, used: int, reserved: int) -> None:
        self._behind.count(reservation.key, reservation.limits, used, reserved)
        self._tick_later()

    async def _settle(self, reservation: Reservation, used: int) -> None:
        key, windows = reservation.key, _of_tokens(reservation.limits)
        keys = [_live(key), _reserved(key, reservation.id), *_windows(key, windows)]
        await self._run(scripts.SETTLE, keys, [reservation.id, used])

    async def _known(
        self, script: str, key: str, limits: Sequence[Limit], keys: list[str], head: Words, rest: Words
    ) -> list[int]:
        """What a script says when it knows the budgets; where it does not, it is told what the book has."""
        keys = [*keys, *_windows(key, limits)]
        found = await self._run(script, keys, [*head, self._seeds, *rest])
        if found[0] >= 0:
            return found
        await self._seed(key, [limit for limit in limits if limit.kind.is_budget])
        return await self._run(script, keys, [*head, "0", *rest])

    async def _seed(self, key: str, budgets: Sequence[Limit]) -> None:
        with suppress(CountersDown):
            await self._behind.write()  # what we know belongs to it
        written = {(entry.kind, entry.window): entry for entry in await self._behind.read(key, budgets)}
        words: Words = []
        for limit in budgets:
            entry = written.get((limit.kind, limit.window))
            words += [entry.used if entry else 0, entry.reserved if entry else 0, self._life(limit)]
        await self._run(scripts.SEED, _windows(key, budgets), words)

    def _life(self, limit: Limit) -> int:
        return _ms(limit.ends_at - self._clock.now() + _KEPT_S)

    async def _run(self, script: str, keys: Sequence[str], words: Words) -> list[int]:
        try:
            return await self._redis.call(script, keys, words)
        except DatabaseDown as down:
            raise CountersDown(str(down)) from down

    async def _look_after(self) -> None:
        await self._behind.write()

    def _is_busy(self) -> bool:
        return super()._is_busy() or self._behind.waits

    async def _renew(self) -> None:
        words: Words = [self._clock.now() + LEASE_S, _ms(LEASE_S + GIVE_UP_S)]
        for name, one in list(self._live.items()):
            await self._run(scripts.RENEW, [_live(one.key), _reserved(one.key, name)], [name, *words])


def _live(key: str) -> str:
    return f"limits:{{{key}}}:live"


def _reserved(key: str, name: str) -> str:
    return f"limits:{{{key}}}:reserved:{name}"


def _windows(key: str, limits: Sequence[Limit]) -> list[str]:
    return [
        _live(key)
        if limit.kind is Kind.CONCURRENCY
        else f"limits:{{{key}}}:{limit.kind.value}:{limit.window}"
        for limit in limits
    ]


def _claimed(claims: Sequence[Claim]) -> Words:
    """What the scripts want to know of each."""
    return [word for claim in claims for word in _claim(claim)]


def _claim(claim: Claim) -> Iterator[str | int]:
    yield _WHAT.get(claim.limit.kind, "budget")
    yield claim.limit.most
    yield claim.least


def _of_tokens(limits: Sequence[Limit]) -> list[Limit]:
    return [limit for limit in limits if limit.kind.of_tokens]


def _standings(limits: Sequence[Limit], told: Sequence[int]) -> tuple[Standing, ...]:
    return tuple([Standing(limit, *told[2 * at : 2 * at + 2]) for at, limit in enumerate(limits)])


def _ms(seconds: float) -> int:
    return max(1, int(seconds * 1000))
