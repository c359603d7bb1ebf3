"""``GET /admin/events``: the gateway's answers as they end, as server-sent events."""

from collections.abc import Callable, Iterable, Iterator
from fnmatch import fnmatchcase
from typing import TypeAlias

from starlette.types import Receive, Scope, Send

from akashchat.clock import Clock
from akashchat.errors import BadRequest
from akashchat.server.base import query
from akashchat.server.line import line_of, while_connected
from akashchat.server.stream import EVENT_STREAM
from akashchat.telemetry.base import Ear, Feed, Told
from akashchat.wire.json import encode

_PING_S = 15.0
_FIELDS = {"model": ("model", "true_model"), "caller": ("caller",), "upstream": ("upstream",)}
"""Parameter → the fields of which one has to match it, as a pattern."""
_ERRORS = {None: False, "": False, "0": False, "false": False, "1": True, "true": True}

Wish: TypeAlias = Callable[[Told], bool]


class Events:
    """The endpoint; it has no end but the caller's leaving and the gateway's stop."""

    def __init__(self, feed: Feed, clock: Clock) -> None:
        self._feed = feed
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Tell, from now on; raises ``BadRequest``."""
        wish = _wish(scope)
        line = line_of(scope)
        async with self._feed.listen() as ear:
            line.when_stopping(ear.close)
            try:
                await while_connected(line, self._tell(send, ear, wish))
            finally:
                line.when_stopping(None)

    async def _tell(self, send: Send, ear: Ear, wish: Wish) -> None:
        headers = [
            (b"content-type", EVENT_STREAM),
            (b"cache-control", b"no-cache"),
            (b"x-accel-buffering", b"no"),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        frames = b": listening\n\n"
        while frames:
            await send({"type": "http.response.body", "body": frames, "more_body": True})
            frames = await self._next(ear, wish)
        await send({"type": "http.response.body", "body": b""})

    async def _next(self, ear: Ear, wish: Wish) -> bytes:
        """What comes next, or a sign of life; nothing where nothing more will come."""
        while True:
            try:
                async with self._clock.timeout(_PING_S):
                    told, missed = await ear.next()
            except TimeoutError:
                return b": ping\n\n"
            frames = b"".join(_frames(filter(wish, told), missed))
            if frames or not told:
                return frames


def _frames(told: Iterable[Told], missed: int) -> Iterator[bytes]:
    for what in told:
        yield b"event: outcome\ndata: " + encode(what) + b"\n\n"
    if missed:
        yield b"event: missed\ndata: " + encode({"object": "missed", "count": missed}) + b"\n\n"


def _wish(scope: Scope) -> Wish:
    """Which of them the caller wants; raises ``BadRequest``."""
    errors = query(scope, "errors")
    if errors not in _ERRORS:
        raise BadRequest("'errors' must be true or false", param="errors")
    patterns = [(fields, asked) for name, fields in _FIELDS.items() if (asked := query(scope, name))]

    def wanted(told: Told) -> bool:
        if _ERRORS[errors] and told["event"] != "failed":
            return False
        return all(
            any(fnmatchcase(str(told.get(f, "")), asked) for f in fields) for fields, asked in patterns
        )

    return wanted
