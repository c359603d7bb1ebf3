"""An answer copied onto a shelf, for the gateways that share it."""

import asyncio
from collections.abc import Iterable
from contextlib import ExitStack, suppress
from typing import TypeVar

import msgspec
from msgspec import Struct
from starlette.types import Message

from akashchat.clock import Clock
from akashchat.server.recording import Recording
from akashchat.storage.base import Shelf

T = TypeVar("T")

MOMENT_S = 0.1
"""A piece is what came in so long; who follows looks as often."""
CLAIM_S = 5.0
RENEW_S = 1.0
PATIENCE_S = 10.0
"""After the shelf was away it has so long to be again what it was."""
_LONGEST_S = 600.0
"""Pieces lie for so long beyond the time that answers are kept: an answer may take its time."""
_MOST_BYTES = 16 * 1024 * 1024
"""Larger answers are their gateway's alone."""


class Place(Struct, frozen=True):
    """Where things lie of one key."""

    head: str

    @property
    def claim(self) -> str:
        """Who answers holds this."""
        return f"{self.head}/claim"

    def piece(self, run: str, number: int) -> str:
        """A piece of the answer."""
        return f"{self.head}/{run}/{number}"

    def followed(self, run: str) -> str:
        """Who follows the answer elsewhere says so here."""
        return f"{self.head}/{run}/followed"


class Head(Struct, frozen=True, array_like=True):
    """Where the pieces are, of which body they are the answer, and whether that is complete."""

    run: str
    digest: bytes
    whole: bool


class Part(Struct, frozen=True, array_like=True):
    """One of ASGI's messages; a ``status`` is there in the first alone."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes
    more: bool

    def message(self) -> Message:
        """As ASGI has it."""
        if self.status:
            return {"type": "http.response.start", "status": self.status, "headers": list(self.headers)}
        return {"type": "http.response.body", "body": self.body, "more_body": self.more}


class Piece(Struct, frozen=True, array_like=True):
    """What came of an answer in a moment; ``end`` is ``well`` or ``badly`` in the last one."""

    parts: list[Part]
    end: str = ""


def read(lying: bytes | None, kind: type[T]) -> T | None:
    """What lies there; nothing where another version of the gateway put it."""
    try:
        return None if lying is None else msgspec.msgpack.decode(lying, type=kind)
    except msgspec.MsgspecError:
        return None


class Copy:
    """A recording of ours, copied while it is written."""

    def __init__(self, shelf: Shelf, clock: Clock, place: Place, head: Head, keep_s: float) -> None:
        self._shelf = shelf
        self._clock = clock
        self._place = place
        self._head = head
        self._keep_s = keep_s
        self._end = ""
        self._over = asyncio.Event()
        self._pieces = 0
        self._unsaved: dict[str, bytes] = {}
        self._renew_at = float("-inf")
        self._elsewhere = ExitStack()
        self._followed = False

    def end(self, *, well: bool) -> None:
        """All of it is written."""
        self._end = "well" if well else "badly"
        self._over.set()

    async def run(self, recording: Recording) -> None:
        """Copy up to the end, and stay while somebody elsewhere follows."""
        told = 0
        with self._elsewhere:
            while True:
                end = self._end if recording.size <= _MOST_BYTES else "badly"
                messages = recording.messages[told:]
                told += len(messages)
                if messages or end:
                    self._add(messages, end)
                await self._save()
                if end:
                    break
                await self._renew(recording)
                with suppress(TimeoutError):
                    async with self._clock.timeout(MOMENT_S):
                        await self._over.wait()
        await self._finish(well=end == "well")

    def _add(self, messages: Iterable[Message], end: str) -> None:
        piece = Piece([_part(message) for message in messages], end)
        self._unsaved[self._place.piece(self._head.run, self._pieces)] = msgspec.msgpack.encode(piece)
        self._pieces += 1

    async def _save(self) -> None:
        """Put what does not lie there yet; a shelf that is down may come back."""
        for name in list(self._unsaved):
            await self._shelf.put(name, self._unsaved[name], self._keep_s + _LONGEST_S)
            if self._shelf.down:
                return
            del self._unsaved[name]

    async def _renew(self, recording: Recording) -> None:
        """Show that we live, and hear whether somebody elsewhere follows."""
        now = self._clock.monotonic()
        if now < self._renew_at:
            return
        self._renew_at = now + RENEW_S
        await self._shelf.put(self._place.claim, b"", CLAIM_S)
        await self._shelf.put(self._place.head, msgspec.msgpack.encode(self._head), _LONGEST_S)
        followed = await self._shelf.get(self._place.followed(self._head.run)) is not None
        if followed and not self._followed:
            self._elsewhere.enter_context(recording.followed())
        elif self._followed and not followed:
            self._elsewhere.close()
        self._followed = followed

    async def _finish(self, *, well: bool) -> None:
        """Say that it is whole, or take it away: what failed is not kept."""
        until = self._clock.monotonic() + PATIENCE_S
        while well and self._unsaved and self._clock.monotonic() < until:
            await self._clock.sleep(MOMENT_S)
            await self._save()
        if well and not self._unsaved:
            whole = Head(self._head.run, self._head.digest, whole=True)
            await self._shelf.put(self._place.head, msgspec.msgpack.encode(whole), self._keep_s)
        else:
            await self._shelf.remove(self._place.head)
        await self._shelf.remove(self._place.claim)


def _part(message: Message) -> Part:
    if message["type"] == "http.response.start":
        return Part(message["status"], message["headers"], b"", more=True)
    return Part(0, [], message.get("body", b""), more=message.get("more_body", False))
