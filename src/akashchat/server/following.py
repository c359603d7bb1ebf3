"""Another gateway's answer, passed on as its pieces come to lie on the shelf."""

from akashchat.clock import Clock
from akashchat.server.copying import CLAIM_S, MOMENT_S, PATIENCE_S, RENEW_S, Head, Piece, Place, read
from akashchat.server.recording import Recording
from akashchat.storage.base import Shelf

_LOST_S = 60.0
"""An answer that has begun is never silent for so long: streams have comments, and the others come in one piece."""


class Torn(Exception):
    """Whoever gave an answer is gone, and part of it is already told."""


class Following:
    """One answer, from its first piece on."""

    def __init__(self, shelf: Shelf, clock: Clock, place: Place, head: Head, recording: Recording) -> None:
        self._shelf = shelf
        self._clock = clock
        self._place = place
        self._head = head
        self._recording = recording
        self._told = False
        self._complete = False
        self._heard_at = clock.monotonic()
        self._trusted_at = float("-inf")
        self._renew_at = float("-inf")

    async def follow(self) -> bool | None:
        """Gives how it ended; none where it will not, and nothing of it was told.  Raises ``Torn``."""
        number = 0
        while True:
            if self._recording.lost:
                return False
            await self._renew()
            piece = await self._piece(number)
            if piece is None and await self._is_gone():
                piece = await self._piece(number)  # or its end came in between
                if piece is None:
                    break
            if piece is None:
                await self._clock.sleep(MOMENT_S)
                continue
            number += 1
            await self._pass_on(piece)
            if piece.end:
                if self._complete:
                    return piece.end == "well"
                break
        if self._told:
            raise Torn
        return None

    async def _piece(self, number: int) -> Piece | None:
        return read(await self._shelf.get(self._place.piece(self._head.run, number)), Piece)

    async def _pass_on(self, piece: Piece) -> None:
        self._heard_at = self._clock.monotonic()
        for part in piece.parts:
            self._told = True
            self._complete = not part.more
            await self._recording.send(part.message())

    async def _renew(self) -> None:
        """Say that somebody follows, so that the other gateway goes on when its own callers have left."""
        now = self._clock.monotonic()
        if not self._head.whole and now >= self._renew_at:
            self._renew_at = now + RENEW_S
            await self._shelf.put(self._place.followed(self._head.run), b"", CLAIM_S)

    async def _is_gone(self) -> bool:
        """Whether whoever gives it is dead; a shelf that was away needs a moment until it tells that."""
        now = self._clock.monotonic()
        held = await self._shelf.get(self._place.claim) is not None
        if self._shelf.down:
            self._trusted_at = now + PATIENCE_S
        if not self._told:
            return self._shelf.down or not held
        return (not held and now >= self._trusted_at) or now >= self._heard_at + _LOST_S
