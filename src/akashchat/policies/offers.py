"""What each of several upstreams offers, and all of them together.

An upstream that is away, or slow to tell its models, must not keep a request from another one that is not: so nobody
waits long for a list, and hardly anybody waits for one that was known before.
"""

from collections.abc import Sequence
from typing import Final

import msgspec
from msgspec import Struct

from akashchat.clock import Clock
from akashchat.errors import GatewayError, UpstreamTimeout
from akashchat.model.catalogue import Catalogue, Model
from akashchat.upstreams.base import Upstream

_PATIENCE_S: Final = 10.0
"""So long may a list take."""
_FRESH_S: Final = 5.0
"""So long a list is not looked at again: an upstream keeps it for longer, but to ask it costs more than this."""
_PAUSE_S: Final = 30.0
"""So long an upstream that did not tell its models is not asked for them again, to find out who has one."""


class Candidate(Struct, frozen=True):
    """An upstream that could serve: those of the lowest ``order`` are asked first, by chance as ``weight`` has it."""

    upstream: Upstream
    order: int = 1
    weight: float = 1.0


class Offer:
    """One candidate and its models, as far as they are known."""

    def __init__(self, candidate: Candidate, clock: Clock) -> None:
        self.upstream = candidate.upstream
        self.name = candidate.upstream.name
        self.weight = candidate.weight
        self._clock = clock
        self._catalogue: Catalogue | None = None
        self._ids: frozenset[str] | None = None
        self._error: GatewayError | None = None
        self._due = float("-inf")

    def knows(self, model: str) -> bool | None:
        """Whether it has a model, by what is known without asking; ``None`` without a list."""
        return None if self._ids is None else model in self._ids

    def ids(self) -> frozenset[str]:
        """The models it has, as far as they are known."""
        return self._ids or frozenset()

    async def has(self, model: str) -> bool:
        """Whether it may have a model: it lists it, or its list is not known and it will tell."""
        if self._clock.monotonic() >= self._due:
            await self.look()
        return self._ids is None or model in self._ids

    async def look(self) -> None:
        """Ask for its models, unless they were asked for just now; where one waits others go by the last list."""
        if self._clock.monotonic() < self._due:
            return
        if self._ids is not None:
            self._due = self._clock.monotonic() + _PAUSE_S
        await self._ask()
        self._due = self._clock.monotonic() + (_PAUSE_S if self._error is not None else _FRESH_S)

    async def catalogue(self) -> Catalogue | GatewayError:
        """Its models, stale ones where it does not tell; the error where there are none."""
        await self._ask()
        if self._catalogue is None:
            return self._error or Catalogue(())
        return self._catalogue if self._error is None else Catalogue(self._catalogue.models, stale=True)

    async def _ask(self) -> None:
        try:
            async with self._clock.timeout(_PATIENCE_S):
                catalogue = await self.upstream.catalogue()
        except TimeoutError:
            self._error = UpstreamTimeout(f"{self.name} did not tell its models in time")
            return
        except GatewayError as error:
            self._error = error.again()
            return
        self._error = None
        if self._catalogue is None or catalogue.models is not self._catalogue.models:
            self._ids = frozenset(model.id for model in catalogue.models) or None
        self._catalogue = catalogue


def merged(told: Sequence[tuple[str, Catalogue]], *, stale: bool = False) -> Catalogue:
    """One list of all: of a model that several upstreams have, the first one's entry, with the names of all."""
    models: dict[str, Model] = {}
    for name, catalogue in told:
        for model in catalogue.models:
            first = models.get(model.id, model)
            models[model.id] = msgspec.structs.replace(first, upstreams=(*first.upstreams, name))
    return Catalogue(tuple(models.values()), stale or any(catalogue.stale for _, catalogue in told))
