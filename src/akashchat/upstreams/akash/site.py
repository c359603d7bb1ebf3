"""Akash Chat's web site: which address is asked how.

Every address of the API ends in a slash, a picture's does not: the app answers the other form with a
redirect that loses cookies and bodies.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from msgspec import Struct

from akashchat.upstreams.http import Http, HttpReply

MAX_REPLY_BYTES = 4 * 1024 * 1024
"""For replies that are neither streams nor pictures; a model list takes some tens of kilobytes."""

_PATIENCE_S = 30.0
"""For everything but answers, which alone are worth minutes of waiting."""


class SiteOptions(Struct, frozen=True, kw_only=True):
    """Where Akash Chat is and as whom to go there.

    ``cookie`` is sent with every request, as an operator's browser would.
    """

    base_url: str
    user_agent: str
    cookie: str = ""


class Site:
    """Requests to Akash Chat, with the headers that every working client sends.

    No ``Sec-Fetch-*``: wrong values are refused and none are needed.  No compression: a stream that is
    compressed on the way comes in lumps.
    """

    def __init__(self, http: Http, options: SiteOptions) -> None:
        self._http = http
        self._base = options.base_url.rstrip("/")
        self._cookie = options.cookie.strip("; ")
        self._headers = {
            "User-Agent": options.user_agent,
            "Accept": "*/*",
            "Accept-Encoding": "identity",
            "Referer": f"{self._base}/",
        }

    @asynccontextmanager
    async def get(self, path: str, *, session: str = "", authorization: str = "") -> AsyncIterator[HttpReply]:
        """GET a path, in a session where one is needed."""
        headers = {**self._headers, **self._cookies(session)}
        if authorization:
            headers["Authorization"] = authorization
        async with self._http.send("GET", self._base + path, headers, patience_s=_PATIENCE_S) as reply:
            yield reply

    @asynccontextmanager
    async def post(self, path: str, body: bytes, *, session: str) -> AsyncIterator[HttpReply]:
        """POST JSON in a session."""
        headers = {
            **self._headers,
            **self._cookies(session),
            "Content-Type": "application/json",
            "Origin": self._base,
        }
        async with self._http.send("POST", self._base + path, headers, body) as reply:
            yield reply

    def _cookies(self, session: str) -> dict[str, str]:
        cookie = "; ".join(filter(None, [self._cookie, session]))
        return {"Cookie": cookie} if cookie else {}
