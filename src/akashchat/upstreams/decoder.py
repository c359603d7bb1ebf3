"""What makes events of an upstream's reply."""

from typing import Protocol

from akashchat.model.events import Event


class Decoder(Protocol):
    """Bytes of one reply in, events out; it never raises."""

    @property
    def complete(self) -> bool:
        """Whether the answer is whole, though its end was not told: then nothing is lost with the connection."""
        ...

    def decode(self, data: bytes) -> list[Event]:
        """The events that ended in ``data``; after the terminal event, none."""
        ...

    def flush(self) -> list[Event]:
        """What the end of the reply means."""
        ...
