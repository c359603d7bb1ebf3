"""SIGHUP: the settings are read again; where it tells that the terminal is gone, the gateway ends with it."""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable


def heed(loop: asyncio.AbstractEventLoop, reload: Callable[[], Awaitable[object]]) -> None:
    """Have ``reload`` called at each SIGHUP, where the system has it.

    A terminal that is closed sends one too, and who was started in it expects to end; but who was told to ignore that,
    as ``nohup`` does.
    """
    if sys.platform == "win32":
        return
    terminal = sys.stdin.isatty() and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN
    reloads: set[asyncio.Future[object]] = set()

    def hung_up() -> None:
        if terminal and not sys.stdin.isatty():
            end()
            return
        task = asyncio.ensure_future(reload())
        reloads.add(task)
        task.add_done_callback(reloads.discard)

    loop.add_signal_handler(signal.SIGHUP, hung_up)


def end() -> None:
    """End as if somebody had asked for it by a signal: running answers may end first."""
    os.kill(os.getpid(), signal.SIGTERM)
