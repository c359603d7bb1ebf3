"""The one session the gateway holds with Akash Chat.

It is shared by all callers, and by all gateways with one shelf (``session``), and renewed at half its life, as the
web page does; nothing is gained by more, because Akash's quota is per address.  A new one is asked for without the old
one's cookie, since the app gives none to who has one.  Asking again (``/api/auth/session/``) is simpler than refreshing,
and enough.
"""

import hashlib
import re
from contextlib import closing
from typing import Any

import msgspec

from akashchat.clock import Clock
from akashchat.errors import BotCheck, GatewayError, SessionRejected
from akashchat.upstreams.akash.session import Session, SessionShelf
from akashchat.upstreams.akash.shapes import new_in_session
from akashchat.upstreams.akash.site import MAX_REPLY_BYTES, Site
from akashchat.upstreams.akash.strange import Strangeness
from akashchat.upstreams.shared import Backoff, Shared

# Read by hand: the cookie is ``Partitioned``, over which the standard library's parser stumbles, and
# ``Expires`` holds a comma.
_COOKIE = re.compile(r"(?:^|;)\s*session_token=([^;\s]+)")
_MAX_AGE = re.compile(r";\s*max-age=(\d{1,9})", re.IGNORECASE)

_PATH = "/api/auth/session/"

_LIFE_S = 600.0
"""The app's default, for a session that does not say how long it lives."""


class Sessions:
    """Leases the shared session: ``lease`` before a request, ``retire`` when Akash refuses it."""

    def __init__(
        self, site: Site, shelf: SessionShelf, clock: Clock, *, own_cookie: str = "", access_token: str = ""
    ) -> None:
        self._site = site
        self._shelf = shelf
        self._clock = clock
        self._current: Session | None = None
        self._refused: str | None = None
        self._renewal: Shared[Session] = Shared(self._ask)
        self._backoff = Backoff(clock)
        self._authorizations = _authorizations(access_token)
        self._own = _COOKIE.search(own_cookie) is not None

    @property
    def fresh(self) -> Session | None:
        """The session, where it is not yet time to think of another."""
        session = self._current
        return session if session is not None and self._clock.monotonic() < session.renew_at else None

    async def lease(self) -> Session:
        """A session to use now; asks for one only when there is none, or none that lives."""
        if self._own:
            return Session("", float("inf"), float("inf"))  # the operator's cookie carries it
        now = self._clock.monotonic()
        session = self._current
        if session is None or now >= session.ends_at:
            return await self._renewal.get()
        if now >= session.renew_at:
            self._renewal.ask_behind()  # if it fails the old session still works, and the next caller tries again
        return session

    def retire(self, session: Session) -> None:
        """Akash refused this session: nobody gets it again."""
        if self._own:
            raise SessionRejected(
                "Akash does not accept the session_token in AKASHCHAT_AKASH_COOKIE; "
                "give it a fresh one, or none and let the gateway ask for its own"
            )
        self._refused = session.cookie
        if self._current == session:
            self._current = None

    def state(self) -> dict[str, object]:
        """What is known, for operators."""
        session, now = self._current, self._clock.monotonic()
        if self._own:
            return {"state": "yours"}
        if session is None or now >= session.ends_at:
            return {"state": "none"}
        life_s = 2 * (session.ends_at - session.renew_at)
        left_s = session.ends_at - now
        return {"state": "held", "age_s": round(life_s - left_s, 1), "ends_in_s": round(left_s, 1)}

    async def close(self) -> None:
        """Give up a renewal that nobody waits for."""
        await self._renewal.close()

    async def _ask(self) -> Session:
        self._backoff.check()
        try:
            self._current = await self._shelf.bring(self._issue, self._refused)
        except GatewayError as error:
            self._backoff.failed(error)
            raise
        self._backoff.succeeded()
        return self._current

    async def _issue(self) -> Session:
        """Ask once, or once per form an access token may take."""
        refused: GatewayError | None = None
        for authorization in self._authorizations:
            with closing(await self._site.get(_PATH, authorization=authorization)) as reply:
                if reply.status == 200 and reply.media_type == "application/json":
                    self._authorizations = (authorization,)
                    body = await reply.read(MAX_REPLY_BYTES)
                    self._site.alarm.compare(Strangeness.SESSION, new_in_session, _PATH, reply, body)
                    return self._read(reply.cookies, body)
                refused = (await self._site.refusal(_PATH, reply)).error(self._clock.now())
            if reply.status != 403 or isinstance(refused, BotCheck):
                break
        assert refused is not None  # noqa: S101  there is always one form
        raise refused

    def _read(self, cookies: tuple[str, ...], body: bytes) -> Session:
        now = self._clock.monotonic()
        for cookie in reversed(cookies):  # the last one counts, as in a browser
            age = _MAX_AGE.search(cookie)
            life = float(age[1]) if age else _LIFE_S
            if life > 0 and (found := _COOKIE.match(cookie)):
                return Session(f"session_token={found[1]}", now + life / 2, now + life)
        if _says_success(body):
            # Success without a cookie: what we have goes on, or this deployment asks for none.
            kept = self._current.cookie if self._current else ""
            return Session(kept, now + _LIFE_S / 2, now + _LIFE_S)
        raise SessionRejected("Akash answered the request for a session with something else")


def _authorizations(access_token: str) -> tuple[str, ...]:
    """The new app wants a private deployment's token as it is, the old one its SHA-256."""
    if not access_token:
        return ("",)
    digest = hashlib.sha256(access_token.encode()).hexdigest()
    return (f"Bearer {access_token}", f"Bearer {digest}")


def _says_success(body: bytes) -> bool:
    try:
        value: Any = msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False
    return isinstance(value, dict) and value.get("success") is True
