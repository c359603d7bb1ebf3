"""An upstream behind its policies."""

from akashchat.clock import Chance, Clock
from akashchat.policies.breaker import BreakerOptions, Breaking
from akashchat.policies.limited import Limited
from akashchat.policies.retrying import Retrying, RetryOptions
from akashchat.policies.timed import Timed, TimedOptions
from akashchat.settings.groups import PolicySettings
from akashchat.settings.upstreams import UpstreamSettings
from akashchat.upstreams.base import Upstream


def guarded(
    upstream: Upstream, options: UpstreamSettings, policies: PolicySettings, clock: Clock, chance: Chance
) -> Breaking:
    """Within its time, in its turn, again where that helps, and not at all while its circuit is open.

    The circuit counts requests, not tries.  A slot is free while a further try is waited for, and the time runs
    from when a slot is there.
    """
    first_token_s, total_s = options.first_token_timeout_s, options.total_timeout_s
    inner: Upstream = Timed(upstream, TimedOptions(first_token_s=first_token_s, total_s=total_s), clock)
    if options.concurrency:
        inner = Limited(inner, options.concurrency, options.waiting, clock)
    if options.retries:
        again = RetryOptions(retries=options.retries, share=policies.retry_share)
        inner = Retrying(inner, again, clock, chance)
    circuits = BreakerOptions(failures=policies.breaker_failures, cooldown_s=policies.breaker_cooldown_s)
    return Breaking(inner, circuits, clock)
