"""``Idempotency-Key``: who asks twice gets one answer.

A second request with the key of one that is being answered gets that answer too, from its first byte on; with
the key of one that was answered, the same bytes again.  What failed is not kept: asking again may help.  An answer is
given up when the last of those who wait for it has left.
https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
"""

import asyncio
import hashlib
import math
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeAlias

from msgspec import Struct
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from akashchat.clock import Clock
from akashchat.errors import BadRequest, GatewayError, IdempotencyKeyReused, Stopping
from akashchat.gateway.gateway import Gateway
from akashchat.server.base import Headers, Reading, header, read_body, respond_error
from akashchat.server.callers import admitted
from akashchat.server.limits import LIMIT_HEADERS
from akashchat.server.line import EXTENSION, Line, line_of, while_connected

_LONGEST_KEY = 255
_REPLAYED: Headers = [(b"idempotent-replayed", b"true")]

Name: TypeAlias = tuple[str, str, str]
"""Caller, path and key."""


class IdempotencyOptions(Struct, frozen=True, kw_only=True):
    """How long and how much is kept; ``keep_s`` 0 for nothing."""

    keep_s: float
    most_bytes: int = 64 * 1024 * 1024
    most_answers: int = 10_000


class Recording:
    """An answer on its way, for all who wait for it; to whoever writes it, it is the caller's line."""

    def __init__(self, body: bytes) -> None:
        self.digest = _digest(body)
        self.messages: list[Message] = []
        self.size = 0
        self.ends_at = math.inf
        self.lost = False
        """Whether all have left, so that it is given up."""
        self._body: bytes | None = body
        self._writing: asyncio.Future[None] | None = None
        self._followers = 0
        self._on_lost: Callable[[], object] | None = None
        self._news = asyncio.Event()

    def write(self, writing: Awaitable[None], ended: Callable[[], object]) -> None:
        """Begin; ``ended`` is called at its end."""

        def over(_: asyncio.Future[None]) -> None:
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


class _Follower:
    """One caller who waits for a recording."""

    def __init__(self, recording: Recording, send: Send, further: Headers) -> None:
        self._recording = recording
        self._send = send
        self._further = further
        self._at = 0

    async def follow(self) -> None:
        """Pass all of it on, as it comes."""
        with self._recording.followed():
            while messages := await self._recording.since(self._at):
                for message in messages:
                    self._at += 1
                    await self._send(self._own(message))

    def _own(self, message: Message) -> Message:
        if message["type"] != "http.response.start":
            return message
        headers = message["headers"]
        if self._further is _REPLAYED:  # what was left then is not what is left now
            headers = [header for header in headers if not header[0].startswith(LIMIT_HEADERS)]
        return {**message, "headers": [*headers, *self._further]}


class Answered:
    """The answers that are kept, those of all endpoints together."""

    def __init__(self, options: IdempotencyOptions, clock: Clock) -> None:
        self._options = options
        self._clock = clock
        self._running: dict[Name, Recording] = {}
        self._kept: OrderedDict[Name, Recording] = OrderedDict()
        """In the order of their ends, which is that in which their time is up."""
        self._size = 0

    @property
    def keeps(self) -> bool:
        """Whether keys mean anything."""
        return self._options.keep_s > 0

    def find(self, name: Name) -> Recording | None:
        """The answer under this name, if it is still there."""
        self._drop_old()
        running = self._running.get(name)
        if running is not None:
            return None if running.lost else running
        return self._kept.get(name)

    def begin(self, name: Name, recording: Recording) -> None:
        """An answer begins."""
        self._running[name] = recording

    def end(self, name: Name, recording: Recording, *, well: bool) -> None:
        """It is over: kept for a while if it ended well."""
        if self._running.get(name) is not recording:
            return
        del self._running[name]
        if not well or recording.size > self._options.most_bytes:
            return
        recording.ends_at = self._clock.monotonic() + self._options.keep_s
        self._kept[name] = recording
        self._size += recording.size
        self._drop_old()
        while self._size > self._options.most_bytes or len(self._kept) > self._options.most_answers:
            self._drop()

    def _drop_old(self) -> None:
        now = self._clock.monotonic()
        while self._kept and next(iter(self._kept.values())).ends_at <= now:
            self._drop()

    def _drop(self) -> None:
        """Forget the oldest."""
        _, oldest = self._kept.popitem(last=False)
        self._size -= oldest.size


class Idempotent:
    """An endpoint that heeds ``Idempotency-Key``."""

    def __init__(
        self, endpoint: ASGIApp, answered: Answered, gateway: Gateway, reading: Reading, clock: Clock
    ) -> None:
        self._endpoint = endpoint
        self._answered = answered
        self._gateway = gateway
        self._reading = reading
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or give the answer there is."""
        key = header(scope, b"idempotency-key") if self._answered.keeps else None
        if key is None:
            await self._endpoint(scope, receive, send)
            return
        try:
            name = await self._name(scope, key)
            body = await read_body(scope, receive, self._reading, self._clock)
            recording = self._answered.find(name)
            if recording is None:
                recording, further = self._recorded(name, body, scope, receive), []
            elif recording.digest != _digest(body):
                raise IdempotencyKeyReused(
                    "this Idempotency-Key was used with another body; take a new key for a new request"
                )
            else:
                further = _REPLAYED
                scope["state"]["answer"] = True
            await _follow(line_of(scope), _Follower(recording, send, further), recording)
        except GatewayError as error:
            await respond_error(scope, send, error)

    async def _name(self, scope: Scope, key: str) -> Name:
        caller = await admitted(scope, self._gateway)
        if not key or len(key) > _LONGEST_KEY:
            raise BadRequest(f"Idempotency-Key must have 1 to {_LONGEST_KEY} characters")
        return caller.owner, scope["path"], key

    def _recorded(self, name: Name, body: bytes, scope: Scope, receive: Receive) -> Recording:
        """A recording of the endpoint's answer, which begins now."""
        recording = Recording(body)
        self._answered.begin(name, recording)
        inner = {**scope, "extensions": {**scope["extensions"], EXTENSION: recording}}

        def ended() -> None:
            self._answered.end(name, recording, well=scope["state"].get("complete", False))

        recording.write(self._endpoint(inner, receive, recording.send), ended)
        return recording


async def _follow(line: Line, follower: _Follower, recording: Recording) -> None:
    try:
        await while_connected(line, follower.follow())
    except Stopping:
        recording.stop()
        await follower.follow()  # how it ends is told as ever


def _digest(body: bytes) -> bytes:
    return hashlib.sha256(body).digest()
