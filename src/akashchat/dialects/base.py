"""What every dialect promises."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from msgspec import Struct

from akashchat.model.events import Event
from akashchat.model.reply import Replies
from akashchat.model.request import Request


def _at_once() -> float:
    return 0.0


class Stamp(Struct, frozen=True):
    """What a reply needs that is not in the answer, so that codecs read no clock and roll no die.

    ``id`` is random hexadecimal, ``created`` seconds since the epoch, ``file_url`` makes of a picture's
    name the address where this caller finds it, ``elapsed`` gives the seconds since the request came.
    """

    id: str
    created: int
    file_url: Callable[[str], str]
    elapsed: Callable[[], float] = _at_once


class Encoder(Protocol):
    """Events of one answer in, bytes of one response out."""

    __slots__ = ()

    def start(self) -> bytes:
        """What comes before the first event."""
        ...

    def encode(self, event: Event) -> bytes:
        """One event; empty where the dialect has nothing to say of it."""
        ...

    def encode_all(self, events: Sequence[Event]) -> bytes:
        """A batch of events; whoever knows a shorter way goes it."""
        return b"".join(map(self.encode, events))

    def ping(self) -> bytes:
        """A sign of life that means nothing."""
        ...

    def comment(self, text: str) -> bytes:
        """A word to whoever reads along, no part of the answer; empty where the dialect has no place for it."""
        ...


class Dialect(Protocol):
    """A protocol clients speak."""

    @property
    def name(self) -> str:
        """One word, for logs and metrics."""
        ...

    @property
    def parameters(self) -> frozenset[str]:
        """The parameters it knows, by its own names."""
        ...

    @property
    def settled(self) -> Mapping[str, str]:
        """Those that are no upstream's business.

        ``gateway`` where the dialect does what they ask, ``information`` where no answer depends on them.
        """
        ...

    def parse(self, body: bytes) -> Request:
        """A body as a request; raises ``BadRequest``."""
        ...

    def encoder(self, request: Request, stamp: Stamp) -> Encoder:
        """What writes the answer to a request that wants a stream."""
        ...

    def render_reply(self, replies: Replies, request: Request, stamp: Stamp) -> bytes:
        """The answer to a request that wants it whole; raises where the dialect cannot say it."""
        ...
