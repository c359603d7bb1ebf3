"""An OpenAI-compatible API over HTTP: addresses below its base, the key, and what its refusals mean."""

from collections.abc import Mapping
from contextlib import closing

from msgspec import Struct

from akashchat.clock import Clock
from akashchat.errors import GatewayError, UpstreamError
from akashchat.upstreams.http.client import Http, HttpReply
from akashchat.upstreams.openai.reply import Refusal
from akashchat.upstreams.pages import is_page

MAX_REPLY_BYTES = 16 * 1024 * 1024
"""For replies that are read whole; a router's list of some hundred models takes a megabyte."""

_PATIENCE_S = 30.0
"""For everything but answers, which alone are worth minutes of waiting."""
_NOTHING = (404, 405, 501)
_MAX_REFUSAL_BYTES = 256 * 1024
"""Of a refusal, whose rest nobody would read."""


class ApiOptions(Struct, frozen=True, kw_only=True):
    """As whom to ask; ``name`` is the upstream's, for messages."""

    name: str
    key: str = ""
    user_agent: str = "akashchat"


class Api:
    """Asks, and raises what a refusal means.  No compression: a stream that is compressed comes in lumps."""

    def __init__(self, http: Http, options: ApiOptions, clock: Clock) -> None:
        self._http = http
        self._clock = clock
        self.name = options.name
        self.key = options.key
        self._headers = {
            "User-Agent": options.user_agent,
            "Accept": "application/json, text/event-stream, */*",
            "Accept-Encoding": "identity",
        }
        if options.key:
            self._headers["Authorization"] = f"Bearer {options.key}"

    async def get(self, path: str) -> bytes | None:
        """What is there; ``None`` where nothing is."""
        with closing(await self._http.send("GET", path, self._headers, patience_s=_PATIENCE_S)) as reply:
            if reply.status in _NOTHING:
                return None
            if not _answers(reply):
                raise await self._refused(reply)
            return await reply.read(MAX_REPLY_BYTES)

    async def post(
        self,
        path: str,
        body: bytes,
        media_type: str = "application/json",
        further: Mapping[str, str] | None = None,
    ) -> HttpReply:
        """The reply to a body, sent with further headers; it must be closed."""
        headers = {**self._headers, "Content-Type": media_type, **(further or {})}
        reply = await self._http.send("POST", path, headers, body)
        if _answers(reply):
            return reply
        with closing(reply):
            raise await self._refused(reply)

    async def _refused(self, reply: HttpReply) -> GatewayError:
        try:
            body = await reply.read(_MAX_REFUSAL_BYTES)
        except UpstreamError:
            body = b""  # too much of it or too little, so its status must do
        refusal = Refusal(reply.status, reply.media_type, reply.headers, body)
        return refusal.error(self.name, self._clock.now(), self.key)


def _answers(reply: HttpReply) -> bool:
    return 200 <= reply.status < 300 and not is_page(reply.media_type)
