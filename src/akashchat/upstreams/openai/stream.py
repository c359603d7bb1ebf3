"""A stream of Chat Completions' chunks, decoded.

A decoder never raises: what the protocol does not allow becomes a ``Failure``.  With ``[DONE]`` behind it or without,
an answer is complete if it was finished, and cut if it was not.
"""

from akashchat.errors import ProtocolError
from akashchat.model.events import Event, TextDelta
from akashchat.upstreams.openai.answer import Answer, Exchange
from akashchat.upstreams.openai.plain import Plain
from akashchat.upstreams.quoting import quoted
from akashchat.wire.json import decode_halves
from akashchat.wire.sse import Frame, Frames


class ChatStream:
    """Bytes of one reply in, events out."""

    __slots__ = ("_answer", "_exchange", "_frames", "_plain")

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._frames = Frames()
        self._answer = Answer(exchange)
        self._plain = Plain(self._text_alone)

    @property
    def complete(self) -> bool:
        """Whether a reason to finish was given."""
        return bool(self._answer.reason)

    def decode(self, data: bytes) -> list[Event]:
        """The events that ended in ``data``; after the terminal event, none."""
        events: list[Event] = []
        answer = self._answer
        if answer.over:
            return events
        try:
            for frame in self._frames.feed(data):
                if self._take(frame, events):
                    break
        except ProtocolError as error:
            answer.fail(error, events)
        return events

    def flush(self) -> list[Event]:
        """What the end of the reply means."""
        events: list[Event] = []
        answer = self._answer
        if answer.over:
            return events
        if rest := self._frames.flush():
            self._take(rest, events, torn=True)
        answer.end(events)
        return events

    def _take(self, frame: Frame, events: list[Event], *, torn: bool = False) -> bool:
        """Read a frame; give whether the answer is over."""
        answer = self._answer
        if answer.flows and not frame.name:
            if (text := self._plain.text(frame.data)) is not None:
                if text:
                    events.append(TextDelta(text))
                return False
            self._plain.learn(frame.data)
        if frame.data.strip() == b"[DONE]":
            answer.end(events)
            return True
        try:
            chunk = decode_halves(frame.data)
        except ValueError:
            if not torn:  # else not a wrong frame, but a part of one
                shown = quoted(frame.data[:80].decode("utf-8", "replace"), self._exchange.secret)
                problem = f"{self._exchange.upstream} sent a frame that is not its protocol: {shown}"
                answer.fail(ProtocolError(problem), events)
            return True
        answer.take(chunk, events, failed=frame.name == b"error")
        return answer.over

    def _text_alone(self, data: bytes) -> str | None:
        """The text of a frame, if that is all it would mean to any answer."""
        try:
            chunk = decode_halves(data)
        except ValueError:
            return None
        events: list[Event] = []
        answer = Answer(self._exchange)
        answer.take(chunk, events)
        match events:
            case [TextDelta(text)] if answer.untold:
                return text
            case _:
                return None
