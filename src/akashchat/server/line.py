"""The line to whoever asked: what ASGI's messages cannot say, or only dearly.

The server gives each request one, as an extension of its scope.
https://asgi.readthedocs.io/en/latest/extensions.html
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from starlette.types import Scope

EXTENSION = "akashchat.line"


class Line(Protocol):
    """One request's part of a connection."""

    def body(self) -> bytes | None:
        """The request's body if all of it has come, and then only once."""
        ...

    def chunk(self, data: bytes) -> bool:
        """Send more of a response that has begun, at once; give whether the caller is slow to take it."""
        ...

    async def drained(self) -> None:
        """Wait until the caller has taken what was sent."""
        ...

    def watch(self, on_lost: Callable[[], object] | None) -> None:
        """Call once when the caller leaves before the response is complete."""
        ...


def line_of(scope: Scope) -> Line:
    """The line a request came by."""
    line: Line = scope["extensions"][EXTENSION]
    return line


async def while_connected(line: Line, answering: Coroutine[Any, Any, None]) -> None:
    """Run ``answering`` to its end, or until the caller leaves: then it is cancelled at once."""
    task = asyncio.current_task()
    left = False

    def leave() -> None:
        nonlocal left
        left = True
        if task is not None:
            task.cancel()

    line.watch(leave)
    try:
        await answering
    except asyncio.CancelledError:
        if not left:
            raise
        if task is not None:
            task.uncancel()
    finally:
        line.watch(None)
