"""An upstream that follows a script."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from akashchat.errors import GatewayError
from akashchat.model.catalogue import Catalogue
from akashchat.model.events import Event
from akashchat.model.request import Request
from akashchat.upstreams.base import Honour, Opening, Parts, Written

Line: TypeAlias = Sequence[Event] | asyncio.Event
"""A batch, or something to wait for before the next."""

Script: TypeAlias = Sequence[Line] | GatewayError
"""An answer, or the error that keeps it from beginning."""


class Scripted:
    """Plays one script a request, in their order, and the last one ever after."""

    name = "scripted"

    def __init__(self, *scripts: Script) -> None:
        self._scripts = scripts
        self.requests: list[Request] = []
        self.running = 0
        self.played = 0
        """How many batches were taken."""

    def open(self, request: Request) -> Opening:
        """Begin the next script."""
        script = self._scripts[min(len(self.requests), len(self._scripts) - 1)]
        self.requests.append(request)
        return Opening(Written(self._play(script)))

    def honours(self, model: str) -> Mapping[str, Honour]:
        """It passes on the temperature."""
        return {"temperature": Honour.UPSTREAM}

    async def catalogue(self) -> Catalogue:
        """It offers nothing."""
        return Catalogue(())

    async def _play(self, script: Script) -> Parts:
        if isinstance(script, GatewayError):
            raise script
        self.running += 1
        try:
            for line in script:
                await asyncio.sleep(0)  # others have their turn, as they have while a network is read
                if isinstance(line, asyncio.Event):
                    await line.wait()
                else:
                    self.played += 1
                    yield line
        finally:
            self.running -= 1
