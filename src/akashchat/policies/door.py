"""Who may ask: whoever shows ``BEARER_TOKEN`` or an issued key, or everybody where there is neither.

The door closes with the first key that is issued, and no key's end opens it again.  While it cannot be known whether
there are keys it is closed too: a database that is away must open nothing.
"""

import hmac

import msgspec

from akashchat.errors import DatabaseUnavailable, Unauthenticated
from akashchat.policies.admission import ANYONE, UNLIMITED, Allowance, Caller, Standing
from akashchat.policies.issued import MARK, digest_of
from akashchat.policies.keys import Keys

BEARER = Caller(name="bearer", admin=True)
"""Whoever shows the operator's own key."""


class Door:
    """``required`` keeps it closed also while there is no key; ``here`` tells that only this machine can reach it.

    ``allowance`` is of all who have no issued key, together.
    """

    def __init__(
        self,
        token: str,
        keys: Keys,
        *,
        required: bool = False,
        here: bool = False,
        allowance: Allowance = UNLIMITED,
    ) -> None:
        self._digest = digest_of(token) if token else None
        self._closed = required or bool(token)
        self._keys = keys
        self._anyone = Caller(name=ANYONE, admin=here, allowance=allowance)
        self._bearer = msgspec.structs.replace(BEARER, allowance=allowance)

    @property
    def open(self) -> bool:
        """Whether no key is needed."""
        return not self._closed and self._keys.issued is False

    async def admit(self, key: str | None) -> Caller:
        """See ``Admission``."""
        if self._digest is not None and key and hmac.compare_digest(digest_of(key), self._digest):
            return self._bearer
        issued = key is not None and key.startswith(MARK)
        if not (self._closed or self._keys.issued):
            if self._keys.issued is None or issued or self._keys.are_old:
                await self._look(wanted=issued)
            if not self._keys.issued:
                return self._anyone
        if not key:
            raise Unauthenticated("a key is needed: send 'Authorization: Bearer <key>'")
        caller = await self._keys.find(digest_of(key)) if issued else None
        if caller is None:
            raise Unauthenticated("the key is not valid")
        return caller

    async def standing(self, name: str) -> Standing | None:
        """See ``Admission``."""
        if name == BEARER.name:
            return None if self._digest is None else Standing(self._bearer, self._digest)
        return await self._keys.standing(name)

    async def _look(self, *, wanted: bool) -> None:
        """See whether there is a key by now; ``wanted`` tells that somebody shows one."""
        if self._keys.issued is None or wanted:
            await self._keys.seek()
        else:
            await self._keys.freshen()
        if self._keys.issued is None:
            raise DatabaseUnavailable("whether a key is needed cannot be told while the database is down")
