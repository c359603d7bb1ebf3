"""Akash's token quota: what is left of it, who gets that, and what becomes of requests when it is spent.

The quota is per address, so once it is spent every request is refused until it starts anew.  Then Akash is not
asked for answers, only, now and then, for its own word on the quota, which costs no tokens.  While there is some,
that word is asked for the more often the less is left; in between the gateway counts by itself.
"""

from contextlib import closing
from typing import Any, Literal

from msgspec import Struct

from akashchat.clock import Clock
from akashchat.errors import GatewayError, QuotaExhausted, QuotaRefused
from akashchat.model.events import Usage
from akashchat.upstreams.akash.gauge import Gauge
from akashchat.upstreams.akash.reply import quota_exhausted, quota_kept, reset_time
from akashchat.upstreams.akash.shapes import new_in_quota
from akashchat.upstreams.akash.shares import Shares, Who
from akashchat.upstreams.akash.site import MAX_REPLY_BYTES, Site
from akashchat.upstreams.akash.strange import Strangeness
from akashchat.upstreams.shared import Shared
from akashchat.wire.json import decode_any

_PATH = "/api/rate-limit/status/"
_LOOK_AGAIN_S = 2.0
_LOW = 0.75
"""From so much used on the rest is kept for those below their fair share."""
_LOOKS = ((0.9, 15.0), (0.6, 60.0), (0.1, 600.0))
"""From what use on Akash is asked for its word, while there is quota, and after how many seconds again."""
_PREDICTED_AGAIN_S = 15.0
"""Where the gateway's own count says that little is left, Akash is asked first, but not before every request."""
_UNTIMED_S = 15.0
"""How long the quota counts as spent where Akash says that it is, and gives no moment that is yet to come."""
_NO_WORD_S = 3600.0
"""Old versions of the app have no word on it; so long they are not asked again by the way."""


class QuotaOptions(Struct, frozen=True, kw_only=True):
    """What becomes of a request without quota, and for how long it may wait."""

    mode: Literal["failover", "wait", "refuse"] = "failover"
    wait_s: float = 600.0


class Quota:
    """What is known of the quota, and who may ask."""

    def __init__(self, site: Site, clock: Clock, options: QuotaOptions) -> None:
        self.options = options
        self._site = site
        self._clock = clock
        self._gauge = Gauge()
        self._shares = Shares()
        self.resets_at: float | None = None
        """When the quota starts anew, in seconds since the epoch; ``None`` while there is some."""
        self._looked_at = float("-inf")
        self._mute_until = float("-inf")
        self._told = False
        self._looking: Shared[None] = Shared(self._look)

    # -- what is learnt

    def spent(self, error: QuotaExhausted) -> None:
        """Akash refused a request for want of quota."""
        self.resets_at = self._clock.now() + (error.retry_after_s or 0)

    def charge(self, who: Who, usage: Usage | None) -> None:
        """An answer is over; Akash charges what its model reported, and nothing where it did not."""
        if usage is not None:
            tokens = usage.input_tokens + usage.output_tokens
            self._gauge.count(tokens)
            self._shares.used(who, tokens)
            self._look_behind()

    # -- who may ask

    def plenty(self, who: Who) -> bool:
        """Somebody wants to ask Akash: whether there is so much left that nobody need ask whether they may."""
        now = self._clock.now()
        self._shares.asked(who, now)
        gauge = self._gauge
        return self.resets_at is None and gauge.used < _LOW and (gauge.ends_at is None or now < gauge.ends_at)

    async def ask(self, who: Who) -> QuotaExhausted | None:
        """Where there is not: the reason why somebody may not ask now, if there is one."""
        if self.resets_at is not None:
            await self.look()
        elif self._told and self._gauge.used >= _LOW and self._due(_PREDICTED_AGAIN_S):
            await self._looking.get()
        return self.refusal(who)

    def check(self) -> None:
        """Raise ``QuotaExhausted`` where the quota is known to be spent."""
        if self.resets_at is not None:
            raise quota_exhausted(self.resets_at, self._clock.now())

    def refusal(self, who: Who) -> QuotaExhausted | None:
        """Why somebody may not ask Akash now, by what is known."""
        now = self._clock.now()
        if self.resets_at is not None:
            return quota_exhausted(self.resets_at, now)
        gauge = self._gauge
        if gauge.renew(now):
            self._shares.renew()
        if gauge.used >= _LOW and gauge.ends_at is not None and self._shares.exceeded(who, gauge.tokens, now):
            return quota_kept(gauge.ends_at, now)
        return None

    def worded(self, error: QuotaExhausted) -> QuotaExhausted:
        """The error as the operator wants it: one that another upstream may make good, or one that is told."""
        if self.options.mode == "refuse":
            return QuotaRefused(error.message, retry_after_s=error.retry_after_s)
        return error

    async def look(self) -> None:
        """Ask Akash's own word, unless that was done just now."""
        if self._clock.monotonic() >= self._looked_at + _LOOK_AGAIN_S:
            await self._looking.get()

    @property
    def left(self) -> float | None:
        """How much of it is left, from 0 to 1; ``None`` while nothing is known of it."""
        if self.resets_at is not None:
            return 0.0
        return max(0.0, 1 - self._gauge.used) if self._told else None

    def state(self) -> dict[str, Any]:
        """What is known, for operators."""
        ends = self.resets_at or self._gauge.ends_at
        return {
            "spent": self.resets_at is not None,
            "left": None if self.left is None else round(self.left, 3),
            "resets_at": int(ends) if ends else None,
        }

    async def close(self) -> None:
        """Give up a question that nobody waits for."""
        await self._looking.close()

    # -- Akash's word

    def _look_behind(self) -> None:
        """Ask beside the callers, when it is time."""
        used = self._gauge.used
        if used < _LOOKS[-1][0]:
            return
        pause = next(pause for least, pause in _LOOKS if used >= least)
        if self._due(pause):
            self._looking.ask_behind()

    def _due(self, pause_s: float) -> bool:
        now = self._clock.monotonic()
        return now >= max(self._looked_at + pause_s, self._mute_until)

    async def _look(self) -> None:
        """Ask Akash's own word on the quota; where it gives none, the time it has named stands."""
        self._looked_at = self._clock.monotonic()
        said = await self._said()
        now = self._clock.now()
        reset = reset_time({}, said)
        ends_at = reset if reset is not None and reset > now else None
        used = said.get("usagePercentage")
        if isinstance(used, int | float) and not isinstance(used, bool) and used >= 0:
            self._told = True
            if self._gauge.tell(used / 100, ends_at):
                self._shares.renew()
        match said.get("blocked"):
            case True:
                self.resets_at = ends_at or now + _UNTIMED_S
            case False:
                self.resets_at = None
            case _ if self.resets_at is not None and self.resets_at <= now:
                self.resets_at = None

    async def _said(self) -> dict[str, Any]:
        """What Akash says of the quota; empty where it says nothing."""
        try:
            with closing(await self._site.get(_PATH)) as reply:
                body = await reply.read(MAX_REPLY_BYTES)
                if reply.status == 404:
                    self._mute_until = self._looked_at + _NO_WORD_S
                if reply.status != 200:
                    return {}
                self._site.alarm.compare(Strangeness.QUOTA, new_in_quota, _PATH, reply, body)
                said = decode_any(body)
        except (GatewayError, ValueError):
            return {}
        return said if isinstance(said, dict) else {}
