"""Several upstreams as one: which of them is asked, and who is asked when it fails.

Until an answer has begun nothing is lost by asking elsewhere, and ``upstreams.base`` promises that until then
failures are raised; so failing over is a loop.
"""

import asyncio
from collections.abc import Mapping, Sequence

import msgspec

from akashchat.clock import Chance, Clock
from akashchat.errors import CircuitOpen, GatewayError, ModelNotFound, UnsupportedParameter
from akashchat.model.catalogue import Catalogue, unknown_model
from akashchat.model.events import Failure, Finish
from akashchat.model.journey import Attempt
from akashchat.model.request import Request
from akashchat.policies.offers import Candidate, Offer, merged
from akashchat.policies.routes import Fallbacks, Route, Routes
from akashchat.upstreams.base import EventStream, Honour, Opened, Passage, unhonoured

_SAYING_LITTLE = (CircuitOpen, UnsupportedParameter, ModelNotFound)
"""What an upstream fails with that was not really asked, from what says more to what says less."""


class Failover:
    """Asks one upstream after the other, until one begins to answer."""

    name = "failover"

    def __init__(
        self,
        candidates: Sequence[Candidate],
        *,
        strict: bool,
        clock: Clock,
        chance: Chance,
        fallbacks: Fallbacks | None = None,
    ) -> None:
        self.routes = Routes(candidates, fallbacks or {}, clock, chance)
        self.strict = strict
        self.monotonic = clock.monotonic
        self.token = chance.token

    def open(self, request: Request) -> Opened:
        """An answer of whichever upstream gives one; see ``upstreams.base``."""
        return _Way(self, request)

    def honours(self, model: str) -> Mapping[str, Honour]:
        """As the upstream that is asked first."""
        first = self.routes.first(model)
        return first[0].upstream.honours(first[1]) if first else {}

    async def catalogue(self) -> Catalogue:
        """The models of all that tell theirs; raises what the first one failed with when none does."""
        offers = self.routes.offers
        told = await asyncio.gather(*(offer.catalogue() for offer in offers))
        lists = [(o.name, said) for o, said in zip(offers, told, strict=True) if isinstance(said, Catalogue)]
        errors = [said for said in told if isinstance(said, GatewayError)]
        if errors and not lists:
            raise errors[0].again()
        return merged(lists, stale=bool(errors))


class _Way(Passage):
    """One request's way to an answer."""

    __slots__ = ("_answering", "_asked", "_attempt", "_errors", "_failover", "_request")

    def __init__(self, failover: Failover, request: Request) -> None:
        self._failover = failover
        self._request = request
        self._asked = request.asked()
        self._errors: list[GatewayError] = []
        self._answering = False
        self._attempt: Attempt | None = None

    async def __aenter__(self) -> EventStream:
        request = self._request
        for route in self._failover.routes.of(request.model, request.journey):
            offers = route.offers
            if await (self._ask(offers[0], route) if len(offers) == 1 else self._search(route)):
                break
        if not self._answering:
            raise self._telling()
        if self._attempt is not None and self._attempt.instead:
            request.journey.tell(f"{self._attempt.model} answers in place of {request.model}")
        return self._stream

    def _left(self, end: Finish | Failure | None) -> None:
        if self._attempt is not None:
            self._attempt.ended = self._failover.monotonic()
            if isinstance(end, Failure):
                self._attempt.error = end.error

    async def _search(self, route: Route) -> bool:
        """Ask those of several that list the model, and all where none does; give whether the search is over."""
        strangers = []
        for offer in route.offers:
            if not await offer.has(route.model):
                strangers.append(offer)
            elif await self._ask(offer, route):
                return True
        if len(strangers) < len(route.offers):
            return False
        for offer in strangers:
            if await self._ask(offer, route):
                return True
        return False

    async def _ask(self, offer: Offer, route: Route) -> bool:
        """Ask one upstream; give whether it answers, or fails in a way that all others would."""
        request = self._request
        ignored = await self._ignored(offer, route.model) if self._asked else ()
        if ignored and self._failover.strict:
            self._errors.append(_unsupported(ignored, route.model))
            return False
        attempt = self._attempt = self._begun(Attempt(offer.name, route.model, route.instead, ignored))
        if route.model != request.model:
            request = msgspec.structs.replace(request, model=route.model)
        self._opened = offer.upstream.open(request)
        try:
            self._stream = await self._opened.__aenter__()
        except GatewayError as error:
            attempt.error = error
            attempt.ended = self._failover.monotonic()
            self._errors.append(error)
            return not error.try_elsewhere
        self._answering = True
        return True

    def _begun(self, attempt: Attempt) -> Attempt:
        journey = self._request.journey
        attempt.began = self._failover.monotonic()
        if journey.trace is not None:
            attempt.span = self._failover.token(8)
        journey.attempts.append(attempt)
        return attempt

    async def _ignored(self, offer: Offer, model: str) -> tuple[str, ...]:
        """What the request asks for and this upstream does not do."""
        await offer.look()  # what a model follows stands in the list; without one its id must do
        return unhonoured(self._asked, offer.upstream.honours(model))

    def _telling(self) -> GatewayError:
        """Of all that went wrong what tells the caller most: the first true failure, or who is back first."""
        error = min(self._errors, key=_says_little, default=None)
        ids = self._failover.routes.ids(self._request.journey.scope)
        if error is not None and (len(self._errors) == 1 or not ids or not isinstance(error, ModelNotFound)):
            return error
        return unknown_model(self._request.model, ids)


def _says_little(error: GatewayError) -> tuple[int, float]:
    rank = next((n for n, kind in enumerate(_SAYING_LITTLE, 1) if isinstance(error, kind)), 0)
    return rank, error.retry_after_s or 0.0 if isinstance(error, CircuitOpen) else 0.0


def _unsupported(names: Sequence[str], model: str) -> UnsupportedParameter:
    listed = ", ".join(f"'{name}'" for name in names)
    return UnsupportedParameter(f"not supported with the model '{model}': {listed}", param=names[0])
