"""What Akash said of its quota last, passed on between gateways at the same address.

The quota is per address, so what one of them learns holds for all: that it is spent, when it starts anew, and how much
of it is used.  So Akash is asked for its word once for all.  What each caller used, every gateway knows by itself.
"""

import hashlib

import msgspec
from msgspec import Struct

from akashchat.storage.base import Shelf

_KEPT_S = 86_400.0


class Word(Struct, frozen=True):
    """``used`` is a share, ``None`` where Akash did not say; times are seconds since the epoch.

    ``resets_at`` is there when the quota is spent, ``ends_at`` where it is told when the window ends.
    """

    at: float
    used: float | None
    ends_at: float | None
    resets_at: float | None


def word_name(base_url: str, proxy: str) -> str:
    """The name under which it lies: as many gateways have an address as go to the same app by the same way."""
    return f"akash/quota/{hashlib.sha256(f'{base_url} {proxy}'.encode()).hexdigest()[:16]}"


class Words:
    """The word, as it lies on a shelf."""

    def __init__(self, shelf: Shelf, name: str) -> None:
        self._shelf = shelf
        self._name = name

    async def hear(self) -> Word | None:
        """The last one."""
        lying = await self._shelf.get(self._name)
        try:
            return None if lying is None else msgspec.msgpack.decode(lying, type=Word)
        except msgspec.MsgspecError:
            return None  # of another version of the gateway

    async def tell(self, word: Word) -> None:
        """Put it in the place of the one before."""
        await self._shelf.put(self._name, msgspec.msgpack.encode(word), _KEPT_S)
