"""A reply of Akash's, decoded as it comes."""

from akashchat.errors import ProtocolError
from akashchat.model.events import TERMINAL
from akashchat.upstreams.akash.decoder import Decoder
from akashchat.upstreams.base import EventStream, Sink
from akashchat.upstreams.http.client import HttpReply

_MAX_ANSWER_BYTES = 16 * 1024 * 1024
"""Twenty times what the largest context window can hold."""
_TOO_LARGE = f"Akash's answer is larger than {_MAX_ANSWER_BYTES} bytes"


class Decoded(EventStream):
    """One reply's bytes as events."""

    __slots__ = ("_decoder", "_flushed", "_reply")

    def __init__(self, reply: HttpReply, decoder: Decoder) -> None:
        super().__init__()
        self._reply = reply
        self._decoder = decoder
        self._flushed = False

    async def pour(self, sink: Sink) -> bool:
        """See ``EventStream``; what the reply's end means comes as the last batch."""
        decode = self._decoder.decode
        reply = self._reply
        enough = False

        def take(data: bytes) -> bool:
            nonlocal enough
            if batch := decode(data):
                last = batch[-1]
                if isinstance(last, TERMINAL):
                    self.end = last
                enough = sink(batch) or self.end is not None
            return enough or reply.received > _MAX_ANSWER_BYTES

        if reply.received > _MAX_ANSWER_BYTES:
            raise ProtocolError(_TOO_LARGE)
        if not await reply.pour(take):
            if not enough:
                raise ProtocolError(_TOO_LARGE)
            return self.end is not None
        if self._flushed or not (rest := self._decoder.flush()):
            return True
        self._flushed = True
        last = rest[-1]
        self.end = last if isinstance(last, TERMINAL) else None
        return not sink(rest) or self.end is not None
