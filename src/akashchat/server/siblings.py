"""The other processes of this gateway, as one of them sees them: workers of one parent.

What one of them is told all can be told, and what each knows can be gathered.  All of it goes by the parent
(``server.parent``), so nobody has to know who is there.  A gateway of one process is ``Alone``.
"""

import socket
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import msgspec
from msgspec import Struct

from akashchat.errors import Stopping
from akashchat.server.channel import Channel, ChannelClosed

READY, RELOAD, SETTLE = "ready", "reload", "settle"
"""What is said to and by the parent alone."""

Hear = Callable[[bytes], object]
Answer = Callable[[bytes], Awaitable[bytes]]

Gathered = msgspec.msgpack.Decoder(list[bytes])


class Reloaded(Struct, frozen=True):
    """What came of reading the settings again: what changed, what waits for a start, or why all of it was refused."""

    changed: list[str] = []
    waiting: list[str] = []
    refused: list[str] = []

    def tell(self, log: Any) -> None:
        """One line of it for the log: names of settings, and what is wrong with them, but no values."""
        if self.refused:
            log.error("settings refused", reasons=self.refused)
        else:
            log.info("settings read again", changed=self.changed, waiting=self.waiting)


class Siblings(Protocol):
    """The others; ``secret`` is known to them and to nobody else, and empty where there are none."""

    secret: str

    async def open(self) -> None:
        """Begin to hear them."""
        ...

    def close(self) -> None:
        """Hear them no more."""
        ...

    def tell(self, topic: str, body: bytes = b"") -> None:
        """Tell all others; does not wait."""
        ...

    async def gather(self, topic: str, own: Callable[[], bytes]) -> list[bytes]:
        """What each of the others answers; they get to know one's ``own`` in turn.

        Of who does not answer in time, or has fallen, it is what is known of it, where that is kept.
        """
        ...

    async def reload(self, own: Callable[[], Awaitable[Reloaded]]) -> Reloaded:
        """Have the settings read again for all; ``own`` does it for one."""
        ...

    def hears(self, topic: str, hear: Hear) -> None:
        """Have something called when another tells this."""
        ...

    def answers(self, topic: str, answer: Answer) -> None:
        """Have something answer when another asks this."""
        ...


class Alone:
    """Nobody else."""

    secret = ""

    async def open(self) -> None:
        """See ``Siblings``."""

    def close(self) -> None:
        """See ``Siblings``."""

    def tell(self, topic: str, body: bytes = b"") -> None:
        """See ``Siblings``."""

    async def gather(self, topic: str, own: Callable[[], bytes]) -> list[bytes]:  # noqa: ARG002
        """See ``Siblings``."""
        return []

    async def reload(self, own: Callable[[], Awaitable[Reloaded]]) -> Reloaded:
        """See ``Siblings``."""
        return await own()

    def hears(self, topic: str, hear: Hear) -> None:
        """See ``Siblings``."""

    def answers(self, topic: str, answer: Answer) -> None:
        """See ``Siblings``."""


class Worker:
    """One of several; ``on_orphaned`` is called when the parent is gone."""

    def __init__(self, sock: socket.socket, secret: str, on_orphaned: Callable[[], object]) -> None:
        self.secret = secret
        self._sock = sock
        self._on_orphaned = on_orphaned
        self._hear: dict[str, Hear] = {}
        self._answer: dict[str, Answer] = {}
        self._channel = Channel(self._told, self._asked, self._lost)
        self._closed = False

    async def open(self) -> None:
        """See ``Siblings``."""
        await self._channel.open(self._sock)

    def close(self) -> None:
        """See ``Siblings``."""
        self._closed = True
        self._channel.close()

    def ready(self) -> None:
        """Tell the parent that this one answers."""
        self._channel.tell(READY)

    async def reload(self, own: Callable[[], Awaitable[Reloaded]]) -> Reloaded:  # noqa: ARG002  the parent does
        """See ``Siblings``."""
        try:
            return msgspec.msgpack.decode(await self._channel.ask(RELOAD), type=Reloaded)
        except ChannelClosed:
            raise Stopping("the gateway stops") from None

    def tell(self, topic: str, body: bytes = b"") -> None:
        """See ``Siblings``."""
        self._channel.tell(topic, body)

    async def gather(self, topic: str, own: Callable[[], bytes]) -> list[bytes]:
        """See ``Siblings``."""
        try:
            answer = await self._channel.ask(topic, own())
        except ChannelClosed:
            return []
        return Gathered.decode(answer) if answer else []

    def hears(self, topic: str, hear: Hear) -> None:
        """See ``Siblings``."""
        self._hear[topic] = hear

    def answers(self, topic: str, answer: Answer) -> None:
        """See ``Siblings``."""
        self._answer[topic] = answer

    def _told(self, topic: str, body: bytes) -> None:
        if (hear := self._hear.get(topic)) is not None:
            hear(body)

    async def _asked(self, topic: str, body: bytes) -> bytes:
        answer = self._answer.get(topic)
        return b"" if answer is None else await answer(body)

    def _lost(self) -> None:
        if not self._closed:
            self._on_orphaned()
