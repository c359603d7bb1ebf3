"""``GET /admin/doctor``: have everything looked at, and hear of each check as soon as it is known.

Each look asks every upstream a little, so they are made one after the other, whoever asks for them.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress
from typing import Any, Protocol, TypeAlias

from msgspec import to_builtins
from starlette.types import Receive, Scope, Send

from akashchat.clock import Clock
from akashchat.errors import BadRequest, Stopping
from akashchat.server.base import query
from akashchat.server.line import line_of, while_connected
from akashchat.server.stream import EVENT_STREAM
from akashchat.wire.json import encode

_PING_S = 15.0
_FAILED = "failed"
_IMAGE = {None: False, "": False, "0": False, "false": False, "1": True, "true": True}


class Line(Protocol):
    """What came of a check; its fields are told as they are."""

    @property
    def verdict(self) -> str:
        """One of ``ok``, ``warning``, ``failed``, ``skipped``."""
        ...


Examine: TypeAlias = Callable[[bool], AsyncGenerator[Line]]
"""Looks at everything, with a picture drawn too where that is wanted."""


class Doctor:
    """The endpoint."""

    def __init__(self, examine: Examine, clock: Clock) -> None:
        self._examine = examine
        self._clock = clock
        self._turn = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Look, and tell; raises ``BadRequest``."""
        image = query(scope, "image")
        if image not in _IMAGE:
            raise BadRequest("'image' must be true or false", param="image")
        with suppress(Stopping):  # it is cut off without its last event, which says that all was looked at
            await while_connected(line_of(scope), self._tell(send, image=_IMAGE[image]))

    async def _tell(self, send: Send, *, image: bool) -> None:
        headers = [
            (b"content-type", EVENT_STREAM),
            (b"cache-control", b"no-store"),
            (b"x-accel-buffering", b"no"),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        async with (
            aclosing(self._told(image=image)) as told,
            aclosing(_kept_alive(told, self._clock)) as frames,
        ):
            async for frame in frames:
                await send({"type": "http.response.body", "body": frame, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    async def _told(self, *, image: bool) -> AsyncGenerator[bytes]:
        """A frame for each check, and one for all of them."""
        checks: list[dict[str, Any]] = []
        async with self._turn, aclosing(self._examine(image)) as lines:
            async for line in lines:
                checks.append(to_builtins(line))
                yield _frame("check", checks[-1])
        well = all(check["verdict"] != _FAILED for check in checks)
        yield _frame("doctor", {"object": "doctor", "ok": well, "checks": checks})


def _frame(name: str, told: dict[str, Any]) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (name.encode(), encode(told))


async def _kept_alive(frames: AsyncGenerator[bytes], clock: Clock) -> AsyncGenerator[bytes]:
    """The frames, and a sign of life where the next one takes long."""
    coming: asyncio.Future[bytes] = asyncio.ensure_future(_next(frames))
    try:
        while True:
            try:
                async with clock.timeout(_PING_S):
                    frame = await asyncio.shield(coming)
            except TimeoutError:
                yield b": ping\n\n"
                continue
            if not frame:
                return
            yield frame
            coming = asyncio.ensure_future(_next(frames))
    finally:
        coming.cancel()
        await asyncio.wait([coming])  # a check that is broken off leaves nothing open behind it


async def _next(frames: AsyncGenerator[bytes]) -> bytes:
    return await anext(frames, b"")
