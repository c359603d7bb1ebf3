"""Who may ask: what is known of a caller, and what a door promises.

``policies.door`` is the one there is.
"""

from typing import Protocol

from msgspec import Struct

from akashchat.model.scope import EVERYTHING, Scope

__all__ = ["ANYONE", "EVERYTHING", "UNLIMITED", "Admission", "Allowance", "Caller", "Scope", "Standing"]


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

    @property
    def owner(self) -> str:
        """Whose things are that are kept for this caller.

        Ids never change and are nobody else's, as names may be; users behind one key see nothing of each other's.
        """
        owner = self.key or self.name
        return f"{owner}/{self.user}" if self.user else owner


ANYONE = "anyone"
"""The name of whoever comes where no key is needed."""


class Standing(Struct, frozen=True):
    """A caller, and what shows that the key is still the same one: other bytes, another key."""

    caller: Caller
    proof: bytes


class Admission(Protocol):
    """The door."""

    @property
    def open(self) -> bool:
        """Whether no key is needed."""
        ...

    async def admit(self, key: str | None) -> Caller:
        """The caller behind a key; raises ``Unauthenticated``, or ``DatabaseUnavailable`` where nobody can tell."""
        ...

    async def standing(self, name: str) -> Standing | None:
        """How somebody who once showed a key stands by now: by the key's id, or the name of what stands for one."""
        ...
