"""A model list, kept for ten minutes, and longer when its upstream is away."""

from collections.abc import Awaitable, Callable

from akashchat.clock import Clock
from akashchat.errors import GatewayError
from akashchat.model.catalogue import Catalogue, Model, unknown_model
from akashchat.upstreams.shared import Backoff, Shared

_FRESH_S = 600.0
_RETRY_S = 30.0
"""After a failure, or for a model nobody knows, the list is asked for again no sooner than this."""


class Listing:
    """An upstream's models, as last seen; ``fetch`` asks for them, ``trusted`` makes one of an id nobody knows."""

    def __init__(
        self,
        fetch: Callable[[], Awaitable[tuple[Model, ...]]],
        trusted: Callable[[str], Model],
        clock: Clock,
    ) -> None:
        self._fetch = fetch
        self._trusted = trusted
        self._clock = clock
        self._catalogue: Catalogue | None = None
        self._seen_at = float("-inf")
        self._asked_at = float("-inf")
        self._asking: Shared[Catalogue] = Shared(self._ask)
        self._backoff = Backoff(clock)

    async def catalogue(self) -> Catalogue:
        """The models; stale ones when the upstream cannot be asked, and an error only when there are none."""
        if self._catalogue is None:
            return await self._asking.get()
        now = self._clock.monotonic()
        if now < self._seen_at + _FRESH_S:
            return self._catalogue
        if now < self._asked_at + _RETRY_S:
            return Catalogue(self._catalogue.models, stale=True)
        try:
            return await self._asking.get()
        except GatewayError:
            return Catalogue(self._catalogue.models, stale=True)

    async def find(self, model_id: str) -> Model:
        """The model of this id.

        Raises ``ModelNotFound`` when the list has it not, after asking for the list anew where the one
        at hand has some age.  Without any list the model is taken on trust: the upstream will tell.
        """
        try:
            catalogue = await self._list()
            model = catalogue.find(model_id)
            if model is None and self._clock.monotonic() > self._asked_at + _RETRY_S:
                catalogue = await self._asking.get()
                model = catalogue.find(model_id)
        except GatewayError:
            catalogue = self._catalogue or Catalogue(())
            model = catalogue.find(model_id)
        if not catalogue.models:
            return self._trusted(model_id)
        if model is None:
            raise unknown_model(model_id, [model.id for model in catalogue.models])
        return model

    def fresh(self, model_id: str) -> Model | None:
        """The model of this id where the list at hand is young; ``find`` tells why there is none."""
        if self._catalogue is None or self._clock.monotonic() >= self._seen_at + _FRESH_S:
            return None
        return self._catalogue.find(model_id)

    def known(self, model_id: str) -> Model | None:
        """The model of this id in the list at hand, without asking."""
        return self._catalogue.find(model_id) if self._catalogue else None

    async def _list(self) -> Catalogue:
        """The catalogue, without asking again for one that was refused just now."""
        if self._catalogue is None and self._clock.monotonic() < self._asked_at + _RETRY_S:
            if self._asking.busy:
                return await self._asking.get()
            return Catalogue(())
        return await self.catalogue()

    async def _ask(self) -> Catalogue:
        self._backoff.check()
        self._asked_at = self._clock.monotonic()
        try:
            catalogue = Catalogue(await self._fetch())
        except GatewayError as error:
            self._backoff.failed(error)
            raise
        self._backoff.succeeded()
        self._catalogue = catalogue
        self._seen_at = self._clock.monotonic()
        return catalogue
