"""Akash's model list, asked for."""

from contextlib import closing

from akashchat.clock import Clock
from akashchat.errors import SessionRejected
from akashchat.model.catalogue import Model
from akashchat.upstreams.akash.models import IMAGE_MODEL, read_models
from akashchat.upstreams.akash.sessions import Sessions
from akashchat.upstreams.akash.shapes import new_in_models
from akashchat.upstreams.akash.site import MAX_REPLY_BYTES, Site
from akashchat.upstreams.akash.strange import Strangeness

_PATH = "/api/models/"


class ModelList:
    """Asks for the models, in the shared session."""

    def __init__(self, site: Site, sessions: Sessions, clock: Clock, upstream: str) -> None:
        self._site = site
        self._sessions = sessions
        self._clock = clock
        self._upstream = upstream

    async def fetch(self) -> tuple[Model, ...]:
        """The models there are now; asks a second time, with a new session, where the first was refused."""
        try:
            return await self._ask()
        except SessionRejected:
            return await self._ask()

    def trusted(self, model_id: str) -> Model:
        """A model of which nothing but its id is known."""
        return Model(id=model_id, name=model_id, upstream=self._upstream, draws=model_id == IMAGE_MODEL)

    async def _ask(self) -> tuple[Model, ...]:
        session = await self._sessions.lease()
        with closing(await self._site.get(_PATH, session=session.cookie)) as reply:
            if reply.status == 200 and reply.media_type != "text/html":
                body = await reply.read(MAX_REPLY_BYTES)
                self._site.compare(Strangeness.MODELS, new_in_models, _PATH, reply, body)
                return read_models(body, self._upstream)
            error = (await self._site.refusal(_PATH, reply)).error(self._clock.now())
        if isinstance(error, SessionRejected):
            self._sessions.retire(session)
        raise error
