"""The model list, kept for ten minutes as Akash keeps it, and longer when Akash is away."""

from akashchat.clock import Clock
from akashchat.errors import GatewayError, ModelNotFound, SessionRejected
from akashchat.model.catalogue import Catalogue, Model
from akashchat.upstreams.akash.models import read_models
from akashchat.upstreams.akash.reply import Refusal
from akashchat.upstreams.akash.sessions import Sessions
from akashchat.upstreams.akash.site import MAX_REPLY_BYTES, Site
from akashchat.upstreams.shared import Shared

_FRESH_S = 600.0
_RETRY_S = 30.0
"""After a failure, or for a model nobody knows, the list is asked for again no sooner than this."""


class Listing:
    """Akash's models, as last seen."""

    def __init__(self, site: Site, sessions: Sessions, clock: Clock, upstream: str) -> None:
        self._site = site
        self._sessions = sessions
        self._clock = clock
        self._upstream = upstream
        self._catalogue: Catalogue | None = None
        self._seen_at = float("-inf")
        self._asked_at = float("-inf")
        self._error: GatewayError | None = None
        self._asking: Shared[Catalogue] = Shared(self._ask)

    async def catalogue(self) -> Catalogue:
        """The models; stale ones when Akash cannot be asked, and an error only when there are none."""
        now = self._clock.monotonic()
        if self._catalogue is not None and now < self._seen_at + _FRESH_S:
            return self._catalogue
        if self._error is not None and now < self._asked_at + _RETRY_S:
            return self._stale(self._error)
        try:
            return await self._asking.get()
        except GatewayError as error:
            return self._stale(error)

    async def find(self, model_id: str) -> Model:
        """The model of this id.

        Raises ``ModelNotFound`` when Akash's list has it not, after asking for the list anew where the one
        at hand has some age.  Without any list the model is taken on trust: Akash will tell.
        """
        try:
            catalogue = await self.catalogue()
            model = catalogue.find(model_id)
            if model is None and self._clock.monotonic() > self._asked_at + _RETRY_S:
                catalogue = await self._asking.get()
                model = catalogue.find(model_id)
        except GatewayError:
            if self._catalogue is None:
                return Model(id=model_id, name=model_id, upstream=self._upstream)
            catalogue, model = self._catalogue, self._catalogue.find(model_id)
        if model is None:
            offered = ", ".join(sorted(model.id for model in catalogue.models)) or "none"
            raise ModelNotFound(
                f"there is no model '{_short(model_id)}'; available are {offered}", param="model"
            )
        return model

    def known(self) -> int:
        """How many models are known, without asking."""
        return len(self._catalogue.models) if self._catalogue else 0

    def _stale(self, error: GatewayError) -> Catalogue:
        if self._catalogue is None:
            raise error
        return Catalogue(self._catalogue.models, stale=True)

    async def _ask(self) -> Catalogue:
        self._asked_at = self._clock.monotonic()
        try:
            try:
                catalogue = await self._fetch()
            except SessionRejected:
                catalogue = await self._fetch()
        except GatewayError as error:
            self._error = error
            raise
        self._error = None
        self._catalogue = catalogue
        self._seen_at = self._clock.monotonic()
        return catalogue

    async def _fetch(self) -> Catalogue:
        session = await self._sessions.lease()
        async with self._site.get("/api/models/", session=session.cookie) as reply:
            body = await reply.read(MAX_REPLY_BYTES)
        if reply.status == 200:
            return Catalogue(read_models(body, self._upstream))
        error = Refusal(reply.status, reply.media_type, reply.headers, body).error(self._clock.now())
        if isinstance(error, SessionRejected):
            self._sessions.retire(session)
        raise error


def _short(text: str) -> str:
    return text if len(text) <= 100 else text[:100] + "…"
