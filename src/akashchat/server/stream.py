"""A streaming response, written straight to ``send``.

One batch, one write: back-pressure is the ASGI ``await`` and there is no queue.  The status is held until
the first event is there, so that a failure before it has its own; but no longer than a grace, after which
the response begins and pings tell the client that somebody is there.
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Self

from msgspec import Struct
from starlette.types import Send

from akashchat.clock import Clock, Silence
from akashchat.dialects.base import Encoder
from akashchat.model.events import Event
from akashchat.server.base import Headers

EVENT_STREAM: Headers = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache"),
    (b"x-accel-buffering", b"no"),  # or nginx would hold the stream until it is whole
]


class Patience(Struct, frozen=True, kw_only=True):
    """Seconds: how long the status is held, and after what silence a sign of life is due."""

    grace_s: float
    ping_s: float


class EventResponse:
    """One stream of server-sent events to one client."""

    __slots__ = (
        "_aside",
        "_begun",
        "_busy",
        "_encode",
        "_encoder",
        "_grace",
        "_headers",
        "_send",
        "_silence",
    )

    def __init__(
        self, send: Send, encoder: Encoder, headers: Headers, patience: Patience, clock: Clock
    ) -> None:
        self._send = send
        self._encoder = encoder
        self._encode = encoder.encode
        self._headers = [*EVENT_STREAM, *headers]
        self._begun = False
        self._busy = False
        self._aside: asyncio.Task[None] | None = None
        self._grace = clock.call_later(patience.grace_s, lambda: self._do_aside(self._begin))
        self._silence = Silence(clock, patience.ping_s, lambda: self._do_aside(self._ping))

    async def write(self, events: Sequence[Event]) -> None:
        """Send a batch; begins the response with the first."""
        if self._aside is not None:
            await self._join()
        self._busy = True
        if not self._begun:
            await self._begin()
        if body := b"".join(map(self._encode, events)):
            await self._send({"type": "http.response.body", "body": body, "more_body": True})
            self._silence.heard()
        self._busy = False

    async def end(self) -> None:
        """Nothing follows."""
        await self._join()
        self._close()
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    async def has_begun(self) -> bool:
        """Whether the status is spent."""
        await self._join()
        return self._begun

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._close()
        if self._aside is not None and not self._aside.done():
            self._aside.cancel()
            await asyncio.wait((self._aside,))

    def _close(self) -> None:
        """No more signs of life."""
        self._grace.cancel()
        self._silence.close()

    async def _begin(self) -> None:
        self._grace.cancel()
        self._begun = True
        await self._send({"type": "http.response.start", "status": 200, "headers": self._headers})
        if start := self._encoder.start():
            await self._send({"type": "http.response.body", "body": start, "more_body": True})

    async def _ping(self) -> None:
        if not self._begun:
            await self._begin()
        await self._send({"type": "http.response.body", "body": self._encoder.ping(), "more_body": True})

    def _do_aside(self, write: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Write beside the main flow, from a timer; never while the main flow writes."""
        if not self._busy and self._aside is None:
            self._aside = asyncio.ensure_future(write())
            self._aside.add_done_callback(self._done_aside)

    def _done_aside(self, task: asyncio.Task[None]) -> None:
        if self._aside is task and not task.cancelled() and task.exception() is None:
            self._aside = None

    async def _join(self) -> None:
        """Wait for a write beside the main flow; its failure is ours."""
        if self._aside is not None:
            aside, self._aside = self._aside, None
            await aside
