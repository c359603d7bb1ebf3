"""Accepting callers on sockets that several processes listen on.

A loop's own server takes all who wait, each time it wakes: of a crowd that comes at once the first process to wake would
get nearly everybody.  This one takes a single caller and lets its loop go on, so who has less to do gets more of them.
"""

import asyncio
import errno
import socket
from collections.abc import Callable, Sequence

import structlog

_FULL = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
_PAUSE_S = 1.0
"""So long nobody is accepted where the system has no room for them, as in asyncio."""


class Accepting:
    """Accepts until it is closed; ``make`` gives the protocol of a caller's connection."""

    def __init__(self, sockets: Sequence[socket.socket], make: Callable[[], asyncio.Protocol]) -> None:
        self._sockets = sockets
        self._make = make
        self._loop = asyncio.get_running_loop()
        self._beginning: set[asyncio.Task[object]] = set()
        self._closed = False
        self._log = structlog.get_logger("akashchat")
        for listening in sockets:
            self._listen(listening)

    def close(self) -> None:
        """Accept nobody any more."""
        self._closed = True
        for listening in self._sockets:
            self._loop.remove_reader(listening)
            listening.close()

    def _listen(self, listening: socket.socket) -> None:
        if not self._closed:
            self._loop.add_reader(listening, self._accept, listening)

    def _accept(self, listening: socket.socket) -> None:
        try:
            accepted, _ = listening.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            return  # another process was faster, or the caller has left
        except OSError as error:
            if error.errno not in _FULL:
                raise
            self._log.exception("nobody can be accepted for now", again_in_s=_PAUSE_S)
            self._loop.remove_reader(listening)
            self._loop.call_later(_PAUSE_S, self._listen, listening)
            return
        accepted.setblocking(False)
        accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        task: asyncio.Task[object] = self._loop.create_task(self._begin(accepted))
        self._beginning.add(task)
        task.add_done_callback(self._beginning.discard)

    async def _begin(self, accepted: socket.socket) -> None:
        try:
            await self._loop.connect_accepted_socket(self._make, accepted)
        except OSError:
            accepted.close()  # the caller has left meanwhile
