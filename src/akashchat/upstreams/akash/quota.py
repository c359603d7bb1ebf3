"""Akash's token quota, as it tells of it.

The quota is per address, so once it is spent every request is refused until it starts anew.  Then Akash
is not asked for answers, only, now and then, whether it takes requests again.
"""

from contextlib import closing
from typing import Any

from akashchat.clock import Clock
from akashchat.errors import GatewayError, QuotaExhausted
from akashchat.upstreams.akash.reply import quota_exhausted, reset_time
from akashchat.upstreams.akash.site import MAX_REPLY_BYTES, Site
from akashchat.upstreams.shared import Shared
from akashchat.wire.json import decode_any

_LOOK_AGAIN_S = 2.0


class Quota:
    """Remembers that the quota is spent, and until when."""

    def __init__(self, site: Site, clock: Clock) -> None:
        self._site = site
        self._clock = clock
        self.resets_at: float | None = None
        """When the quota starts anew, in seconds since the epoch; ``None`` while there is some."""
        self._looked_at = float("-inf")
        self._looking: Shared[None] = Shared(self._look)

    def spent(self, error: QuotaExhausted) -> None:
        """Akash refused a request for want of quota."""
        self.resets_at = self._clock.now() + (error.retry_after_s or 0)

    async def admit(self) -> None:
        """Return when Akash may be asked; raise ``QuotaExhausted`` when it is known to refuse."""
        if self.resets_at is None:
            return
        if self._clock.monotonic() >= self._looked_at + _LOOK_AGAIN_S:
            await self._looking.get()
        if self.resets_at is not None:
            raise quota_exhausted(self.resets_at, self._clock.now())

    async def _look(self) -> None:
        """Ask Akash's own word on the quota; where it gives none, the time it has named stands."""
        self._looked_at = self._clock.monotonic()
        said = await self._said()
        now = self._clock.now()
        match said.get("blocked"):
            case True:
                reset = reset_time({}, said)
                self.resets_at = reset if reset is not None and reset > now else None
            case False:
                self.resets_at = None
            case _ if self.resets_at is not None and self.resets_at <= now:
                self.resets_at = None

    async def _said(self) -> dict[str, Any]:
        """What Akash says of the quota; empty where it says nothing."""
        try:
            with closing(await self._site.get("/api/rate-limit/status/")) as reply:
                body = await reply.read(MAX_REPLY_BYTES)
                said = decode_any(body) if reply.status == 200 else None
        except (GatewayError, ValueError):
            return {}
        return said if isinstance(said, dict) else {}
