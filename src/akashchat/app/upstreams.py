"""All upstreams there are, each behind what makes it better, and all of them as one."""

from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from functools import partial
from typing import Self

from akashchat.app.akash import Akash
from akashchat.app.guarding import Guarded, figures, guarded
from akashchat.app.keyed import Keyed
from akashchat.app.lasting import Lasting
from akashchat.app.shelves import Shelves
from akashchat.clock import Chance, Clock
from akashchat.emulation.aliased import Aliased
from akashchat.emulation.choices import Choices
from akashchat.emulation.emulated import Emulated, EmulationOptions
from akashchat.model.aliases import Aliases
from akashchat.model.catalogue import Price
from akashchat.policies.failover import Failover
from akashchat.policies.offers import Candidate
from akashchat.policies.rescue import Rescued
from akashchat.settings import Settings
from akashchat.settings.upstreams import UpstreamSettings
from akashchat.telemetry.metrics import Figures, Labels
from akashchat.upstreams.akash.web import AkashWeb
from akashchat.upstreams.base import Upstream


class Upstreams:
    """The upstreams the settings ask for; entered, their connections may be made, and left, they are closed."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        chance: Chance,
        shelves: Shelves,
        *,
        drifted: Callable[[str], object],
        lasting: Lasting | None = None,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._chance = chance
        self._lasting = lasting = lasting or Lasting()
        made_of = (settings.akash_base_url, settings.akash, settings.storage)
        akash = lasting.held(
            "akash", made_of, lambda: Akash(settings, clock, chance, shelves, drifted=drifted)
        )
        keyed = {
            name: lasting.held(f"upstream {name}", asked, partial(Keyed, name, asked, clock, chance))
            for name, asked in settings.keyed().items()
        }
        self._held: list[AbstractAsyncContextManager[object]] = [akash, *keyed.values()]
        self._akash = akash.thing
        self._keyed = {name: held.thing for name, held in keyed.items()}
        self._guards: dict[str, Guarded] = {}
        self._exits = AsyncExitStack()
        self.pictures = self._akash.drawing
        self.forwarders = [keyed.upstream for keyed in self._keyed.values()]

    def composed(self, aliases: Aliases) -> Upstream:
        """All of them as one."""
        failover = Failover(
            self._candidates(),
            strict=self._settings.strict,
            fallbacks=self._settings.models.fallbacks,
            clock=self._clock,
            chance=self._chance,
        )
        rescued = Rescued(failover) if self._settings.policies.rescue else failover
        return Aliased(Choices(rescued), aliases)

    def states(self) -> dict[str, object]:
        """What there is to tell of each, by name, as JSON."""
        own = {AkashWeb.name: self._akash.state()}
        return {name: {**own.get(name, {}), **guard.state()} for name, guard in self._guards.items()}

    def price(self, upstream: str, model: str) -> Price | None:
        """What an upstream asks for a model's tokens, where it tells."""
        keyed = self._keyed.get(upstream)
        return keyed.upstream.price(model) if keyed else None

    def figures(self) -> Iterator[Figures]:
        """What metrics tell of them at this moment."""
        left = self._akash.quota.left if AkashWeb.name in self._guards else None
        about = "How much of an upstream's token quota is left, from 0 to 1, where that is known."
        rows: dict[Labels, float] = {} if left is None else {(AkashWeb.name,): left}
        yield Figures("gauge", "akashchat_quota_left_ratio", about, ("upstream",), rows, "least")
        yield from figures(self._guards)

    def _candidates(self) -> list[Candidate]:
        options = _emulation_options(self._settings)
        return [
            Candidate(Emulated(upstream, options, self._chance), own.order, own.weight)
            for own, upstream in self._asked()
        ]

    def _asked(self) -> Iterator[tuple[UpstreamSettings, Upstream]]:
        """Each behind its policies; Akash's quota goes before them, as a wait for it is no failure."""
        if self._settings.akash.enabled:
            akash = self._settings.akash
            yield akash, self._akash.rationed(self._guarded(self._akash.web, akash))
        for name, keyed in self._settings.keyed().items():
            yield keyed, self._guarded(self._keyed[name].upstream, keyed)

    def _guarded(self, upstream: Upstream, settings: UpstreamSettings) -> Upstream:
        policies = self._settings.policies
        guard = self._lasting.same(
            f"guard {upstream.name}",
            (upstream, settings, policies),
            lambda: guarded(upstream, settings, policies, self._clock, self._chance),
        )
        self._guards[upstream.name] = guard
        return guard.upstream

    async def __aenter__(self) -> Self:
        for held in self._held:
            await self._exits.enter_async_context(held)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._exits.aclose()


def _emulation_options(settings: Settings) -> EmulationOptions:
    return EmulationOptions(
        split_reasoning=settings.chat.reasoning != "tags",
        thinks_first=tuple(settings.emulation.thinks_first),
    )
