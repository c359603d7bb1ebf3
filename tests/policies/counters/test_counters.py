"""What all counters promise, on each of them."""

import asyncio

from akashchat.policies.counters.base import Counters, Refusal
from tests.policies.counters.asking import Caller
from tests.support.clock import FakeClock


async def test_so_many_requests_a_minute_and_no_more(counters: Counters, clock: FakeClock) -> None:
    """Also when they are over; the next minute begins anew."""
    caller = Caller(counters, clock, requests_per_minute=2)
    for _ in range(2):
        await counters.settle(await caller.reserve(), 0)
    refusal = await caller.refused()
    assert [(one.used, one.left) for one in refusal.standings] == [(2, 0)]
    await clock.advance(60)
    await caller.reserve()


async def test_so_many_answers_at_a_time(counters: Counters, clock: FakeClock) -> None:
    """One that is over makes room for another."""
    caller = Caller(counters, clock, concurrency=2)
    first = await caller.reserve()
    await caller.reserve()
    await caller.refused()
    await counters.settle(first, 0)
    assert (await caller.reserve()).standings[0].left == 0


async def test_tokens_are_reserved_and_then_used(counters: Counters, clock: FakeClock) -> None:
    """What was reserved and not used is there for others."""
    caller = Caller(counters, clock, tokens_per_day=100)
    reservation = await caller.reserve(60)
    assert reservation.tokens == 60
    assert await caller.stands() == {"tokens_per_day": (0, 60)}
    await caller.refused(60)
    await counters.settle(reservation, 25)
    assert await caller.stands() == {"tokens_per_day": (25, 0)}
    await caller.reserve(75)


async def test_as_much_is_given_as_there_is(counters: Counters, clock: FakeClock) -> None:
    """Down to the least that is asked for; of several limits the scarcest counts."""
    caller = Caller(counters, clock, tokens_per_minute=50, tokens_per_day=80)
    first = await caller.reserve(1000, 10)
    assert first.tokens == 50
    await clock.advance(60)
    assert (await caller.reserve(1000, 10)).tokens == 30
    await caller.refused(1000, 1)
    await counters.settle(first, 0)
    assert (await caller.reserve(1000, 20)).tokens == 20


async def test_what_is_refused_is_not_counted(counters: Counters, clock: FakeClock) -> None:
    """Not in the windows either that had enough."""
    caller = Caller(counters, clock, requests_per_minute=5, tokens_per_minute=100, tokens_per_month=10)
    await caller.refused(50)
    assert set((await caller.stands()).values()) == {(0, 0)}


async def test_a_refund_leaves_the_request(counters: Counters, clock: FakeClock) -> None:
    """The tokens are there again; the request was made."""
    caller = Caller(counters, clock, concurrency=1, requests_per_minute=5, tokens_per_month=100)
    await counters.settle(await caller.reserve(100), 0)
    assert await caller.stands() == {
        "concurrency": (0, 0),
        "requests_per_minute": (1, 0),
        "tokens_per_month": (0, 0),
    }


async def test_what_was_used_beyond_is_counted(counters: Counters, clock: FakeClock) -> None:
    """Nobody's count is made prettier than it is; nothing less than nothing is left."""
    caller = Caller(counters, clock, tokens_per_day=100)
    await counters.settle(await caller.reserve(90), 120)
    refusal = await caller.refused(1)
    assert (refusal.standings[0].used, refusal.standings[0].left) == (120, 0)


async def test_more_can_be_set_aside(counters: Counters, clock: FakeClock) -> None:
    """If it is there in every window; it is settled together."""
    caller = Caller(counters, clock, tokens_per_minute=100, tokens_per_day=70)
    reservation = await caller.reserve(40)
    assert await counters.extend(reservation, 31) is None
    grown = await counters.extend(reservation, 30)
    assert grown is not None
    assert grown.tokens == 70
    assert await caller.stands() == {"tokens_per_minute": (0, 70), "tokens_per_day": (0, 70)}
    await counters.settle(grown, 50)
    assert await caller.stands() == {"tokens_per_minute": (50, 0), "tokens_per_day": (50, 0)}


async def test_it_is_settled_once(counters: Counters, clock: FakeClock) -> None:
    """Whoever says it again says nothing."""
    caller = Caller(counters, clock, concurrency=2, tokens_per_day=100)
    reservation = await caller.reserve(40)
    await counters.settle(reservation, 10)
    await counters.settle(reservation, 30)
    assert await caller.stands() == {"concurrency": (0, 0), "tokens_per_day": (10, 0)}


async def test_it_is_settled_where_it_was_reserved(counters: Counters, clock: FakeClock) -> None:
    """An answer that is longer than a minute is counted in the minute in which it was asked for."""
    caller = Caller(counters, clock, tokens_per_minute=100, tokens_per_day=100)
    reservation = await caller.reserve(100)
    await clock.advance(60)
    await counters.settle(reservation, 90)
    assert await caller.stands() == {"tokens_per_minute": (0, 0), "tokens_per_day": (90, 0)}


async def test_each_key_has_its_own(counters: Counters, clock: FakeClock) -> None:
    """What one uses another still has."""
    one, other = (Caller(counters, clock, key, concurrency=1, tokens_per_day=10) for key in "ab")
    await one.reserve(10)
    await one.refused(1)
    await other.reserve(10)


async def test_a_limit_may_change(counters: Counters, clock: FakeClock) -> None:
    """What was used under the old one counts under the new one."""
    await counters.settle(await Caller(counters, clock, tokens_per_day=100).reserve(50), 50)
    await Caller(counters, clock, tokens_per_day=40).refused(1)
    assert (await Caller(counters, clock, tokens_per_day=60).reserve(100, 1)).tokens == 10


async def test_who_race_for_the_last_never_get_more_than_there_is(
    counters: Counters, clock: FakeClock
) -> None:
    """A hundred at once, each with answers of another length: at no moment is more used and reserved."""
    caller = Caller(counters, clock, concurrency=30, requests_per_minute=90, tokens_per_month=2_000)
    used = 0
    refused = 0

    async def ask(number: int) -> None:
        nonlocal used, refused
        found = await caller.ask(70, 16)
        if isinstance(found, Refusal):
            refused += 1
            return
        assert found.tokens >= 16
        for stands in found.standings:
            assert stands.used + stands.reserved <= stands.limit.most
        await asyncio.sleep(0)
        cost = min(found.tokens, 10 + number)
        used += cost
        await counters.settle(found, cost)

    await asyncio.gather(*(ask(number) for number in range(100)))
    stands = await caller.stands()
    assert stands == {
        "concurrency": (0, 0),
        "requests_per_minute": (100 - refused, 0),
        "tokens_per_month": (used, 0),
    }
    assert 0 < used <= 2_000
    assert refused
