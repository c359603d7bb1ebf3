"""Akash Chat's web app as an upstream: a request in, a stream of events out."""

from collections.abc import Mapping
from contextlib import aclosing, closing

from akashchat import tokens
from akashchat.clock import Chance, Clock
from akashchat.errors import (
    BadRequest,
    ContextLengthExceeded,
    SessionRejected,
)
from akashchat.model.catalogue import Catalogue, Model
from akashchat.model.events import Finish
from akashchat.model.request import Request
from akashchat.upstreams.akash.answer_stream import AnswerStream
from akashchat.upstreams.akash.drawing import Drawing
from akashchat.upstreams.akash.models import IMAGE_MODEL
from akashchat.upstreams.akash.pictures import PictureStream
from akashchat.upstreams.akash.quota import Quota
from akashchat.upstreams.akash.request import RequestOptions, render
from akashchat.upstreams.akash.session import Session
from akashchat.upstreams.akash.sessions import Sessions
from akashchat.upstreams.akash.site import Site
from akashchat.upstreams.akash.strange import NoticingDecoder, Strangeness
from akashchat.upstreams.base import EventStream, Honour, Opening, Parts, Written
from akashchat.upstreams.decoded import Decoded
from akashchat.upstreams.http.client import HttpReply
from akashchat.upstreams.listing import Listing
from akashchat.upstreams.pages import is_page
from akashchat.upstreams.shared import Backoff

_PATH = "/api/chat/"
_DEFAULT_WINDOW = 128_000
"""What the app assumes of a model without a limit."""
_RESERVE = 1_000
"""What the app keeps free of the window for the answer."""
_TAKEN_FOR_OPENAI = ("o", "gpt-5")
"""Ids that begin so are taken for OpenAI's reasoning models by the app's library, and lose their sampling."""
_HONOURS = {"temperature": Honour.UPSTREAM, "top_p": Honour.UPSTREAM}
_NOT_DRAWN = dict.fromkeys(("tools", "tool_choice", "parallel_tool_calls", "response_format"), Honour.NOBODY)
"""A picture is an answer in no other form."""


class AkashWeb:
    """Answers from chat.akash.network, or from another deployment of the same app."""

    name = "akash"

    def __init__(
        self,
        site: Site,
        sessions: Sessions,
        listing: Listing,
        quota: Quota,
        drawing: Drawing,
        *,
        options: RequestOptions,
        clock: Clock,
        chance: Chance,
    ) -> None:
        self._site = site
        self._sessions = sessions
        self._listing = listing
        self._quota = quota
        self._drawing = drawing
        self._options = options
        self._clock = clock
        self._chance = chance
        self._rejections = Backoff(clock)

    def open(self, request: Request) -> Opening:
        """Begin an answer; see ``upstreams.base``."""
        return Opening(_Asked(self, request))

    async def ask(self, request: Request) -> tuple[Model, HttpReply]:
        """Send a request; gives its model and the reply, which must be closed."""
        self._rejections.check()
        self._quota.check()
        # The session goes before the models, which need one too at old deployments.
        session = self._sessions.fresh or await self._sessions.lease()
        model = self._listing.fresh(request.model) or await self._listing.find(request.model)
        if request.picture is not None and not model.draws:
            raise BadRequest(f"'{model.id}' does not draw; '{IMAGE_MODEL}' does", param="model")
        room = max(0, (model.context_window or _DEFAULT_WINDOW) - _RESERVE)
        if tokens.size_request(request) > room:
            await _check_length(request, room)
        return model, await self._send(request, self._written(request, model), session)

    def decoder(self, reply: HttpReply) -> AnswerStream:
        """What reads a reply's text."""
        return AnswerStream(reply.headers, self._site.alarm.room(Strangeness.UI_STREAM))

    def was_read(self, reply: HttpReply, decoder: NoticingDecoder) -> None:
        """A reply was read as far as it will be."""
        self._site.alarm.stream(decoder.strange, _PATH, reply)

    async def drawn(
        self, text: EventStream, decoder: PictureStream, reply: HttpReply, request: Request
    ) -> Parts:
        """What a model says that draws, and the picture, where it has begun one."""
        yield text
        if decoder.job is not None:
            reply.close()  # others may have the connection while it is drawn
            wants_data = request.picture is not None and request.picture.data
            async with aclosing(self._drawing.events(decoder.job, with_data=wants_data)) as batches:
                async for pictures in batches:
                    yield pictures

    def _written(self, request: Request, model: Model) -> bytes:
        try:
            return render(request, model, self._options, self._chance.token(8))
        except RecursionError:
            raise BadRequest("a tool call's arguments are nested too deeply", param="messages") from None

    def honours(self, model: str) -> Mapping[str, Honour]:
        """The app passes on temperature and top_p and nothing else, and for some models not even these."""
        known = self._listing.known(model)
        if known.draws if known else model == IMAGE_MODEL:
            return {**_HONOURS, **_NOT_DRAWN}
        called = known.api_id or model if known else model
        return {} if called.startswith(_TAKEN_FOR_OPENAI) else _HONOURS

    async def catalogue(self) -> Catalogue:
        """Akash's models."""
        return await self._listing.catalogue()

    async def _send(self, request: Request, body: bytes, session: Session) -> HttpReply:
        """Send the request, a second time with a new session where the first was refused."""
        try:
            return await self._attempt(request, body, session)
        except SessionRejected:
            self._sessions.retire(session)
            session = await self._sessions.lease()
        try:
            reply = await self._attempt(request, body, session)
        except SessionRejected as error:
            # Twice in a row is not age: the app says the same when its own session store is down.
            self._sessions.retire(session)
            self._rejections.failed(error)
            raise
        self._rejections.succeeded()
        return reply

    async def _attempt(self, request: Request, body: bytes, session: Session) -> HttpReply:
        further = request.journey.asking(self._clock.monotonic())
        reply = await self._site.post(_PATH, body, session=session.cookie, further=further)
        if reply.status == 200 and not is_page(reply.media_type):
            return reply
        with closing(reply):
            raise (await self._site.refusal(_PATH, reply)).error(self._clock.now())


class _Asked:
    """One answer: a reply's text, and the picture that may follow it."""

    __slots__ = ("_decoder", "_drawn", "_reply", "_request", "_text", "_web")

    def __init__(self, web: AkashWeb, request: Request) -> None:
        self._web = web
        self._request = request
        self._drawn: Written | None = None

    async def __aenter__(self) -> EventStream:
        web = self._web
        model, reply = await web.ask(self._request)
        self._reply = reply
        self._decoder: NoticingDecoder = web.decoder(reply)
        if not model.draws:
            self._text = Decoded(reply, self._decoder, "Akash")
            return self._text
        self._decoder = pictures = PictureStream(self._decoder)
        self._text = Decoded(reply, pictures, "Akash")
        self._drawn = Written(web.drawn(self._text, pictures, reply, self._request))
        return self._drawn

    async def __aexit__(self, *raised: object) -> None:
        reply = self._reply
        try:
            if self._drawn is not None:
                await self._drawn.__aexit__(*raised)
            self._web.was_read(reply, self._decoder)
            if isinstance(self._text.end, Finish):
                await reply.drain()
        finally:
            reply.close()


async def _check_length(request: Request, room: int) -> None:
    """Refuse what Akash would cut without a word: it drops old turns, and the end of the last one."""
    asked = await tokens.counted(tokens.portions(request))
    if asked > room:
        raise ContextLengthExceeded(
            f"this model's context length allows {room} tokens of conversation, "
            f"yours has about {asked}; shorten the messages",
            param="messages",
        )
