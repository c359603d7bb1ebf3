"""Shelves: small things for a while."""

from msgspec import Struct

from akashchat.clock import Clock


class _Thing(Struct, frozen=True):
    value: bytes
    ends_at: float


class MemoryShelf:
    """One process' own; see ``Shelf``."""

    down = False

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._things: dict[str, _Thing] = {}

    async def get(self, name: str) -> bytes | None:
        """See ``Shelf``."""
        thing = self._things.get(name)
        return thing.value if thing is not None and self._clock.monotonic() < thing.ends_at else None

    async def put(self, name: str, value: bytes, seconds: float) -> None:
        """See ``Shelf``."""
        self._things[name] = _Thing(value, self._clock.monotonic() + seconds)

    async def remove(self, name: str) -> None:
        """See ``Shelf``."""
        self._things.pop(name, None)

    async def claim(self, name: str, seconds: float) -> bool:
        """See ``Shelf``."""
        if await self.get(name) is not None:
            return False
        await self.put(name, b"", seconds)
        return True
