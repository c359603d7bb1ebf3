"""A session with Akash Chat, and the shelf on which gateways find each other's.

Whoever needs a new one looks there first, and asks Akash only with the claim to: so one asks, and the others wait for
what it brings.  They wait a little; where that takes too long, or the shelf cannot be reached, each asks for itself.
What lies there tells its times by the clock on the wall, since processes share no other.
"""

import hashlib
from collections.abc import Awaitable, Callable

import msgspec
from msgspec import Struct

from akashchat.clock import Clock
from akashchat.storage.base import Shelf

_CLAIM_S = 10.0
"""So long nobody else asks, should the one who does so be killed."""
_PATIENCE_S = 5.0
_LOOK_S = 0.1


class Session(Struct, frozen=True):
    """``cookie`` is what to send, empty where the app asks for none; times are monotonic seconds."""

    cookie: str
    renew_at: float
    ends_at: float


def session_name(base_url: str, access_token: str) -> str:
    """The name under which those lie who are before the same app with the same token."""
    return f"akash/session/{hashlib.sha256(f'{base_url} {access_token}'.encode()).hexdigest()[:16]}"


class SessionShelf:
    """The session of all gateways that share a shelf."""

    def __init__(self, shelf: Shelf, clock: Clock, name: str) -> None:
        self._shelf = shelf
        self._clock = clock
        self._name = name
        self._asking = f"{name}/asking"

    async def bring(self, issue: Callable[[], Awaitable[Session]], refused: str | None) -> Session:
        """A session that is not the refused one: another's where there is a young one, else one that is issued now."""
        until = self._clock.monotonic() + _PATIENCE_S
        while not (ours := await self._shelf.claim(self._asking, _CLAIM_S)):
            if (found := await self._find(refused)) is not None:
                return found
            if self._clock.monotonic() >= until:
                break
            await self._clock.sleep(_LOOK_S)
        try:
            return await self._find(refused) or await self._put(await issue())
        finally:
            if ours:
                await self._shelf.remove(self._asking)

    async def _find(self, refused: str | None) -> Session | None:
        """What lies there, if it is not to be renewed yet."""
        lying = await self._shelf.get(self._name)
        if lying is None:
            return None
        try:
            there = msgspec.msgpack.decode(lying, type=Session)
        except msgspec.MsgspecError:
            return None  # of another version of the gateway
        shift = self._clock.monotonic() - self._clock.now()
        session = Session(there.cookie, there.renew_at + shift, there.ends_at + shift)
        young = self._clock.monotonic() < session.renew_at
        return session if young and session.cookie != refused else None

    async def _put(self, session: Session) -> Session:
        shift = self._clock.now() - self._clock.monotonic()
        there = Session(session.cookie, session.renew_at + shift, session.ends_at + shift)
        life_s = session.ends_at - self._clock.monotonic()
        await self._shelf.put(self._name, msgspec.msgpack.encode(there), life_s)
        return session
