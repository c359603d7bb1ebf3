"""Who may ask.

Today one key, ``BEARER_TOKEN``, or none at all; issued keys come in beside it.
"""

import hashlib
import hmac
from typing import Protocol

from msgspec import Struct

from akashchat.errors import Unauthenticated


class Caller(Struct, frozen=True):
    """Who asks, as far as we know."""

    name: str


class Admission(Protocol):
    """The door."""

    @property
    def open(self) -> bool:
        """Whether no key is needed."""
        ...

    def admit(self, key: str | None) -> Caller:
        """The caller behind a key; raises ``Unauthenticated``."""
        ...


class BearerToken:
    """One key for all, compared in constant time; an empty one opens the door."""

    def __init__(self, token: str) -> None:
        self._digest = hashlib.sha256(token.encode()).digest() if token else None

    @property
    def open(self) -> bool:
        """Whether no key is needed."""
        return self._digest is None

    def admit(self, key: str | None) -> Caller:
        """The caller behind a key; raises ``Unauthenticated``."""
        if self._digest is None:
            return Caller("anyone")
        if not key:
            raise Unauthenticated("a key is needed: send 'Authorization: Bearer <key>'")
        if not hmac.compare_digest(hashlib.sha256(key.encode("utf-8", "replace")).digest(), self._digest):
            raise Unauthenticated("the key is not valid")
        return Caller("bearer")
