"""The parent of several workers: starts them, and starts the fallen again.

The parent listens, and the workers accept on the sockets it hands down, so while one of them is away the others take
its callers.  It answers no request itself.  A worker whose parent is gone ends as at a signal.
"""

import asyncio
import signal
import socket
from asyncio.subprocess import DEVNULL, Process, create_subprocess_exec
from collections.abc import Callable, Mapping, Sequence

import structlog
from msgspec import Struct

from akashchat.clock import Clock
from akashchat.server.siblings import SETTLE, Reloaded
from akashchat.server.switchboard import Child, Course, Fold, Switchboard

_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 30.0
_SOUND_S = 60.0
"""Who has lived for so long did not fall for what it began with."""
_OVERDUE_S = 10.0
"""So much longer than its answers may a worker take to stop, before it is killed."""


class ParentOptions(Struct, frozen=True, kw_only=True):
    """How many workers, how they are started, and how long their answers may take at a stop.

    ``command`` gets a worker's number and the descriptors it inherits: the channel's, then those it listens on.
    ``kept`` says of which topics the fallen are remembered.
    """

    workers: int
    command: Callable[[int, Sequence[int]], Sequence[str]]
    shutdown_s: float
    kept: Mapping[str, Fold]


class Parent:
    """Keeps its workers until it is told to stop; ``on_ready`` is called once, when all of them answer."""

    def __init__(
        self,
        sockets: Sequence[socket.socket],
        options: ParentOptions,
        course: Course,
        clock: Clock,
        *,
        on_ready: Callable[[], None],
    ) -> None:
        self._sockets = sockets
        self._options = options
        self._course = course
        self._clock = clock
        self._on_ready = on_ready
        self._board = Switchboard(course, options.kept, clock, self._one_more)
        self._announced = False
        self._stopping = asyncio.Event()
        self._code = 0
        self._log = structlog.get_logger("akashchat")

    async def run(self) -> int:
        """Until all have ended; gives the code to end with, that of a signal negative."""
        numbers = range(1, self._options.workers + 1)
        keeping = [asyncio.create_task(self._keep(number)) for number in numbers]
        await self._stopping.wait()
        for sock in self._sockets:
            sock.close()
        overdue = self._clock.call_later(self._options.shutdown_s + _OVERDUE_S, self._kill)
        await asyncio.gather(*keeping)
        overdue.cancel()
        return self._code

    def stop(self, number: int) -> None:
        """At a signal: let running answers end, and end; at the second Ctrl-C do not wait for them."""
        again = self._stopping.is_set()
        self._end(-number)
        if again and number == signal.SIGINT:
            for child in self._board.children.values():
                child.signal(signal.SIGINT)

    async def reload(self) -> Reloaded:
        """Read the settings again, and have all workers take them."""
        return await self._board.reload()

    async def _keep(self, number: int) -> None:
        """One worker after the other under this number, each a while behind the last."""
        falls = 0
        while not self._stopping.is_set():
            begun = self._clock.monotonic()
            child = Child(number, self._board)
            code = await self._live(child)
            if self._stopping.is_set():
                return
            if not (self._announced or child.ready):
                self._end(max(code, 1))  # it could not even begin, and neither will the others
                return
            falls = 0 if self._clock.monotonic() > begun + _SOUND_S else falls + 1
            pause_s = min(_FIRST_PAUSE_S * 2**falls, _LONGEST_PAUSE_S)
            self._log.error("a worker fell", worker=number, code=code, again_in_s=round(pause_s, 1))
            await self._pause(pause_s)

    async def _live(self, child: Child) -> int:
        """A worker, from its start to its end; gives what it ended with."""
        async with self._board.moving:
            if self._stopping.is_set():
                return 0
            process = await self._start(child)
        if self._stopping.is_set():
            child.signal(signal.SIGTERM)
        code = await process.wait()
        self._board.fell(child)
        return code

    async def _start(self, child: Child) -> Process:
        self._board.children[child.number] = child
        ours, theirs = socket.socketpair()
        with theirs:
            inherited = [theirs.fileno(), *(sock.fileno() for sock in self._sockets)]
            # In a group of its own: Ctrl-C in a terminal is the parent's alone, who passes it on.
            child.process = await create_subprocess_exec(
                *self._options.command(child.number, inherited),
                stdin=DEVNULL,
                pass_fds=inherited,
                process_group=0,
            )
        await child.channel.open(ours)
        child.channel.tell(SETTLE, self._course.now())  # the first it hears
        return child.process

    def _end(self, code: int) -> None:
        if not self._stopping.is_set():
            self._code = code
            self._stopping.set()
            for child in self._board.children.values():
                child.signal(signal.SIGTERM)

    def _kill(self) -> None:
        for child in self._board.children.values():
            child.kill()

    async def _pause(self, seconds: float) -> None:
        try:
            async with self._clock.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return

    def _one_more(self, child: Child) -> None:
        """Another worker answers."""
        children = self._board.children.values()
        if self._announced:
            self._log.info("a worker is back", worker=child.number)
        elif sum(child.ready for child in children) == self._options.workers:
            self._announced = True
            self._on_ready()
