"""What decodes a reply of Akash's, whichever its protocol."""

from typing import Protocol

from akashchat.model.events import Event
from akashchat.upstreams.akash.strange import Strange


class Decoder(Protocol):
    """Bytes of one reply in, events out; it never raises."""

    @property
    def complete(self) -> bool:
        """See ``upstreams.decoded``; Akash always tells an answer's end."""
        ...

    @property
    def strange(self) -> Strange | None:
        """What is strange about the reply, as far as it was read."""
        ...

    def decode(self, data: bytes) -> list[Event]:
        """The events that ended in ``data``; after the terminal event, none."""
        ...

    def flush(self) -> list[Event]:
        """What the end of the reply means."""
        ...
