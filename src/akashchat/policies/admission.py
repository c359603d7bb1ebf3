"""Who may ask.

Today one key, ``BEARER_TOKEN``, or none at all; issued keys come in beside it.
"""

import hashlib
import hmac
from typing import Protocol

from msgspec import Struct

from akashchat.errors import Unauthenticated


class Scope(Struct, frozen=True, kw_only=True):
    """What a key opens: patterns of names, with ``*`` for any text; an empty tuple is everything."""

    models: tuple[str, ...] = ()
    dialects: tuple[str, ...] = ()
    upstreams: tuple[str, ...] = ()


class Allowance(Struct, frozen=True, kw_only=True):
    """How much a key may ask for; ``None`` is as much as it likes.

    Tokens are those of what is asked and answered together.  Days and months are UTC's.
    """

    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    tokens_per_day: int | None = None
    tokens_per_month: int | None = None
    concurrency: int | None = None

    @property
    def of_tokens(self) -> bool:
        """Whether tokens are limited."""
        return (self.tokens_per_minute, self.tokens_per_day, self.tokens_per_month) != (None, None, None)


EVERYTHING = Scope()
UNLIMITED = Allowance()


class Caller(Struct, frozen=True, kw_only=True):
    """Who asks, as far as we know.

    ``name`` is for people: of a key, or what stands for one.  ``key`` is the id of an issued key, empty for others.
    ``user`` is whom the caller says to ask for, where the operator trusts it in that.
    """

    name: str
    key: str = ""
    admin: bool = False
    scope: Scope = EVERYTHING
    allowance: Allowance = UNLIMITED
    user: str = ""


class Admission(Protocol):
    """The door."""

    @property
    def open(self) -> bool:
        """Whether no key is needed."""
        ...

    async def admit(self, key: str | None) -> Caller:
        """The caller behind a key; raises ``Unauthenticated``."""
        ...


class BearerToken:
    """One key for all, compared in constant time; an empty one opens the door."""

    def __init__(self, token: str, allowance: Allowance = UNLIMITED) -> None:
        self._allowance = allowance
        self._digest = hashlib.sha256(token.encode()).digest() if token else None

    @property
    def open(self) -> bool:
        """Whether no key is needed."""
        return self._digest is None

    async def admit(self, key: str | None) -> Caller:
        """The caller behind a key; raises ``Unauthenticated``."""
        if self._digest is None:
            return Caller(name="anyone", allowance=self._allowance)
        if not key:
            raise Unauthenticated("a key is needed: send 'Authorization: Bearer <key>'")
        if not hmac.compare_digest(hashlib.sha256(key.encode("utf-8", "replace")).digest(), self._digest):
            raise Unauthenticated("the key is not valid")
        return Caller(name="bearer", admin=True, allowance=self._allowance)
