"""Passes: what a browser keeps in the place of a key.

A page must not keep a key where a script could read it, and a cookie that holds one gives it away with every
copy of the browser's files.  So a key is shown once, and for it comes a pass: whose key it was and until when,
signed together with what shows that the key is still the same.  It opens what the key opens by now, and ends with it.
"""

import base64
import binascii
import hmac
from collections.abc import Callable

from msgspec import Struct

from akashchat.errors import Unauthenticated
from akashchat.policies.admission import Admission, Caller, Standing
from akashchat.policies.signing import Secret

LIFETIME_S = 7 * 24 * 3600
"""A week: long enough not to be asked at each visit, and over before it is forgotten."""

_SALT = b"akashchat passes"
_PREFIX = "pass"


class Pass(Struct, frozen=True):
    """What a page is given, and when it ends, in seconds since the epoch."""

    text: str
    caller: Caller
    ends_at: int


class Passes:
    """An admission that also knows the passes it gave out for the keys of another."""

    def __init__(self, admission: Admission, secret: Secret, now: Callable[[], float]) -> None:
        self._inner = admission
        self._now = now
        self._secret = secret.of(_SALT)

    @property
    def open(self) -> bool:
        """Whether no key is needed."""
        return self._inner.open

    async def issue(self, key: str | None) -> Pass:
        """A pass for a key; raises ``Unauthenticated``, also for a pass: none begets another."""
        caller = await self._inner.admit(key)
        name = caller.key or caller.name
        standing = await self._inner.standing(name)
        if standing is None:  # it ended just now, or none was needed
            raise Unauthenticated("there is no pass for this key")
        ends_at = int(self._now()) + LIFETIME_S
        signed = f"{_PREFIX}.{ends_at}.{base64.urlsafe_b64encode(name.encode()).decode()}"
        return Pass(f"{signed}.{self._sign(signed, standing.proof)}", caller, ends_at)

    async def find(self, text: str | None) -> Pass | None:
        """The pass, if it is one of ours, not over, and of a key that is still good."""
        signed, _, signature = (text or "").rpartition(".")
        read = _read(signed)
        if read is None or read[1] <= self._now():
            return None
        standing = await self._inner.standing(read[0])
        if standing is None or not hmac.compare_digest(
            self._sign(signed, standing.proof).encode(), signature.encode("utf-8", "replace")
        ):
            return None
        return Pass(text or "", standing.caller, read[1])

    async def admit(self, key: str | None) -> Caller:
        """The caller behind a key or a pass; raises ``Unauthenticated``."""
        found = await self.find(key) if key is not None and key.startswith(_PREFIX) else None
        return found.caller if found else await self._inner.admit(key)

    async def standing(self, name: str) -> Standing | None:
        """See ``Admission``."""
        return await self._inner.standing(name)

    def _sign(self, text: str, proof: bytes) -> str:
        return hmac.new(self._secret, text.encode("utf-8", "replace") + b"\0" + proof, "sha256").hexdigest()


def _read(signed: str) -> tuple[str, int] | None:
    """Whose pass it says to be, and until when."""
    kind, _, rest = signed.partition(".")
    ends_at, _, name = rest.partition(".")
    if kind != _PREFIX or not (ends_at.isascii() and ends_at.isdecimal() and len(ends_at) < 16):
        return None
    try:
        return base64.b64decode(name, altchars=b"-_", validate=True).decode(), int(ends_at)
    except (binascii.Error, ValueError):
        return None
