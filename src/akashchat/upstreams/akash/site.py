"""Akash Chat's web site: which address is asked how.

Every address of the API ends in a slash, a picture's does not: the app answers the other form with a
redirect that loses cookies and bodies.
"""

from collections.abc import Awaitable, Mapping

from msgspec import Struct

from akashchat.upstreams.akash.drift import DriftAlarm
from akashchat.upstreams.akash.reply import Refusal
from akashchat.upstreams.http.client import Http, HttpReply

MAX_REPLY_BYTES = 4 * 1024 * 1024
"""For replies that are neither streams nor pictures; a model list takes some tens of kilobytes."""

_PATIENCE_S = 30.0
"""For everything but answers, which alone are worth minutes of waiting."""


class SiteOptions(Struct, frozen=True, kw_only=True):
    """As whom to go there; ``cookie`` goes with every request, as an operator's browser would send it."""

    base_url: str
    user_agent: str
    cookie: str = ""


class Site:
    """Requests to Akash Chat, with the headers that every working client sends.

    No ``Sec-Fetch-*``: wrong values are refused and none are needed.  No compression: a stream that is
    compressed on the way comes in lumps.
    """

    def __init__(self, http: Http, options: SiteOptions, alarm: DriftAlarm) -> None:
        self._http = http
        self.alarm = alarm
        """Who has read a reply tells it what was new."""
        self._cookie = options.cookie.strip("; ")
        self._headers = {
            "User-Agent": options.user_agent,
            "Accept": "*/*",
            "Accept-Encoding": "identity",
            "Referer": f"{options.base_url}/",
        }
        self._post_headers = {
            **self._headers,
            "Content-Type": "application/json",
            "Origin": options.base_url,
        }
        self._heads: dict[tuple[str, str], bytes] = {}
        """Of the session in use; thousands of requests begin alike."""

    async def get(self, path: str, *, session: str = "", authorization: str = "") -> HttpReply:
        """GET a path, in a session where one is needed; the reply must be closed."""
        headers = {**self._headers, **self._cookies(session)}
        if authorization:
            headers["Authorization"] = authorization
        return await self._http.send("GET", path, headers, patience_s=_PATIENCE_S)

    def post(
        self, path: str, body: bytes, *, session: str, further: Mapping[str, str]
    ) -> Awaitable[HttpReply]:
        """POST JSON in a session, with further headers; the reply must be closed."""
        if further:
            return self._http.send("POST", path, {**self._posting(session), **further}, body)
        if (head := self._heads.get((path, session))) is None:
            self._heads.clear()
            head = self._heads[path, session] = self._http.head("POST", path, self._posting(session))
        return self._http.ask(head, body)

    def _posting(self, session: str) -> dict[str, str]:
        return {**self._post_headers, **self._cookies(session)}

    async def refusal(self, path: str, reply: HttpReply) -> Refusal:
        """A reply that is no answer, read; a page in its place is told to the alarm."""
        body = await reply.read(MAX_REPLY_BYTES)
        self.alarm.refused(path, reply, body)
        return Refusal(reply.status, reply.media_type, reply.headers, body)

    def _cookies(self, session: str) -> dict[str, str]:
        cookie = "; ".join(filter(None, [self._cookie, session]))
        return {"Cookie": cookie} if cookie else {}
