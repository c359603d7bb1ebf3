"""What every upstream promises.

*Entering is committing.*  ``open`` returns only when the first event is in hand.  Until then an upstream
fails by raising, and a wrapper may try again or elsewhere.  From then on trouble is a ``Failure`` event:
never an exception, never a silent end.  If the first event *is* a ``Failure`` it is raised.
"""

import enum
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol, TypeAlias

from akashchat.errors import AnswerCut, GatewayError
from akashchat.model.catalogue import Catalogue
from akashchat.model.events import TERMINAL, Event, Failure
from akashchat.model.request import Request

EventStream: TypeAlias = AsyncIterator[Sequence[Event]]
"""One batch per network read; no batch is empty."""

Batches: TypeAlias = AsyncGenerator[Sequence[Event], None]
"""An event stream being written: a generator of batches."""


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


class Opening:
    """What ``open`` gives, made of an async generator of batches; and the referee of the contract.

    Entering runs the generator to its first batch, and that is the commitment; leaving closes it.  So an
    upstream is one generator: it raises until it first yields, and cleans up behind its last.  Whatever
    it raises later, and an end without a terminal event, becomes the ``Failure`` that was promised.
    """

    __slots__ = ("_events", "_first", "_over")

    def __init__(self, events: Batches) -> None:
        self._events = events
        self._first: Sequence[Event] | None = None
        self._over = False

    async def __aenter__(self) -> EventStream:
        first = await anext(self._events, None)
        if first is None:
            raise AnswerCut("the upstream's answer was empty")
        if isinstance(first[0], Failure):
            await self._events.aclose()
            raise first[0].error
        self._first = first
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._events.aclose()

    def __aiter__(self) -> EventStream:
        return self

    async def __anext__(self) -> Sequence[Event]:
        if self._over:
            raise StopAsyncIteration
        batch, self._first = self._first, None
        if batch is None:
            try:
                batch = await anext(self._events)
            except StopAsyncIteration:
                batch = [Failure(AnswerCut("the upstream's answer ended before it was complete"))]
            except GatewayError as error:
                batch = [Failure(error)]
        self._over = type(batch[-1]) in TERMINAL
        return batch
