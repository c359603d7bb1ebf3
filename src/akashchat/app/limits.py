"""Where is counted what callers ask for, and how much those may who have no key of their own."""

from typing import TypeAlias

from akashchat.clock import Chance, Clock
from akashchat.policies.admission import Allowance
from akashchat.policies.counters.database import DatabaseCounters
from akashchat.policies.counters.memory import MemoryCounters
from akashchat.policies.counters.redis import RedisCounters
from akashchat.policies.counters.sheltered import Sheltered
from akashchat.policies.needs import LimitOptions
from akashchat.settings import Settings
from akashchat.settings.groups import LimitSettings
from akashchat.storage.base import Database, Scripts

OwnCounters: TypeAlias = MemoryCounters | DatabaseCounters | RedisCounters | Sheltered


def counters(
    settings: Settings, database: Database, redis: Scripts | None, clock: Clock, chance: Chance
) -> OwnCounters:
    """In this process alone, unless others share a Redis or a database with it."""
    of_all: DatabaseCounters | RedisCounters = DatabaseCounters(database, clock, chance)
    shared = settings.shares_database
    if redis is not None:
        of_all = RedisCounters(redis, clock, chance, of_all if shared else None)
    elif not shared:
        return MemoryCounters(clock, chance, of_all)
    if settings.limits.when_down == "refuse":
        return of_all
    return Sheltered(of_all, MemoryCounters(clock, chance, of_all))


def limit_options(settings: LimitSettings) -> LimitOptions:
    """How much is set aside."""
    return LimitOptions(margin=settings.margin, output_tokens=settings.output_tokens)


def allowance(settings: LimitSettings) -> Allowance:
    """Of callers without an issued key, all of them together."""
    return Allowance(
        requests_per_minute=settings.requests_per_minute or None,
        tokens_per_minute=settings.tokens_per_minute or None,
        tokens_per_day=settings.tokens_per_day or None,
        tokens_per_month=settings.tokens_per_month or None,
        concurrency=settings.concurrency or None,
    )
