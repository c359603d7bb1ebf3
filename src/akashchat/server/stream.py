"""A streaming response, written straight to the caller's line.

One batch, one write, where the batch comes and without a task's turn in between; when the caller is slow the
stream is stopped until what was sent is taken, so there is no queue.  The status is held until
the first event is there, so that a failure before it has its own; but no longer than a grace, after which
the response begins and pings tell the client that somebody is there.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Self, TypeAlias

from msgspec import Struct
from starlette.types import Send

from akashchat.clock import Clock, Silence
from akashchat.dialects.base import Encoder
from akashchat.model.events import TERMINAL, Event
from akashchat.server.base import Headers
from akashchat.server.line import Line

EVENT_STREAM = b"text/event-stream; charset=utf-8"

_HEADERS: Headers = [
    (b"cache-control", b"no-cache"),
    (b"x-accel-buffering", b"no"),  # or nginx would hold the stream until it is whole
]


Begun: TypeAlias = Callable[[], tuple[Encoder, Headers]]
"""Gives what writes the answer, and its headers, at the moment when the response begins."""


class Patience(Struct, frozen=True, kw_only=True):
    """Seconds: how long the status is held, and after what silence a sign of life is due."""

    grace_s: float
    ping_s: float


class EventResponse:
    """One stream to one client: server-sent events, or what the encoder writes."""

    __slots__ = (
        "_beginning",
        "_begun",
        "_encode",
        "_encode_all",
        "_encoder",
        "_grace",
        "_how",
        "_last",
        "_line",
        "_media_type",
        "_send",
        "_silence",
        "_word",
    )

    def __init__(
        self,
        line: Line,
        send: Send,
        how: Begun,
        patience: Patience,
        clock: Clock,
        *,
        media_type: bytes = EVENT_STREAM,
    ) -> None:
        self._line = line
        self._send = send
        self._how = how
        self._media_type = media_type
        self._encoder: Encoder | None = None
        self._begun = False
        self._word = ""
        self._beginning: asyncio.Task[None] | None = None
        self._last = b""
        self._grace = clock.call_later(patience.grace_s, self._begin_beside)
        self._silence = Silence(clock, patience.ping_s, self._ping)

    async def begin(self) -> None:
        """Spend the status, unless it is spent."""
        if not await self.has_begun():
            await self._begin()

    def write(self, events: Sequence[Event]) -> bool:
        """Send a batch of a response that has begun; gives whether to wait for ``drained``, or for the end.

        The last batch is sent by ``end``.
        """
        body = self._encode(events[0]) if len(events) == 1 else self._encode_all(events)
        if isinstance(events[-1], TERMINAL):
            self._last = body
            return True
        if not body:
            return False
        self._silence.heard()
        return self._line.chunk(body)

    def tell(self, word: str) -> None:
        """Say something that is no part of the answer; the last word said before the response began opens it."""
        if self._encoder is None:
            self._word = word
        else:
            self._chunk(self._encoder.comment(word))

    async def drained(self) -> None:
        """Wait until the client has taken what was sent."""
        await self._line.drained()

    async def end(self) -> None:
        """Nothing follows."""
        self._close()
        await self._send({"type": "http.response.body", "body": self._last, "more_body": False})

    async def has_begun(self) -> bool:
        """Whether the status is spent."""
        if self._beginning is not None:
            beginning, self._beginning = self._beginning, None
            await beginning
        return self._begun

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._close()
        if self._beginning is not None and not self._beginning.done():
            self._beginning.cancel()
            await asyncio.wait((self._beginning,))

    def _close(self) -> None:
        """No more signs of life."""
        self._grace.cancel()
        self._silence.close()

    async def _begin(self) -> None:
        self._grace.cancel()
        self._begun = True
        encoder, headers = self._how()
        self._encode, self._encode_all = encoder.encode, encoder.encode_all
        headers = [(b"content-type", self._media_type), *_HEADERS, *headers]
        await self._send({"type": "http.response.start", "status": 200, "headers": headers})
        self._encoder = encoder
        self._chunk(encoder.start())
        if self._word:
            self._chunk(encoder.comment(self._word))

    def _begin_beside(self) -> None:
        """Begin while the main flow waits for the first event."""
        if not self._begun and self._beginning is None:
            self._beginning = asyncio.ensure_future(self._begin())

    def _ping(self) -> None:
        if self._encoder is not None:
            self._chunk(self._encoder.ping())
        else:
            self._begin_beside()

    def _chunk(self, data: bytes) -> None:
        if data:
            self._line.chunk(data)
