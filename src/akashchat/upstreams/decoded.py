"""An upstream's reply as the events it means."""

from collections.abc import Sequence
from typing import Protocol

from akashchat.errors import ProtocolError, UpstreamError
from akashchat.model.events import TERMINAL, Event
from akashchat.upstreams.base import EventStream, Sink
from akashchat.upstreams.http.client import HttpReply

MAX_ANSWER_BYTES = 16 * 1024 * 1024
"""Twenty times what the largest context window can hold."""


class Decoder(Protocol):
    """Bytes of one reply in, events out; it never raises."""

    @property
    def complete(self) -> bool:
        """Whether the answer is whole, though its end was not told: then nothing is lost with the connection."""
        ...

    def decode(self, data: bytes) -> Sequence[Event]:
        """The events that ended in ``data``; after the terminal event, none."""
        ...

    def flush(self) -> Sequence[Event]:
        """What the end of the reply means."""
        ...


class Decoded(EventStream):
    """One reply's bytes as events; whoever has it closes the reply."""

    __slots__ = ("_decoder", "_flushed", "_most_bytes", "_reply", "_upstream")

    def __init__(
        self, reply: HttpReply, decoder: Decoder, upstream: str, most_bytes: int = MAX_ANSWER_BYTES
    ) -> None:
        super().__init__()
        self._reply = reply
        self._decoder = decoder
        self._upstream = upstream
        self._most_bytes = most_bytes
        self._flushed = False

    async def pour(self, sink: Sink) -> bool:
        """See ``EventStream``; what the reply's end means comes as the last batch."""
        decode = self._decoder.decode
        reply, most = self._reply, self._most_bytes
        enough = False

        def take(data: bytes) -> bool:
            nonlocal enough
            if batch := decode(data):
                last = batch[-1]
                if isinstance(last, TERMINAL):
                    self.end = last
                enough = sink(batch) or self.end is not None
            return enough or reply.received > most

        if reply.received > most:
            raise self._too_large()
        try:
            over = await reply.pour(take)
        except UpstreamError:
            if not self._decoder.complete:
                raise
            over = True
        if not over:
            if not enough:
                raise self._too_large()
            return self.end is not None
        if self._flushed or not (rest := self._decoder.flush()):
            return True
        self._flushed = True
        last = rest[-1]
        self.end = last if isinstance(last, TERMINAL) else None
        return not sink(rest) or self.end is not None

    def _too_large(self) -> ProtocolError:
        return ProtocolError(f"{self._upstream}'s answer is larger than {self._most_bytes} bytes")
