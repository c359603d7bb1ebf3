"""An answer recorded on its way, for all who wait for it."""

import asyncio
import hashlib
import math
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeAlias

from starlette.types import Message

from akashchat.errors import Stopping

Name: TypeAlias = tuple[str, str, str]
"""Caller, path and key."""
Answering: TypeAlias = Callable[[], Awaitable[bool]]
"""Has the endpoint answer; gives whether the answer came to a good end."""


class Recording:
    """An answer on its way, for all who wait for it; to whoever writes it, it is the caller's line."""

    def __init__(self, body: bytes) -> None:
        self.digest = digest(body)
        self.messages: list[Message] = []
        self.size = 0
        self.ends_at = math.inf
        self.lost = False
        """Whether all have left, so that it is given up."""
        self.replayed = False
        """Whether it is another gateway's."""
        self._body: bytes | None = body
        self._writing: asyncio.Future[object] | None = None
        self._followers = 0
        self._on_lost: Callable[[], object] | None = None
        self._news = asyncio.Event()

    def write(self, writing: Awaitable[object], ended: Callable[[], object]) -> None:
        """Begin; ``ended`` is called at its end."""

        def over(writing: asyncio.Future[object]) -> None:
            if not writing.cancelled():
                writing.exception()  # told to who follows, and to nobody where none does
            ended()
            self._tell()

        self._writing = asyncio.ensure_future(writing)
        self._writing.add_done_callback(over)

    def stop(self) -> None:
        """The server stops: whoever writes it is to end it."""
        if self._writing is not None:
            self._writing.cancel()

    def body(self) -> bytes | None:
        """See ``Line``."""
        body, self._body = self._body, None
        return body

    def chunk(self, data: bytes) -> bool:
        """See ``Line``; nobody is too slow for a recording, which an answer's own bound limits."""
        self._add({"type": "http.response.body", "body": data, "more_body": True})
        return False

    async def drained(self) -> None:
        """See ``Line``."""

    def watch(self, on_lost: Callable[[], object] | None) -> None:
        """See ``Line``; it is lost when nobody waits any more."""
        self._on_lost = on_lost
        if self.lost and on_lost is not None:
            on_lost()

    async def send(self, message: Message) -> None:
        """Take one of ASGI's messages."""
        self._add(message)

    @contextmanager
    def followed(self) -> Iterator[None]:
        """Somebody waits for it; when the last one leaves before its end, it is given up."""
        self._followers += 1
        try:
            yield
        finally:
            self._followers -= 1
            if not self._followers and not self._is_over():
                self.lost = True
                if self._on_lost is not None:
                    self._on_lost()

    async def since(self, at: int) -> Sequence[Message]:
        """The messages from the ``at``th on, as soon as there are any; none at the end, raises what ended it."""
        while at == len(self.messages):
            if self._is_over():
                self._check()
                return ()
            await self._news.wait()
        return self.messages[at:]

    def _is_over(self) -> bool:
        return self._writing is not None and self._writing.done()

    def _check(self) -> None:
        if self._writing is None or self._writing.cancelled():
            raise Stopping("the gateway was stopped before the answer was complete")
        self._writing.result()

    def _add(self, message: Message) -> None:
        self.messages.append(message)
        self.size += len(message.get("body", b""))
        self._tell()

    def _tell(self) -> None:
        self._news.set()
        self._news = asyncio.Event()


def digest(body: bytes) -> bytes:
    """What tells one request's body from another."""
    return hashlib.sha256(body).digest()
