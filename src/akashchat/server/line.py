"""The line to whoever asked: what ASGI's messages cannot say, or only dearly.

The server gives each request one, as an extension of its scope.
https://asgi.readthedocs.io/en/latest/extensions.html
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from starlette.types import Scope

from akashchat.errors import Stopping

EXTENSION = "akashchat.line"


class Line(Protocol):
    """One request's part of a connection."""

    def body(self) -> bytes | None:
        """The request's body if all of it has come; whoever has taken it must not ask again."""
        ...

    def chunk(self, data: bytes) -> bool:
        """Send more of a response that has begun, at once; give whether the caller is slow to take it.

        To a caller who is gone nothing is sent, and true is given.
        """
        ...

    async def drained(self) -> None:
        """Wait until the caller has taken what was sent, or is gone."""
        ...

    def when_stopping(self, call: Callable[[], object] | None) -> None:
        """Call when the server begins to stop, for a response that has no end of its own; ``None`` to call nobody."""
        ...

    def watch(self, on_lost: Callable[[], object] | None) -> None:
        """Call once when the caller leaves before the response is complete; ``None`` to call nobody.

        Behind many requests that wait, or the beginning of a long one, its leaving is seen at the next write.
        """
        ...


def line_of(scope: Scope) -> Line:
    """The line a request came by."""
    line: Line = scope["extensions"][EXTENSION]
    return line


async def while_connected(line: Line, answering: Coroutine[Any, Any, None]) -> None:
    """Run ``answering`` to its end, or until the caller leaves: then it is cancelled at once.

    Raises ``Stopping`` when somebody else cancels it, which only the server does, when its patience ends.
    """
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
        if task is not None:
            task.uncancel()
        if not left:
            raise Stopping("the gateway was stopped before the answer was complete") from None
    finally:
        line.watch(None)
