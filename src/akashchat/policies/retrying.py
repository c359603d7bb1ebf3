"""Asking the same upstream again, after failures that may pass by themselves.

Never at once, or everyone who failed together would come back together: the pause is drawn at random, from a
range that doubles (*full jitter*).  And never without bound: where an upstream is down, further tries of all
requests are what keeps it down, so they are a share of its requests and no more.
"""

from msgspec import Struct

from akashchat.clock import Chance, Clock
from akashchat.errors import GatewayError
from akashchat.model.request import Request
from akashchat.upstreams.base import EventStream, Opened, Passage, Upstream, Wrapper

_PAUSE_S, _LONGEST_PAUSE_S = 0.25, 8.0
_LONGEST_WAIT_S = 10.0
"""An upstream that asks for more time than this is not waited for: the caller is told, or another one asked."""
_WORTH_TELLING_S = 1.0


class RetryOptions(Struct, frozen=True, kw_only=True):
    """``retries`` of one request at most; ``share`` of all requests at most."""

    retries: int
    share: float


class Budget:
    """How many further tries there may be: a share of the requests of the last minute, and always a few.

    Counted by the minute.  Of the last whole minute so much is taken as has not passed yet, as if its requests
    had come evenly.
    """

    ALWAYS = 10
    """A minute; or a gateway that is rarely used would have none."""
    _WINDOW_S = 60.0

    def __init__(self, share: float, clock: Clock) -> None:
        self._share = share
        self._monotonic = clock.monotonic
        self._began = clock.monotonic()
        self._asked = self._tried = self._asked_before = self._tried_before = 0

    def asked(self) -> None:
        """A request came."""
        if self._monotonic() - self._began >= self._WINDOW_S:
            self._turn()
        self._asked += 1

    def spend(self) -> bool:
        """Whether there may be one more try; if so it is counted."""
        if self._monotonic() - self._began >= self._WINDOW_S:
            self._turn()
        left = 1.0 - (self._monotonic() - self._began) / self._WINDOW_S
        asked = self._asked + self._asked_before * left
        tried = self._tried + self._tried_before * left
        allowed = max(self.ALWAYS, self._share * asked) if self._share else 0
        if tried + 1 > allowed:
            return False
        self._tried += 1
        return True

    def _turn(self) -> None:
        """A new minute begins, maybe after many without a request."""
        passed = int((self._monotonic() - self._began) / self._WINDOW_S)
        self._began += passed * self._WINDOW_S
        self._asked_before, self._tried_before = (self._asked, self._tried) if passed == 1 else (0, 0)
        self._asked = self._tried = 0


class Retrying(Wrapper):
    """Asks the wrapped upstream again where that may help, before the answer has begun."""

    def __init__(self, upstream: Upstream, options: RetryOptions, clock: Clock, chance: Chance) -> None:
        super().__init__(upstream)
        self._clock = clock
        self._patience = _Patience(options, Budget(options.share, clock), chance)

    def open(self, request: Request) -> Opened:
        """An answer of the first try that begins one; see ``upstreams.base``."""
        return _Tries(self._upstream, request, self._patience, self._clock)


class _Patience:
    """Whether to ask again, and after what pause."""

    def __init__(self, options: RetryOptions, budget: Budget, chance: Chance) -> None:
        self._retries = options.retries
        self._chance = chance
        self.budget = budget

    def pause_s(self, error: GatewayError, tries: int) -> float | None:
        """How long to wait after so many tries; ``None`` when it is not to be asked again."""
        asked_to_wait_s = max(error.retry_after_s or 0.0, 0.0)
        if not error.try_again or tries > self._retries or asked_to_wait_s > _LONGEST_WAIT_S:
            return None
        if not self.budget.spend():
            return None
        most_s = min(_PAUSE_S * 2.0 ** (tries - 1), _LONGEST_PAUSE_S)
        return asked_to_wait_s + self._chance.uniform(0.0, most_s)


class _Tries(Passage):
    """One request, asked until an answer begins or there is no more to be hoped for."""

    __slots__ = ("_clock", "_patience", "_request", "_upstream")

    def __init__(self, upstream: Upstream, request: Request, patience: _Patience, clock: Clock) -> None:
        self._upstream = upstream
        self._request = request
        self._patience = patience
        self._clock = clock

    async def __aenter__(self) -> EventStream:
        self._patience.budget.asked()
        attempt = self._request.journey.last
        tries = 1
        while True:
            try:
                self._opened = self._upstream.open(self._request)
                self._stream = await self._opened.__aenter__()
            except GatewayError as error:
                pause_s = self._patience.pause_s(error, tries)
                if pause_s is None:
                    raise
            else:
                return self._stream
            tries += 1
            if attempt is not None:
                attempt.tries += 1
            if pause_s >= _WORTH_TELLING_S:
                self._request.journey.tell(f"the upstream is busy; it is asked again in {pause_s:.0f} s")
            await self._clock.sleep(pause_s)
