"""The quota of one address, known to all gateways there: Akash is asked once, and spent is spent for all."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from akashchat.errors import QuotaExhausted
from akashchat.simulator import Simulator
from akashchat.storage.shelf import MemoryShelf
from akashchat.upstreams.akash.drift import DriftAlarm
from akashchat.upstreams.akash.quota import Quota, QuotaOptions
from akashchat.upstreams.akash.site import Site, SiteOptions
from akashchat.upstreams.akash.word import Words
from akashchat.upstreams.http.client import Http, HttpOptions
from tests.support.clock import FakeClock


@asynccontextmanager
async def quotas(akash: Simulator, clock: FakeClock, count: int = 2) -> AsyncIterator[list[Quota]]:
    """So many gateways' knowledge of one quota."""
    shelf = MemoryShelf(clock)
    async with AsyncExitStack() as stack, Http(HttpOptions(base_url=akash.url), clock) as http:
        site = Site(http, SiteOptions(base_url=akash.url, user_agent="test"), DriftAlarm(clock))
        made = [Quota(site, clock, QuotaOptions(), Words(shelf, "akash/quota/here")) for _ in range(count)]
        for quota in made:
            stack.push_async_callback(quota.close)
        yield made


def words_asked(akash: Simulator) -> int:
    """How often Akash was asked for its word."""
    return sum(one.path == "/api/rate-limit/status/" for one in akash.requests)


async def test_what_one_learns_the_others_know_within_a_second(clock: FakeClock) -> None:
    """A request refused for want of quota is refused once, not once a gateway."""
    async with Simulator(dialect="new", quota_tokens=1_000, now=clock.now) as akash:
        akash.spend(1_000)
        async with quotas(akash, clock) as (first, second):
            assert second.plenty("anybody")
            await clock.advance(0)
            first.spent(QuotaExhausted("spent", retry_after_s=100))
            await clock.advance(1.1)
            second.plenty("anybody")
            await clock.advance(0)
            assert second.resets_at == first.resets_at
            assert isinstance(await second.ask("anybody"), QuotaExhausted)


async def test_akash_is_asked_once_for_all(clock: FakeClock) -> None:
    """Ten gateways with callers that all wait: one question every two seconds, not ten."""
    async with Simulator(dialect="new", quota_tokens=1_000, now=clock.now) as akash:
        akash.spend(1_000)
        async with quotas(akash, clock, 10) as made:
            for quota in made:
                quota.spent(QuotaExhausted("spent", retry_after_s=100))
            for _ in range(3):
                await clock.advance(2.1)
                for quota in made:
                    await quota.ask("anybody")
            assert words_asked(akash) == 3
            assert {quota.left for quota in made} == {0.0}


async def test_it_is_back_for_all(clock: FakeClock) -> None:
    """Who hears that there is quota again need not ask."""
    async with Simulator(dialect="new", quota_tokens=1_000, now=clock.now) as akash:
        async with quotas(akash, clock) as (first, second):
            for quota in (first, second):
                quota.spent(QuotaExhausted("spent", retry_after_s=100))
            await clock.advance(2.1)
            assert await first.ask("anybody") is None
            assert await second.ask("anybody") is None
            assert words_asked(akash) == 1
