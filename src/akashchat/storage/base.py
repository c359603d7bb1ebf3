"""What every store promises.

A ``Database`` holds tables, and a ``Shelf`` small things for a while; both may be shared by many processes.  What a
``ResponseStore`` keeps belongs to an owner, and nobody else finds it.  None of them reads anything in what it keeps.
"""

from collections.abc import Sequence
from typing import Protocol, TypeAlias

from msgspec import Struct

Value: TypeAlias = str | int | float | bytes | None
Row: TypeAlias = tuple[Value, ...]

_NOWHERE_KEPT = dict.fromkeys([0, *range(0xD800, 0xE000)], "\ufffd")


def storable(text: str) -> str:
    """A text as every database can hold it: without NUL, which PostgreSQL lacks, and without half characters."""
    return text if text.isascii() and "\0" not in text else text.translate(_NOWHERE_KEPT)


class DatabaseDown(Exception):
    """The database does not answer: it cannot be reached, or others have locked it for too long."""


class StatementRefused(Exception):
    """The database answers, and will never do this: the SQL is wrong, or what is written breaks a table's rule."""


class Statement(Struct, frozen=True):
    """SQL that every database here understands, with ``?`` where values stand; run once for each of ``rows``."""

    sql: str
    rows: Sequence[Row] = ((),)


PATIENCE_S = 5.0
"""For so long a database is waited for, where nobody says otherwise."""


class Database(Protocol):
    """Tables, of a file or of a server; they are there, as ``storage.schema`` has them, before anything runs."""

    async def run(self, *statements: Statement, patience_s: float = PATIENCE_S) -> list[list[Row]]:
        """Run them in one transaction; gives for each what it selects or returns, of all its rows together.

        Raises ``DatabaseDown``, and then nothing was written as far as anybody can know, or ``StatementRefused``.
        One that was just found down is not waited for again: who asks within a moment is told at once.
        """
        ...

    async def place(self) -> str:
        """Where it is: ``file``, ``memory`` or ``postgresql``; and why, where it should be elsewhere or is down."""
        ...

    async def close(self) -> None:
        """Finish what is running; nothing runs any more."""
        ...


class Shelf(Protocol):
    """Small things by name, each for so many seconds; whoever asks later finds nothing.

    Nothing on it may be missed: a shelf that cannot be reached is an empty one, and that is told in the log.
    """

    @property
    def down(self) -> bool:
        """Whether it could not be reached when it was last asked."""
        ...

    async def get(self, name: str) -> bytes | None:
        """What lies there."""
        ...

    async def put(self, name: str, value: bytes, seconds: float) -> None:
        """Put something there, in the place of what was."""
        ...

    async def remove(self, name: str) -> None:
        """Take it away."""
        ...

    async def claim(self, name: str, seconds: float) -> bool:
        """Whether the name is ours alone, for so long or until it is removed."""
        ...


class Unanswered(DatabaseDown):
    """It was asked and did not answer, so what was asked may still be done."""


class Scripts(Protocol):
    """A store that runs small programs, each of them all at once."""

    async def call(self, script: str, keys: Sequence[str], words: Sequence[str | float]) -> list[int]:
        """What a program says; raises ``DatabaseDown``, or ``Unanswered`` where it may still be done."""
        ...


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
