"""Akash's token quota: what is left of it, who gets that, and what becomes of requests when it is spent.

The quota is per address, so once it is spent every request is refused until it starts anew.  Then Akash is not
asked for answers, only, now and then, for its own word on the quota, which costs no tokens.  While there is some,
that word is asked for the more often the less is left; in between the gateway counts by itself.  Gateways that share
a shelf pass the word on (``word``).
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
from akashchat.upstreams.akash.word import Word, Words
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
_HEAR_AGAIN_S = 1.0
"""So often, while somebody asks, a gateway listens for what others were told."""


class QuotaOptions(Struct, frozen=True, kw_only=True):
    """What becomes of a request without quota, and for how long it may wait."""

    mode: Literal["failover", "wait", "refuse"] = "failover"
    wait_s: float = 600.0


class Quota:
    """What is known of the quota, and who may ask."""

    def __init__(self, site: Site, clock: Clock, options: QuotaOptions, words: Words | None = None) -> None:
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
        self._words = words
        self._word: Word | None = None
        self._untold = False
        self._heard_at = float("-inf")
        self._hearing: Shared[None] = Shared(self._hear)
        self._telling: Shared[None] = Shared(self._tell)

    # -- what is learnt

    def spent(self, error: QuotaExhausted) -> None:
        """Akash refused a request for want of quota."""
        now = self._clock.now()
        self.resets_at = now + (error.retry_after_s or 0)
        self._pass_on(Word(now, None, None, self.resets_at))

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
        if self._words is not None and self._clock.monotonic() >= self._heard_at + _HEAR_AGAIN_S:
            self._hearing.ask_behind()
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
        """Give up a question that nobody waits for, and tell what was not told yet."""
        await self._looking.close()
        await self._hearing.close()
        if self._words is not None and self._untold:
            await self._telling.get()
        await self._telling.close()

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
        if self._words is not None:
            await self._hear()
            if self._clock.monotonic() < self._looked_at + _LOOK_AGAIN_S:
                return  # another gateway has just asked
        self._looked_at = self._clock.monotonic()
        said = await self._said()
        now = self._clock.now()
        reset = reset_time({}, said)
        ends_at = reset if reset is not None and reset > now else None
        used = said.get("usagePercentage")
        share = (
            used / 100 if isinstance(used, int | float) and not isinstance(used, bool) and used >= 0 else None
        )
        resets_at = self.resets_at
        match said.get("blocked"):
            case True:
                resets_at = ends_at or now + _UNTIMED_S
            case False:
                resets_at = None
            case _ if resets_at is not None and resets_at <= now:
                resets_at = None
        word = Word(now, share, ends_at, resets_at)
        self._learn(word)
        self._pass_on(word)

    def _learn(self, word: Word) -> None:
        """Take a word for what is so."""
        if word.used is not None:
            self._told = True
            if self._gauge.tell(word.used, word.ends_at):
                self._shares.renew()
        self.resets_at = word.resets_at

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

    # -- the other gateways

    def _pass_on(self, word: Word) -> None:
        """Tell the others, behind whoever waits."""
        self._word = word
        if self._words is not None:
            self._untold = True
            self._telling.ask_behind()

    async def _tell(self) -> None:
        while self._untold and self._words is not None and self._word is not None:
            self._untold = False
            await self._words.tell(self._word)

    async def _hear(self) -> None:
        """Learn what another gateway was told since."""
        self._heard_at = self._clock.monotonic()
        word = None if self._words is None else await self._words.hear()
        if word is None or (self._word is not None and word.at <= self._word.at):
            return
        now = self._clock.now()
        self._word = word
        self._looked_at = max(self._looked_at, self._clock.monotonic() - max(0.0, now - word.at))
        over = word.resets_at is not None and word.resets_at <= now
        self._learn(Word(word.at, word.used, word.ends_at, None) if over else word)
