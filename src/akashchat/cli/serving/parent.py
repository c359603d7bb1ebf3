"""The parent of several processes that serve."""

import asyncio
import pickle
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from akashchat import settings
from akashchat.cli.serving.announcement import announce, listening
from akashchat.cli.terminal import MISTAKEN, give_up
from akashchat.clock import SystemChance, SystemClock
from akashchat.server.hangup import heed
from akashchat.server.parent import Parent, ParentOptions
from akashchat.server.siblings import Reloaded
from akashchat.settings.change import change
from akashchat.telemetry import logs, together


def serve(options: settings.Settings, given: Mapping[str, Any]) -> None:
    """Have the workers serve until a signal."""
    if sys.platform == "win32":
        give_up(
            "AKASHCHAT_SERVER_WORKERS: Windows can hand no sockets down; one worker serves there", MISTAKEN
        )
    code = asyncio.run(_parent(options, given))
    if code < 0:
        signal.raise_signal(-code)  # to end as one process does
    sys.exit(max(code, 0))


async def _parent(options: settings.Settings, given: Mapping[str, Any]) -> int:
    sockets, aside = listening(options)
    port = sockets[0].getsockname()[1]
    course = _Course(options, partial(settings.load, given))
    how = ParentOptions(
        workers=options.server.workers,
        command=partial(_command, len(aside)),
        shutdown_s=options.server.shutdown_s,
        kept={"metrics": together.fallen},
    )
    parent = Parent([*sockets, *aside], how, course, SystemClock(), on_ready=lambda: announce(options, port))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, parent.stop, number)
    heed(loop, parent.reload)
    return await parent.run()


def _command(aside: int, number: int, inherited: Sequence[int]) -> Sequence[str]:
    """A worker is started as its parent was, and told what it inherits, of which the last ``aside`` are for metrics."""
    numbers = ",".join(map(str, inherited))
    return (sys.executable, *sys.orig_argv[1:], "--worker", f"{number}:{numbers}:{aside}")


class _Course:
    """See ``Course``: the settings as they are pickled from a parent to its own children, and to nobody else."""

    def __init__(self, options: settings.Settings, read: Callable[[], settings.Settings]) -> None:
        self._terms = self._wanted = change(options, options)
        self._read = read
        self._secret = SystemChance().token(32)

    def now(self) -> bytes:
        """See ``Course``; with it comes what none but the workers know."""
        return pickle.dumps((self._terms, self._secret))

    def read(self) -> tuple[Reloaded, bytes]:
        """See ``Course``."""
        try:
            self._wanted = change(self._terms.settings, self._read())
        except settings.BadSettings as error:
            return Reloaded(refused=str(error).splitlines()), b""
        return Reloaded(self._wanted.changed, self._wanted.waiting), pickle.dumps(self._wanted)

    def settled(self) -> None:
        """See ``Course``; the parent's own log is by them, too."""
        self._terms = self._wanted
        asked = self._terms.settings.logs
        logs.configure(asked.level, asked.format)
