"""The issued keys, as this process knows them.

They are all in mind, so to know a caller costs a hash and no question.  Every two seconds, while callers come, one look
at a count tells whether another process has changed any; a key that is not known is looked for at once, though not more
often than once a second.  Where the database does not answer, the keys that are known go on, and of others nobody can
tell.
"""

import asyncio
from collections.abc import Mapping
from typing import Final

import structlog
from msgspec import Struct

from akashchat.clock import Clock, Timer
from akashchat.errors import DatabaseUnavailable, Unauthenticated
from akashchat.policies.admission import Caller, Standing
from akashchat.policies.issued import Key
from akashchat.policies.keyring import Keyring
from akashchat.storage.base import DatabaseDown, StatementRefused

_FRESH_S: Final = 2.0
"""So long nobody looks; then one looks while all others go on."""
_OLD_S: Final = 4.0
"""What is older, because nobody came, is not gone by: who comes first waits for the look."""
_PATIENCE_S: Final = 0.25
"""So long at most, and not at all once the database is known to be down."""
_PAUSE_S: Final = 1.0
"""So long a key that is not known is not looked for again."""
_GATHER_S: Final = 10.0
"""For so long it is gathered when keys were used, before it is written down."""

_AWAY = (DatabaseDown, StatementRefused)
"""A database without our tables, or without the right to read them, is none."""


class _Known(Struct, frozen=True):
    key: Key
    caller: Caller
    digest: bytes


class Keys:
    """Knows callers by the digests of their keys."""

    def __init__(self, keyring: Keyring, clock: Clock) -> None:
        self.ring = keyring
        self._clock = clock
        self._log = structlog.get_logger("akashchat")
        self._known: dict[bytes, _Known] = {}
        self._by_id: dict[str, _Known] = {}
        self._revision: int | None = None
        self._looked = self._began = self._sought = float("-inf")
        self._looking: asyncio.Task[None] | None = None
        self._down = ""
        self._used: dict[str, float] = {}
        self._writing: asyncio.Task[None] | None = None
        self._timer: Timer | None = None

    @property
    def issued(self) -> bool | None:
        """Whether there ever was a key; ``None`` while that cannot be known."""
        return None if self._revision is None else bool(self._known)

    @property
    def are_old(self) -> bool:
        """Whether it is time to look whether they have changed."""
        return self._clock.monotonic() - self._looked >= _FRESH_S

    async def find(self, digest: bytes) -> Caller | None:
        """The caller behind a key, if it is one of ours; raises ``Unauthenticated`` for one that is over.

        Raises ``DatabaseUnavailable`` where there may be such a key, and nobody can tell.
        """
        if digest not in self._known:
            await self.seek()
            if digest in self._known:
                self._sought = float("-inf")  # nobody tries keys: the next new one is looked for at once too
        elif self.are_old:
            await self.freshen()
        known = self._known.get(digest)
        if known is None:
            self._check_database()
            return None
        now = self._clock.now()
        _check(known.key, now)
        self._note(known.key.id, now)
        return known.caller

    async def standing(self, key_id: str) -> Standing | None:
        """See ``Admission``."""
        if self.are_old or key_id not in self._by_id:
            await self.freshen()
        known = self._by_id.get(key_id)
        if known is None or _end(known.key, self._clock.now()):
            return None
        return Standing(known.caller, known.digest)

    def last_used(self, key: Key) -> float | None:
        """When a key was last used, with what is not yet written down."""
        return max((at for at in (key.last_used_at, self._used.get(key.id)) if at is not None), default=None)

    async def freshen(self) -> None:
        """See that what is known is not too old; mostly without waiting for it."""
        age_s = self._clock.monotonic() - self._looked
        if age_s < _FRESH_S:
            return
        looking = self._look()
        if age_s >= _OLD_S and not self._down:
            await self._wait(looking, self._began + _PATIENCE_S - self._clock.monotonic())

    async def seek(self) -> None:
        """Look at once, as something is not known; but for one look a second."""
        if self._looking is not None and not self._looking.done():
            await self._wait(self._looking, _PAUSE_S)  # it may have begun too early to know
        if self._clock.monotonic() - self._sought >= _PAUSE_S:
            self._sought = self._clock.monotonic()
            await self._wait(self._look(), _PAUSE_S)

    async def reload(self) -> None:
        """Look at once, as something is known to have changed."""
        if self._looking is not None:
            await self._wait(self._looking, _PAUSE_S)
        await self._wait(self._look(), _PAUSE_S)

    async def close(self) -> None:
        """Write down what is gathered, and look no more."""
        if self._timer is not None:
            self._timer.cancel()
        tasks = [task for task in (self._looking, self._writing) if task is not None and not task.done()]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        if self._used:
            await self._write()

    def _check_database(self) -> None:
        if self._down:
            raise DatabaseUnavailable("whether this key is valid cannot be told while the database is down")

    def _look(self) -> asyncio.Task[None]:
        """The look under way, or a new one."""
        if self._looking is None or self._looking.done():
            self._began = self._clock.monotonic()
            self._looking = asyncio.create_task(self._refresh())
        return self._looking

    async def _wait(self, looking: asyncio.Task[None], seconds: float) -> None:
        if seconds <= 0:
            return
        try:
            async with self._clock.timeout(seconds):
                await asyncio.shield(looking)
        except TimeoutError:
            return  # it goes on, and who comes later has what it finds

    async def _refresh(self) -> None:
        """Read what has changed."""
        try:
            if self._revision is None or await self.ring.revision() != self._revision:
                snapshot = await self.ring.snapshot()
                self._take(snapshot.keys)
                self._revision = snapshot.revision
        except _AWAY as down:
            if not self._down:
                self._log.warning("keys cannot be looked up; those known go on", reason=str(down))
            self._down = str(down) or "it does not answer"
        else:
            self._down = ""
        finally:
            self._looked = self._clock.monotonic()

    def _take(self, keys: Mapping[bytes, Key]) -> None:
        self._known = {digest: _Known(key, key.caller(), digest) for digest, key in keys.items()}
        self._by_id = {known.key.id: known for known in self._known.values()}

    def _note(self, key_id: str, now: float) -> None:
        """A key is used; that is written down in a while."""
        if not self._used:
            self._timer = self._clock.call_later(_GATHER_S, self._write_behind)
        self._used[key_id] = now

    def _write_behind(self) -> None:
        self._writing = asyncio.create_task(self._write())

    async def _write(self) -> None:
        used, self._used = self._used, {}
        try:
            await self.ring.used(used)
        except _AWAY as down:
            self._log.warning("when keys were last used is not written down", reason=str(down))


def _check(key: Key, now: float) -> None:
    """Raise ``Unauthenticated`` for a key that is over."""
    if why := _end(key, now):
        raise Unauthenticated(f"the key {key.prefix}… {why}; ask the operator for another")


def _end(key: Key, now: float) -> str:
    """How a key came to its end, if it did."""
    if key.revoked_at is not None:
        return "was revoked"
    return "has expired" if key.expires_at is not None and key.expires_at <= now else ""
