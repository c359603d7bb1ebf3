"""What tests ask of counters."""

from akashchat.model.limits import Kind, Limit, limit_at
from akashchat.policies.counters.base import Claim, Counters, Refusal, Reservation
from tests.support.clock import FakeClock


class Caller:
    """Somebody with a key and its limits, by name: ``concurrency=2``."""

    def __init__(self, counters: Counters, clock: FakeClock, key: str = "key", **limits: int) -> None:
        self.counters = counters
        self.key = key
        self._clock = clock
        self._limits = {Kind(name): most for name, most in limits.items()}

    async def ask(self, wanted: int = 0, least: int | None = None) -> Reservation | Refusal:
        """Ask for so many tokens, or not fewer than these."""
        few = wanted if least is None else least
        claims = [Claim(limit, few if limit.kind.of_tokens else 1) for limit in self.limits()]
        return await self.counters.reserve(self.key, claims, wanted)

    async def reserve(self, wanted: int = 0, least: int | None = None) -> Reservation:
        """The same, where it is granted."""
        found = await self.ask(wanted, least)
        assert isinstance(found, Reservation), found
        return found

    async def refused(self, wanted: int = 0, least: int | None = None) -> Refusal:
        """The same, where it is not."""
        found = await self.ask(wanted, least)
        assert isinstance(found, Refusal), found
        return found

    async def stands(self) -> dict[str, tuple[int, int]]:
        """How much is used and reserved of each limit."""
        found = await self.counters.standings(self.key, self.limits())
        return {stands.limit.kind.value: (stands.used, stands.reserved) for stands in found}

    def limits(self) -> list[Limit]:
        """Its limits now."""
        return [limit_at(kind, most, self._clock.now()) for kind, most in self._limits.items()]
