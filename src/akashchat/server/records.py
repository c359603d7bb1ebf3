"""Answers with an ``Idempotency-Key``, given once by many gateways: their records on a shelf that these share.

The gateway that answers **claims** the key and copies what it writes onto the shelf, a piece each moment (``copying``).
Another one that gets the same key passes those pieces on as they come, and finds all of them there later.  The claim
lasts some seconds and is renewed while its gateway lives.  Where it ends without an end of the answer, that gateway is
dead: who follows it answers anew, or, if part of the answer is already told, ends without an end, as the dead one did.

While the shelf cannot be reached each gateway answers by itself, and an answer under way is copied later.
"""

import asyncio
import hashlib

import msgspec

from akashchat.clock import Chance, Clock
from akashchat.errors import IdempotencyKeyReused
from akashchat.server.copying import CLAIM_S, MOMENT_S, Copy, Head, Place, read
from akashchat.server.following import Following
from akashchat.server.recording import Answering, Name, Recording
from akashchat.storage.base import Shelf

_END_S = 1.0
REUSED = "this Idempotency-Key was used with another body; take a new key for a new request"


class Records:
    """The records of all gateways with one shelf."""

    def __init__(self, shelf: Shelf, clock: Clock, chance: Chance, keep_s: float) -> None:
        self._shelf = shelf
        self._clock = clock
        self._chance = chance
        self._keep_s = keep_s
        self._copying: set[asyncio.Task[None]] = set()

    async def answer(self, name: Name, recording: Recording, answering: Answering) -> bool:
        """Fill a recording, from the record there is or with an answer of our own; gives whether it ended well.

        Raises ``IdempotencyKeyReused`` and ``Torn``.
        """
        place = Place(f"answers/{hashlib.sha256(msgspec.json.encode(name)).hexdigest()}")
        while (head := await self._another(place)) is not None:
            if head.digest != recording.digest:
                raise IdempotencyKeyReused(REUSED)
            recording.replayed = True
            ended = await Following(self._shelf, self._clock, place, head, recording).follow()
            if ended is not None:
                return ended
            await self._shelf.remove(place.head)  # nobody ends it, and nothing of it was told
        recording.replayed = False
        copy = self._copy(place, recording)
        well = False
        try:
            well = await answering()
        finally:
            copy.end(well=well)
        return well

    async def close(self) -> None:
        """Wait a little for what is still to be copied, and not at all where nothing can be."""
        if self._copying:
            await asyncio.wait(self._copying, timeout=0 if self._shelf.down else _END_S)
        for copying in self._copying:
            copying.cancel()
        await asyncio.gather(*self._copying, return_exceptions=True)

    def _copy(self, place: Place, recording: Recording) -> Copy:
        head = Head(self._chance.token(12), recording.digest, whole=False)
        copy = Copy(self._shelf, self._clock, place, head, self._keep_s)
        copying = asyncio.create_task(copy.run(recording))
        self._copying.add(copying)
        copying.add_done_callback(self._copying.discard)
        return copy

    async def _another(self, place: Place) -> Head | None:
        """Another gateway's, to be followed; none where the key is now claimed for us."""
        while True:
            head = read(await self._shelf.get(place.head), Head)
            if head is not None and head.whole:
                return head
            if await self._shelf.claim(place.claim, CLAIM_S):
                head = read(await self._shelf.get(place.head), Head)  # it may have become whole since
                if head is None or not head.whole:
                    return None
                await self._shelf.remove(place.claim)
            if head is not None:
                return head
            await self._clock.sleep(MOMENT_S)  # it was claimed just now
