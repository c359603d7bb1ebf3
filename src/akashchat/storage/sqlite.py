"""The embedded store: a table of SQLite in one thread of its own, which begins when it is first needed.

What is asked of the thread is done in the order it was asked.  What is yet to be written is known here too, so a
write need not be waited for, not even while another process has locked the file.
"""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import structlog

from akashchat.clock import Clock, Timer
from akashchat.errors import InternalError
from akashchat.storage.base import Kept
from akashchat.storage.table import Name, Settled, SqliteOptions, Table, is_locked

T = TypeVar("T")

_DAY = 86_400
_AGAIN_S = 0.1
"""After this whoever met a lock comes again."""
_PATIENCE_S = 5.0
"""For so long a caller waits for a lock; what is to be written waits as long as it must."""


class SqliteStore:
    """See ``ResponseStore``."""

    def __init__(self, options: SqliteOptions, clock: Clock) -> None:
        self._options = options
        self._clock = clock
        self._log = structlog.get_logger("akashchat")
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="storage")
        self._table = Table(options)
        self._unwritten: dict[Name, Kept] = {}
        self._waiting = 0
        self._timer: Timer | None = None
        self._locked_since: float | None = None
        self._over = False

    @property
    def keeps(self) -> bool:
        """See ``ResponseStore``."""
        return self._options.retention_days > 0

    def keep(self, kept: Kept, *, lasting: bool = True) -> None:
        """See ``ResponseStore``; a write that fails is told in the log."""
        if not (lasting and self.keeps):
            return
        if self._waiting + kept.size > self._options.max_waiting_bytes:
            self._log.warning("not kept", response=kept.id, reason="the database is too slow")
            return
        self._hold(kept)
        self._write([kept])

    async def find(self, owner: str, name: str) -> Kept | None:
        """See ``ResponseStore``."""
        oldest = self._oldest()
        unwritten = self._unwritten.get((owner, name))
        if unwritten is not None and unwritten.created >= oldest:
            return unwritten
        return await self._ask(lambda: self._table.select(owner, name, oldest))

    async def chain(self, owner: str, name: str) -> list[Kept] | None:
        """See ``ResponseStore``."""
        oldest = self._oldest()
        unwritten = {name: kept for name, kept in self._unwritten.items() if kept.created >= oldest}
        return await self._ask(lambda: self._table.walk(owner, name, oldest, unwritten))

    async def delete(self, owner: str, name: str) -> bool:
        """See ``ResponseStore``."""
        unwritten = self._unwritten.get((owner, name))
        if unwritten is not None:
            self._release(unwritten)  # before it is removed, or it could be written behind that
        try:
            return await self._ask(lambda: self._table.remove(owner, name)) or unwritten is not None
        except InternalError:
            if unwritten is not None:
                self._hold(unwritten)
                self._again()
            raise

    async def place(self) -> str:
        """See ``ResponseStore``; the first to ask opens the database."""
        if not self.keeps:
            return "nowhere"
        if not self._table.is_open:
            await self._ask(self._table.open)
        if self._table.fault:
            return f"memory, because {self._table.fault}"
        return "file" if self._options.path else "memory"

    async def close(self) -> None:
        """Write what waits, and close."""
        self._over = True
        if self._timer is not None:
            self._timer.cancel()
        if self._table.is_open or self._unwritten:
            waiting, oldest = list(self._unwritten.values()), self._oldest()
            closing = self._thread.submit(lambda: self._table.close(waiting, oldest))
            self._account(await asyncio.wrap_future(closing))
            for kept in self._unwritten.values():
                self._log.warning("not kept", response=kept.id, reason="the database is locked")
        self._thread.shutdown(wait=False)

    def _oldest(self) -> int:
        """What was made before this is too old."""
        return int(self._clock.now() - self._options.retention_days * _DAY)

    async def _ask(self, what: Callable[[], T]) -> T:
        until = self._clock.monotonic() + _PATIENCE_S
        while True:
            try:
                return await asyncio.wrap_future(self._thread.submit(what))
            except sqlite3.Error as error:
                if not is_locked(error) or self._clock.monotonic() >= until:
                    self._log.error("storage failed", reason=str(error))
                    raise InternalError("the store of responses does not answer") from None
            await self._clock.sleep(_AGAIN_S)

    def _hold(self, kept: Kept) -> None:
        self._unwritten[kept.owner, kept.id] = kept
        self._waiting += kept.size

    def _release(self, kept: Kept) -> None:
        if self._unwritten.pop((kept.owner, kept.id), None) is not None:
            self._waiting -= kept.size

    def _write(self, waiting: list[Kept]) -> None:
        oldest = self._oldest()
        loop = asyncio.get_running_loop()

        def written(future: Future[Settled]) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(lambda: self._settle(future.result()))

        self._thread.submit(self._table.insert, waiting, oldest).add_done_callback(written)

    def _settle(self, settled: Settled) -> None:
        self._account(settled)
        now = self._clock.monotonic()
        if not settled.locked:
            self._locked_since = None
            return
        if self._locked_since is None:
            self._locked_since = now
        elif self._locked_since <= now - _PATIENCE_S:
            self._log.warning("storage locked", waiting=len(self._unwritten))
            self._locked_since = float("inf")  # told once
        self._again()

    def _account(self, settled: Settled) -> None:
        for kept in settled.written:
            self._release(kept)
        for kept, error in settled.failed:
            self._release(kept)
            self._log.warning("not kept", response=kept.id, reason=str(error))

    def _again(self) -> None:
        """Write what waits, in a moment."""
        if self._timer is None and not self._over:
            self._timer = self._clock.call_later(_AGAIN_S, self._write_again)

    def _write_again(self) -> None:
        self._timer = None
        self._write(list(self._unwritten.values()))
