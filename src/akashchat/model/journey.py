"""What becomes of a request on its way to an answer.

Each request has one journey.  Whoever passes the request on writes in it: where it was tried and what came of
it; whoever answers the caller reads it.  It is no part of the answer, and nothing in the answer depends on it.
"""

from collections.abc import Awaitable, Callable, Mapping

from msgspec import Struct

from akashchat.errors import GatewayError
from akashchat.model.limits import Standing
from akashchat.model.scope import EVERYTHING, Scope
from akashchat.model.trace import Trace

_NOTHING: Mapping[str, str] = {}


class Attempt(Struct):
    """One upstream asked for an answer.

    ``model`` is the model by the name all upstreams have for it; ``instead`` when it is not the one that was
    asked for but one that stands in for it.  ``ignored`` are the parameters that nobody does here.
    ``tries`` counts how often it was asked; ``error`` is why nothing, or not all, came of it.

    The moments are monotonic seconds, 0 where it did not come so far: when it ``began``, when the upstream was
    ``asked`` and ``heard`` from, at the last try, and when it ``ended``.  ``span`` is its id in the request's trace.
    """

    upstream: str
    model: str
    instead: bool = False
    ignored: tuple[str, ...] = ()
    tries: int = 1
    error: GatewayError | None = None
    began: float = 0.0
    asked: float = 0.0
    heard: float = 0.0
    ended: float = 0.0
    span: str = ""


class Journey(Struct):
    """``caller`` is who asks, and ``user`` for whom; ``scope`` is what that opens, ``standings`` what is left of limits.

    ``began`` is when it came, in monotonic seconds; ``attempts`` come in their order.

    ``rescues`` counts how often the answer was cut and gone on with, or, where nobody had seen it yet, begun anew.
    ``waited_s`` is how long it waited for its turn; ``before_s`` is what else it took until an upstream was first
    asked.  ``trace`` is there where the operator wants traces.
    """

    caller: str = ""
    user: str = ""
    scope: Scope = EVERYTHING
    attempts: list[Attempt] = []
    rescues: int = 0
    began: float = 0.0
    waited_s: float = 0.0
    before_s: float | None = None
    trace: Trace | None = None
    standings: tuple[Standing, ...] = ()
    allowed_tokens: int | None = None
    """Where each answer ends because its caller has no more tokens left, though it asked for more, or did not say."""
    more: Callable[[int], Awaitable[bool]] | None = None
    """Has so many more tokens set aside for the answer, and gives whether they were left; where they are limited."""
    hear: Callable[[str], object] | None = None
    """Takes a word to whoever waits, at any time; it must neither wait nor raise."""

    def tell(self, word: str) -> None:
        """Say something to whoever waits, if anybody does."""
        if self.hear is not None:
            self.hear(word)

    def asking(self, now: float) -> Mapping[str, str]:
        """An upstream is asked at this very moment; gives the headers to ask it with."""
        attempt = self.last
        if attempt is None:
            return _NOTHING
        attempt.asked = now
        if self.before_s is None:
            self.before_s = now - self.began - self.waited_s
        return _NOTHING if self.trace is None else self.trace.headers(attempt.span)

    @property
    def tries(self) -> int:
        """How often upstreams were asked."""
        attempts = self.attempts
        return attempts[0].tries if len(attempts) == 1 else sum([attempt.tries for attempt in attempts])

    @property
    def last(self) -> Attempt | None:
        """The attempt under way, or the one that answered."""
        return self.attempts[-1] if self.attempts else None
