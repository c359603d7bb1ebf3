"""What the workers of one parent say to each other, passed on; and their settings, which all have alike."""

import asyncio
from asyncio.subprocess import Process
from collections.abc import Callable, Iterator, Mapping
from typing import Protocol, TypeAlias

import msgspec
import structlog

from akashchat.clock import Clock
from akashchat.server.channel import Channel, ChannelClosed
from akashchat.server.siblings import READY, RELOAD, SETTLE, Reloaded

_ANSWER_S = 1.0
"""So long may a worker think about what others ask; a busy one answers within its next turn of the loop."""
_SETTLE_S = 10.0

Fold: TypeAlias = Callable[[bytes, bytes], bytes]
"""Makes one of two answers, of which the first may be empty."""


class Course(Protocol):
    """The settings of all workers, in a form that the workers alone read."""

    def now(self) -> bytes:
        """What a worker begins with."""
        ...

    def read(self) -> tuple[Reloaded, bytes]:
        """Read them again: what is new about them, and what the workers are to have."""
        ...

    def settled(self) -> None:
        """The workers have what was read last."""
        ...


class Child:
    """One worker, as its parent sees it."""

    def __init__(self, number: int, switchboard: "Switchboard") -> None:
        self.number = number
        self.process: Process | None = None
        self.ready = False
        self.told: dict[str, bytes] = {}
        """What it said last, by topic."""
        self.channel = Channel(
            lambda topic, body: switchboard.tell(self, topic, body),
            lambda topic, body: switchboard.answer(self, topic, body),
            lambda: None,
        )

    def signal(self, number: int) -> None:
        """Send it a signal, while it lives."""
        if self.process is not None and self.process.returncode is None:
            self.process.send_signal(number)

    def kill(self) -> None:
        """End it at once."""
        if self.process is not None and self.process.returncode is None:
            self.process.kill()


class Switchboard:
    """All workers there are, by number; ``kept`` says how the fallen are remembered, by topic."""

    def __init__(
        self, course: Course, kept: Mapping[str, Fold], clock: Clock, on_ready: Callable[[Child], object]
    ) -> None:
        self.children: dict[int, Child] = {}
        self.moving = asyncio.Lock()
        """Held while settings change and while a worker is started: so each begins with those of the others."""
        self._course = course
        self._kept = kept
        self._clock = clock
        self._on_ready = on_ready
        self._fallen: dict[str, bytes] = {}
        self._log = structlog.get_logger("akashchat")

    def tell(self, child: Child, topic: str, body: bytes) -> None:
        """One has something to say to all others."""
        if topic == READY:
            child.ready = True
            self._on_ready(child)
            return
        for other in self._others(child):
            other.channel.tell(topic, body)

    async def answer(self, child: Child, topic: str, body: bytes) -> bytes:
        """One wants to know what all others know, and says what it knows itself."""
        if topic == RELOAD:
            return msgspec.msgpack.encode(await self.reload())
        child.told[topic] = body
        return msgspec.msgpack.encode(await self._gather(child, topic))

    def fell(self, child: Child) -> None:
        """One is no more; some of what it told must not be forgotten."""
        child.channel.close()
        del self.children[child.number]
        for topic, fold in self._kept.items():
            if topic in child.told:
                self._fallen[topic] = fold(self._fallen.get(topic, b""), child.told[topic])

    async def reload(self) -> Reloaded:
        """Read the settings again and have all workers take them; what came of it is in the log, too."""
        async with self.moving:
            reloaded, wanted = self._course.read()
            if not reloaded.refused and (refused := await self._settle(wanted)):
                reloaded = Reloaded(refused=refused)
        reloaded.tell(self._log)
        return reloaded

    async def _gather(self, child: Child, topic: str) -> list[bytes]:
        """What the others say.  Who falls meanwhile is among the fallen, so nobody is counted twice or not at all."""
        await asyncio.gather(*(self._refresh(other, topic) for other in self._others(child) if other.ready))
        said = [other.told[topic] for other in self._others(child) if topic in other.told]
        return [*said, self._fallen[topic]] if topic in self._fallen else said

    async def _refresh(self, child: Child, topic: str) -> None:
        """Ask one, and remember what it says; where it says nothing, what it said before stands."""
        try:
            async with self._clock.timeout(_ANSWER_S):
                answer = await child.channel.ask(topic)
        except (ChannelClosed, TimeoutError):
            return
        if answer:
            child.told[topic] = answer

    async def _settle(self, wanted: bytes) -> list[str]:
        """Have them taken one by one: what the first refuses nobody gets.  Gives the reasons.

        Later on one that does not take what another took is ended, and begins anew with what all have.
        """
        taken = False
        for child in list(self.children.values()):
            refused = await self._take(child, wanted)
            if not refused:
                taken = True
            elif not taken:
                return refused
            else:
                self._log.error("a worker did not take the settings", worker=child.number, reasons=refused)
                child.kill()
        self._course.settled()
        return []

    def _others(self, child: Child) -> Iterator[Child]:
        return (one for one in list(self.children.values()) if one is not child)

    async def _take(self, child: Child, wanted: bytes) -> list[str]:
        """Have one take them; gives why it does not.  One that is falling has nothing to say."""
        try:
            async with self._clock.timeout(_SETTLE_S):
                answer = await child.channel.ask(SETTLE, wanted)
        except ChannelClosed:
            return []
        except TimeoutError:
            return [f"worker {child.number} does not answer"]
        if not answer:
            return [f"worker {child.number} failed; the log has the reason"]
        return msgspec.msgpack.decode(answer, type=list[str])
