"""What every store promises.

What is kept belongs to an owner, and nobody else finds it.  A store reads nothing in what it keeps.
"""

from typing import Protocol

from msgspec import Struct


class Kept(Struct, frozen=True):
    """One response with what was asked: both as JSON, ``items`` a list; ``previous`` is the id it goes on from."""

    id: str
    owner: str
    created: int
    previous: str
    response: bytes
    items: bytes

    @property
    def size(self) -> int:
        """How many bytes it takes, near enough."""
        return len(self.response) + len(self.items)


class ChainTooLong(Exception):
    """A response has more before it than one request may bring back."""


class ResponseStore(Protocol):
    """Where responses are kept, for a while."""

    @property
    def keeps(self) -> bool:
        """Whether anything is kept at all."""
        ...

    def keep(self, kept: Kept, *, lasting: bool = True) -> None:
        """Keep one: whoever looks from now on finds it.  Does not wait.

        One that is not to be ``lasting`` is not written down; whoever has a memory of their own has it there.
        """
        ...

    async def find(self, owner: str, name: str) -> Kept | None:
        """One of the owner's, by its id."""
        ...

    async def chain(self, owner: str, name: str) -> list[Kept] | None:
        """One of the owner's and all before it, the first first; none where one of them is not there.

        Raises ``ChainTooLong``.
        """
        ...

    async def delete(self, owner: str, name: str) -> bool:
        """Forget one of the owner's; gives whether it was there."""
        ...

    async def place(self) -> str:
        """Where responses are kept: ``file``, ``memory`` or ``nowhere``, and why where it should be elsewhere."""
        ...
