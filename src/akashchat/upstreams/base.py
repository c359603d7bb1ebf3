"""What every upstream promises.

*Entering is committing.*  ``open`` returns only when the first event is in hand.  Until then an upstream
fails by raising, and a wrapper may try again or elsewhere.  From then on trouble is a ``Failure`` event:
never an exception, never a silent end.  If the first event *is* a ``Failure`` it is raised.
"""

import enum
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol, TypeAlias

from akashchat.errors import AnswerCut
from akashchat.model.catalogue import Catalogue
from akashchat.model.events import Event, Failure
from akashchat.model.request import Request

EventStream: TypeAlias = AsyncGenerator[Sequence[Event], None]
"""One batch per network read; no batch is empty.  Whoever iterates closes it."""


class Honour(enum.StrEnum):
    """Who does what a parameter asks."""

    UPSTREAM = "upstream"
    GATEWAY = "gateway"


class Upstream(Protocol):
    """Somewhere answers come from."""

    @property
    def name(self) -> str:
        """One word, for logs and metrics."""
        ...

    def open(self, request: Request) -> AbstractAsyncContextManager[EventStream]:
        """Begin an answer; leaving the context closes the connection, at once and in every phase."""
        ...

    def honours(self, model: str) -> Mapping[str, Honour]:
        """The request parameters, by OpenAI's name, that this model's answers follow."""
        ...

    async def catalogue(self) -> Catalogue:
        """The models on offer; raises when they cannot be known."""
        ...


async def committed(stream: EventStream) -> EventStream:
    """The same stream once its first event is in hand; raises the error when that is a ``Failure``."""
    first = await anext(stream, None)
    if first is None:
        raise AnswerCut("the upstream's answer was empty")
    if isinstance(first[0], Failure):
        raise first[0].error
    return _resumed(first, stream)


async def _resumed(first: Sequence[Event], rest: EventStream) -> EventStream:
    yield first
    async for batch in rest:
        yield batch
