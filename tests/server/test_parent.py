"""The parent's patience with its workers, and what it gives up at."""

import signal
import socket
import sys
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from akashchat.server.listening import listen
from akashchat.server.parent import Parent, ParentOptions
from akashchat.server.siblings import Reloaded
from tests.support.clock import FakeClock

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="sockets are handed down")

READY = """
import socket, sys
from akashchat.server.channel import Kind, Word, framed, hear
channel = socket.socket(fileno=int(sys.argv[1]))
assert hear(channel).body == b"terms"
channel.sendall(framed(Word(Kind.TELL, "ready")))
channel.recv(1)
"""


class Course:
    """Settings that never change."""

    def now(self) -> bytes:
        """What a worker begins with."""
        return b"terms"

    def read(self) -> tuple[Reloaded, bytes]:
        """There is nothing new."""
        return Reloaded(), b"terms"

    def settled(self) -> None:
        """They have it."""


def parent(script: str, clock: FakeClock, on_ready: Callable[[], None], workers: int = 1) -> Parent:
    """A parent of workers that run this."""

    def command(_: int, inherited: Sequence[int]) -> Sequence[str]:
        return (sys.executable, "-c", script, *map(str, inherited))

    sockets: Sequence[socket.socket] = listen("127.0.0.1", 0)
    options = ParentOptions(workers=workers, command=command, shutdown_s=1, kept={})
    return Parent(sockets, options, Course(), clock, on_ready=on_ready)


@pytest.mark.parametrize(("code", "given"), [(7, 7), (0, 1)])
async def test_workers_that_cannot_begin_end_it_all(code: int, given: int) -> None:
    """With their own exit code, so that whoever started it sees why; ending well is no beginning either."""
    keeper = parent(f"raise SystemExit({code})", FakeClock(), pytest.fail, workers=2)
    assert await keeper.run() == given


async def test_who_falls_again_and_again_is_waited_for_ever_longer() -> None:
    """Up to half a minute; it was announced once."""
    pauses: list[float] = []
    ready: list[str] = []

    class Log:
        def error(self, _: str, **fields: Any) -> None:
            pauses.append(fields["again_in_s"])
            if len(pauses) == 10:
                keeper.stop(signal.SIGTERM)

        def info(self, _: str, **fields: Any) -> None:
            fall()

    def fall() -> None:
        keeper._board.children[1].kill()

    def begun() -> None:
        ready.append("ready")
        fall()

    async def at_once(_: float) -> None:
        """No test waits."""

    keeper = parent(READY, FakeClock(), begun)
    keeper._log = Log()
    keeper._pause = at_once  # type: ignore[method-assign]
    assert await keeper.run() == -signal.SIGTERM
    assert pauses == [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 30.0, 30.0]
    assert ready == ["ready"]
