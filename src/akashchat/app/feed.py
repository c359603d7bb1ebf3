"""What happens, told to who listens at any process of this gateway."""

from akashchat.clock import Clock
from akashchat.server.siblings import Alone, Siblings
from akashchat.telemetry.feed import Feed

_LISTENING, _HAPPENED = "listening", "happened"


def shared_feed(clock: Clock, siblings: Siblings) -> Feed:
    """The feed of this process, which hears of the others and tells them."""
    if isinstance(siblings, Alone):
        return Feed(clock)
    feed = Feed(clock, _Others(siblings))

    async def asked(_: bytes) -> bytes:
        feed.asked()
        return b""

    siblings.answers(_LISTENING, asked)
    siblings.hears(_LISTENING, lambda _: feed.asked())
    siblings.hears(_HAPPENED, feed.overhear)
    return feed


class _Others:
    """See ``Others``."""

    def __init__(self, siblings: Siblings) -> None:
        self._siblings = siblings

    async def listen(self) -> None:
        """See ``Others``: who answers has heard it."""
        await self._siblings.gather(_LISTENING, bytes)

    def listening(self) -> None:
        """See ``Others``."""
        self._siblings.tell(_LISTENING)

    def tell(self, what: bytes) -> None:
        """See ``Others``."""
        self._siblings.tell(_HAPPENED, what)
