"""Which upstreams could answer a request, under which model, and in which order."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from msgspec import Struct

from akashchat.clock import Chance, Clock
from akashchat.model.journey import Journey
from akashchat.model.names import Names
from akashchat.model.scope import Scope
from akashchat.policies.offers import Candidate, Offer

Fallbacks = Mapping[str, Sequence[str]]
"""Models that stand in for others; names may be patterns, see ``model.names``."""


class Route(Struct, frozen=True):
    """Some upstreams for one model, best first; ``instead`` when it stands in for the one that was asked for."""

    model: str
    offers: Sequence[Offer]
    instead: bool = False


class Routes:
    """The plan: candidates by their order and weight, and models that stand in for others.

    ``upstream/model`` names one upstream, which alone is asked then, unless some upstream has a model of that
    whole name.
    """

    def __init__(
        self, candidates: Sequence[Candidate], fallbacks: Fallbacks, clock: Clock, chance: Chance
    ) -> None:
        ordered = sorted(candidates, key=lambda candidate: (candidate.order, -candidate.weight))
        offers = [(candidate.order, Offer(candidate, clock)) for candidate in ordered]
        self.offers = [offer for _, offer in offers]
        self._tiers = [[offer for _, offer in tier] for _, tier in groupby(offers, lambda pair: pair[0])]
        self._by_chance = len(self._tiers) < len(self.offers)
        self._named = {offer.name: offer for offer in self.offers}
        self._fallbacks = Names(fallbacks)
        self._chance = chance

    def of(self, model: str, journey: Journey) -> Iterator[Route]:
        """The ways to an answer, best first; who has failed on this journey comes last."""
        if journey.attempts:
            failed = {(a.upstream, a.model) for a in journey.attempts if a.error is not None}
            if failed:
                return self._failed_last(model, failed, journey.scope)
        return self._opened(model, journey.scope)

    def first(self, model: str) -> tuple[Offer, str] | None:
        """Whoever would be asked first, as far as that is known without asking, and the model's name there."""
        pin = self._pinned(model)
        if pin is not None or not self.offers:
            return pin
        return min(self.offers, key=lambda offer: offer.knows(model) is False), model

    def ids(self, scope: Scope) -> set[str]:
        """The models that a key opens, as far as they are known."""
        offers = [offer for offer in self.offers if scope.opens_upstream(offer.name)]
        return {model for offer in offers for model in offer.ids() if scope.opens_model(model)}

    def _failed_last(self, model: str, failed: set[tuple[str, str]], scope: Scope) -> Iterator[Route]:
        routes = [(route, _parted(route, failed)) for route in self._opened(model, scope)]
        for kind in (0, 1):
            for route, parts in routes:
                if parts[kind]:
                    yield Route(route.model, parts[kind], route.instead)

    def _opened(self, model: str, scope: Scope) -> Iterator[Route]:
        """The ways that the caller's key opens; a model that stands in must be open too."""
        if not (scope.models or scope.upstreams):
            return self._all(model)
        open_ways = (
            Route(
                route.model,
                [offer for offer in route.offers if scope.opens_upstream(offer.name)],
                route.instead,
            )
            for route in self._all(model)
            if not route.instead or scope.opens_model(route.model)
        )
        return (route for route in open_ways if route.offers)

    def _all(self, model: str) -> Iterator[Route]:
        pin = self._pinned(model)
        if pin is not None:
            yield Route(pin[1], (pin[0],))
            return
        yield Route(model, self._drawn())
        for name in self._fallbacks.find(model) or ():
            pin = self._pinned(name)
            if pin is not None:
                yield Route(pin[1], (pin[0],), instead=True)
            elif name != model:
                yield Route(name, self._drawn(), instead=True)

    def _pinned(self, name: str) -> tuple[Offer, str] | None:
        if "/" not in name:
            return None
        upstream, _, model = name.partition("/")
        offer = self._named.get(upstream) if model else None
        if offer is None or any(offer.knows(name) for offer in self.offers):
            return None
        return offer, model

    def _drawn(self) -> Sequence[Offer]:
        """All candidates, those of one order as chance and their weights have it."""
        if not self._by_chance:
            return self.offers
        return [offer for tier in self._tiers for offer in self._shuffled(tier)]

    def _shuffled(self, tier: list[Offer]) -> list[Offer]:
        # As Efraimidis and Spirakis draw without putting back ("Weighted random sampling with a reservoir", 2006).
        if len(tier) == 1:
            return tier
        most = tier[0].weight
        return sorted(tier, key=lambda o: self._chance.uniform(0, 1) ** (most / o.weight), reverse=True)


def _parted(route: Route, failed: set[tuple[str, str]]) -> tuple[list[Offer], list[Offer]]:
    """Of those that may have the model, who has not failed, and who has."""
    offers = [offer for offer in route.offers if offer.knows(route.model) is not False] or route.offers
    fresh = [offer for offer in offers if (offer.name, route.model) not in failed]
    return fresh, [offer for offer in offers if offer not in fresh]
