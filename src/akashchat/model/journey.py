"""What becomes of a request on its way to an answer.

Each request has one journey.  Whoever passes the request on writes in it: where it was tried and what came of
it; whoever answers the caller reads it.  It is no part of the answer, and nothing in the answer depends on it.
"""

from collections.abc import Callable

from msgspec import Struct

from akashchat.errors import GatewayError


class Attempt(Struct):
    """One upstream asked for an answer.

    ``model`` is the model by the name all upstreams have for it; ``instead`` when it is not the one that was
    asked for but one that stands in for it.  ``ignored`` are the parameters that nobody does here.
    ``tries`` counts how often it was asked; ``error`` is why nothing, or not all, came of it.
    """

    upstream: str
    model: str
    instead: bool = False
    ignored: tuple[str, ...] = ()
    tries: int = 1
    error: GatewayError | None = None


class Journey(Struct):
    """``caller`` is who asks; ``attempts`` come in their order.

    ``rescues`` counts how often the answer was cut and gone on with, or, where nobody had seen it yet, begun anew.
    """

    caller: str = ""
    attempts: list[Attempt] = []
    rescues: int = 0
    hear: Callable[[str], object] | None = None
    """Takes a word to whoever waits, at any time; it must neither wait nor raise."""

    def tell(self, word: str) -> None:
        """Say something to whoever waits, if anybody does."""
        if self.hear is not None:
            self.hear(word)

    @property
    def tries(self) -> int:
        """How often upstreams were asked."""
        attempts = self.attempts
        return attempts[0].tries if len(attempts) == 1 else sum([attempt.tries for attempt in attempts])

    @property
    def last(self) -> Attempt | None:
        """The attempt under way, or the one that answered."""
        return self.attempts[-1] if self.attempts else None
