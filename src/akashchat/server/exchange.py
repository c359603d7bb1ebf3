"""One request being answered, for as long as its client is connected."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from starlette.types import Receive, Send


class Exchange:
    """Runs what answers a request, and stops it when the client leaves.

    ``over`` when the response is whole: then the client's leaving means nothing any more.
    """

    def __init__(self, receive: Receive, send: Send) -> None:
        self.send = send
        self.over = False
        self._receive = receive

    async def run(self, answering: Coroutine[Any, Any, None]) -> None:
        """Run ``answering`` to its end, or until the client leaves: then it is cancelled at once.

        It runs in a task of its own, so that each of its steps passes through few frames.
        """
        answer = asyncio.create_task(answering)
        leaving = asyncio.create_task(self._left())
        try:
            await asyncio.wait((answer, leaving), return_when=asyncio.FIRST_COMPLETED)
            if self.over:
                await asyncio.wait((answer,))
        finally:
            leaving.cancel()
            if not answer.done():
                answer.cancel()
                await asyncio.wait((answer,))
        if not answer.cancelled():
            answer.result()

    async def _left(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
