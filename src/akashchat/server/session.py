"""``/session``: a person signs in with a key, and the page goes on with a cookie.

The cookie holds a pass and never the key; no script can read it, no other site can send it
(https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Set-Cookie).  It counts only where the page itself
asks, see ``from_own_page``.
"""

from msgspec import Struct
from starlette.types import Receive, Scope, Send

from akashchat.clock import Clock
from akashchat.errors import ForeignOrigin, GatewayError, LimitsUnknown
from akashchat.policies.admission import Caller
from akashchat.policies.limits import Limits
from akashchat.policies.passes import LIFETIME_S, Pass, Passes
from akashchat.server.addresses import scheme_of
from akashchat.server.admin.base import from_here
from akashchat.server.base import (
    PASS_COOKIE,
    CallerLeft,
    Headers,
    Reading,
    from_own_page,
    pass_of,
    read_body,
    respond,
    respond_error,
    shown_key_of,
)
from akashchat.server.limits import standings_object
from akashchat.wire import json


class _SignIn(Struct):
    key: str


class Session:
    """Shows, begins and ends what a page has instead of a key."""

    def __init__(self, passes: Passes, limits: Limits, reading: Reading, clock: Clock) -> None:
        self._passes = passes
        self._limits = limits
        self._reading = reading
        self._clock = clock

    async def show(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Whether a key is needed here, and who asks, by a pass or by a key."""
        try:
            await self._tell(
                scope, send, await self._passes.find(pass_of(scope)), caller=await self._caller(scope)
            )
        except GatewayError as error:
            await respond_error(scope, send, error)

    async def sign_in(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A pass for a key."""
        try:
            _check_page(scope)
            body = await read_body(scope, receive, self._reading, self._clock)
            given = (
                None if self._passes.open else await self._passes.issue(json.decode_body(body, _SignIn).key)
            )
        except GatewayError as error:
            await respond_error(scope, send, error)
        except CallerLeft:
            return
        else:
            cookie = [_cookie(scope, given.text, LIFETIME_S)] if given else []
            await self._tell(scope, send, given, cookie)

    async def sign_out(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """The browser forgets the pass."""
        try:
            _check_page(scope)
        except GatewayError as error:
            await respond_error(scope, send, error)
        else:
            await self._tell(scope, send, None, [_cookie(scope, "", 0)])

    async def _left(self, caller: Caller | None) -> dict[str, dict[str, int | None]] | None:
        """How a caller's limits stand; none where that cannot be known now."""
        try:
            return standings_object(await self._limits.standings(caller)) if caller else {}
        except LimitsUnknown:
            return None

    async def _caller(self, scope: Scope) -> Caller | None:
        """Who shows a key; raises ``Unauthenticated`` for a wrong one, but for none."""
        key = shown_key_of(scope)
        return None if key is None or self._passes.open else await self._passes.admit(key)

    async def _is_admin(self, scope: Scope, who: Caller | None) -> bool:
        """Whether what is for admins answers them; where no key is needed, that is whoever sits at this machine."""
        if self._passes.open:
            return from_here(scope) and (await self._passes.admit(None)).admin
        return who is not None and who.admin

    async def _tell(
        self,
        scope: Scope,
        send: Send,
        held: Pass | None,
        headers: Headers | None = None,
        *,
        caller: Caller | None = None,
    ) -> None:
        who = caller or (held.caller if held else None)
        told = {
            "object": "session",
            "key_needed": not self._passes.open,
            "ends_at": held.ends_at if held and not caller else None,
            **_told(who),
            "admin": await self._is_admin(scope, who),
            "limits": await self._left(who),
        }
        await respond(send, 200, json.encode(told), [(b"cache-control", b"no-store"), *(headers or ())])


def _told(caller: Caller | None) -> dict[str, object]:
    """What there is to say of who asks."""
    if caller is None:
        return {"caller": None, "key": None}
    return {"caller": caller.name, "key": caller.key or None}


def _check_page(scope: Scope) -> None:
    """Raise ``ForeignOrigin``: nobody is signed in or out by another's page."""
    if not from_own_page(scope):
        raise ForeignOrigin("only this gateway's own page signs in and out here")


def _cookie(scope: Scope, value: str, seconds: int) -> tuple[bytes, bytes]:
    secure = "; Secure" if scheme_of(scope) == "https" else ""
    path = scope.get("root_path", "") or "/"
    text = f"{PASS_COOKIE}={value}; Path={path}; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}"
    return b"set-cookie", text.encode("latin-1")
