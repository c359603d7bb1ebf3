"""What is known of an issued key, and the text that is its secret.

The text is shown once, to whoever issues the key, and kept nowhere: what is kept is its digest, and its first letters
to know it by.  It is as long as chance can be trusted, so one plain hash is enough, and nothing can be guessed from it.
"""

import base64
import hashlib

from msgspec import Struct

from akashchat.clock import Chance
from akashchat.policies.admission import EVERYTHING, UNLIMITED, Allowance, Caller, Scope

MARK = "ak-"
"""With this all issued keys begin: whoever finds one knows what it is, and what does not is none."""
_RANDOM_BYTES = 30
"""Forty characters, and no padding."""
_SHOWN = len(MARK) + 6
"""So many letters tell a key from others; those that are left are still far too many to try."""


class Key(Struct, frozen=True, kw_only=True):
    """An issued key; times are seconds since the epoch, and ``None`` where something has not happened or never will."""

    id: str
    name: str
    prefix: str
    admin: bool = False
    scope: Scope = EVERYTHING
    allowance: Allowance = UNLIMITED
    created_at: float = 0.0
    expires_at: float | None = None
    revoked_at: float | None = None
    last_used_at: float | None = None
    note: str = ""

    def caller(self) -> Caller:
        """Who asks with it."""
        return Caller(
            name=self.name, key=self.id, admin=self.admin, scope=self.scope, allowance=self.allowance
        )


class Issued(Struct, frozen=True):
    """A key with its text, which nobody will be told again."""

    key: Key
    text: str


def new_text(chance: Chance) -> str:
    """The text of a new key."""
    return MARK + base64.urlsafe_b64encode(bytes.fromhex(chance.token(_RANDOM_BYTES))).decode()


def prefix_of(text: str) -> str:
    """What of a text is kept, to know the key by."""
    return text[:_SHOWN]


def digest_of(text: str) -> bytes:
    """What is kept of a text."""
    return hashlib.sha256(text.encode("utf-8", "replace")).digest()
