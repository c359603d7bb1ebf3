"""An upstream behind its policies."""

from collections.abc import Iterator

from msgspec import Struct

from akashchat.clock import Chance, Clock
from akashchat.policies.breaker import BreakerOptions, Breaking, Circuits, CircuitState
from akashchat.policies.limited import Limited, Slots
from akashchat.policies.retrying import Retrying, RetryOptions
from akashchat.policies.timed import Timed, TimedOptions
from akashchat.settings.groups import PolicySettings
from akashchat.settings.upstreams import UpstreamSettings
from akashchat.telemetry.metrics import Figures, Labels
from akashchat.upstreams.base import Upstream


class Guarded(Struct, frozen=True):
    """An upstream behind its policies, and what these know of it; ``slots`` where its answers are bounded."""

    upstream: Upstream
    circuits: Circuits
    slots: Slots | None

    def state(self) -> dict[str, object]:
        """What there is to tell of it, as JSON: the models that failed lately, and who waits."""
        troubled = {
            report.model: {
                "state": report.state.value,
                "failures": report.failures,
                "error": report.error.kind,
                "retry_after_s": round(report.retry_after_s, 1),
            }
            for report in self.circuits.report()
        }
        waiting = {"waiting": self.slots.waiting} if self.slots else {}
        return {"circuits": troubled, **waiting}


def guarded(
    upstream: Upstream, options: UpstreamSettings, policies: PolicySettings, clock: Clock, chance: Chance
) -> Guarded:
    """Within its time, in its turn, again where that helps, and not at all while its circuit is open.

    The circuit counts requests, not tries.  A slot is free while a further try is waited for, and the time runs
    from when a slot is there.
    """
    first_token_s, total_s = options.first_token_timeout_s, options.total_timeout_s
    inner: Upstream = Timed(upstream, TimedOptions(first_token_s=first_token_s, total_s=total_s), clock)
    slots = None
    if options.concurrency:
        inner = limited = Limited(inner, options.concurrency, options.waiting, clock)
        slots = limited.slots
    if options.retries:
        again = RetryOptions(retries=options.retries, share=policies.retry_share)
        inner = Retrying(inner, again, clock, chance)
    circuits = BreakerOptions(failures=policies.breaker_failures, cooldown_s=policies.breaker_cooldown_s)
    breaking = Breaking(inner, circuits, clock)
    return Guarded(breaking, breaking.circuits, slots)


def figures(guards: dict[str, Guarded]) -> Iterator[Figures]:
    """What metrics tell of upstreams by name, at this moment."""
    open_circuits: dict[Labels, float] = {
        (name, report.model): float(report.state is not CircuitState.CLOSED)
        for name, guard in guards.items()
        for report in guard.circuits.report()
    }
    waiting: dict[Labels, float] = {
        (name,): float(guard.slots.waiting) for name, guard in guards.items() if guard.slots
    }
    about = "Whether a model that failed lately is left alone at an upstream."
    yield Figures("gauge", "akashchat_circuit_open", about, ("upstream", "model"), open_circuits, "most")
    about = "How many requests wait for their turn at an upstream whose answers are bounded."
    yield Figures("gauge", "akashchat_waiting", about, ("upstream",), waiting)
