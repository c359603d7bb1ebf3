"""Passes: what a browser keeps in the place of a key.

A page must not keep a key where a script could read it, and a cookie that holds one gives it away with every
copy of the browser's files.  So a key is shown once, and for it comes a pass: who the caller is and until when,
signed.  It opens the same doors and none for longer; with another key in the settings all passes end.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable

from msgspec import Struct

from akashchat.policies.admission import Admission, Caller

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

    def __init__(self, admission: Admission, key: str, now: Callable[[], float]) -> None:
        self._inner = admission
        self._now = now
        # Made slow for the same reason as with ``Links``: a pass must be no place to try keys against.
        self._secret = hashlib.scrypt(key.encode(), salt=_SALT, n=2**13, r=8, p=1) if key else b""

    @property
    def open(self) -> bool:
        """Whether no key is needed."""
        return self._inner.open

    async def issue(self, key: str | None) -> Pass:
        """A pass for a key; raises ``Unauthenticated``, also for a pass: none begets another."""
        caller = await self._inner.admit(key)
        ends_at = int(self._now()) + LIFETIME_S
        name = base64.urlsafe_b64encode(caller.name.encode()).decode()
        signed = f"{_PREFIX}.{ends_at}.{name}"
        return Pass(f"{signed}.{self._sign(signed)}", caller, ends_at)

    def find(self, text: str | None) -> Pass | None:
        """The pass, if it is one of ours and not over."""
        signed, _, signature = (text or "").rpartition(".")
        if not self._secret or not hmac.compare_digest(
            self._sign(signed).encode(), signature.encode("utf-8", "replace")
        ):
            return None
        _, ends_at, name = signed.split(".")
        if int(ends_at) <= self._now():
            return None
        return Pass(text or "", Caller(name=base64.urlsafe_b64decode(name).decode()), int(ends_at))

    async def admit(self, key: str | None) -> Caller:
        """The caller behind a key or a pass; raises ``Unauthenticated``."""
        found = self.find(key)
        return found.caller if found else await self._inner.admit(key)

    def _sign(self, text: str) -> str:
        return hmac.new(self._secret, text.encode("utf-8", "replace"), hashlib.sha256).hexdigest()
