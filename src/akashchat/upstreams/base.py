"""What every upstream promises.

*Entering is committing.*  ``open`` returns only when the first event is in hand.  Until then an upstream
fails by raising, and a wrapper may try again or elsewhere.  From then on trouble is a ``Failure`` event:
never an exception, never a silent end.  If the first event *is* a ``Failure`` it is raised.
"""

import enum
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Protocol, Self, TypeAlias

from akashchat.errors import AnswerCut, GatewayError
from akashchat.model.catalogue import Catalogue
from akashchat.model.events import TERMINAL, Event, Failure, Finish
from akashchat.model.request import Request

Batch: TypeAlias = Sequence[Event]
"""The events of one network read; never empty."""

Sink: TypeAlias = Callable[[Batch], bool]
"""Takes a batch and gives whether it wants no more for now.

It is called where the bytes arrive, not in the task that waits for them: so it must neither wait, nor raise,
nor call back into the stream.  Once it wants no more it is not called again before the next ``pour``.
"""


class EventStream(ABC):
    """Batches, to be poured as they come, or to be iterated over one by one."""

    __slots__ = ("end",)

    def __init__(self) -> None:
        self.end: Finish | Failure | None = None
        """The terminal event, from the moment it is handed over."""

    @abstractmethod
    async def pour(self, sink: Sink) -> bool:
        """Hand over batch after batch, each the moment it is there; give whether nothing is left.

        Nothing is left behind a terminal event.  It returns early, with false, when the sink wants no more
        for now: a later call goes on behind the batch that was last.
        """

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Batch:
        taken: list[Batch] = []

        def take(batch: Batch) -> bool:
            taken.append(batch)
            return True

        await self.pour(take)
        if not taken:
            raise StopAsyncIteration
        (batch,) = taken
        return batch


Opened: TypeAlias = AbstractAsyncContextManager[EventStream]
"""An answer to be entered: entering gives its events, leaving closes the connection, at once and in every phase."""


class Honour(enum.StrEnum):
    """Who does what a parameter asks."""

    UPSTREAM = "upstream"
    GATEWAY = "gateway"
    NOBODY = "ignored"
    """Said by an upstream of what cannot be added to its answers either, such as tools to a picture."""


ANY = "*"
"""Stands for every parameter that is not named: an upstream that has it passes on what nobody here knows.

It is no part of a parameter, such as ``tools[web_search]``, that is passed on: so these it does not stand for.
"""


class Upstream(Protocol):
    """Somewhere answers come from."""

    @property
    def name(self) -> str:
        """One word, for logs and metrics."""
        ...

    def open(self, request: Request) -> Opened:
        """An answer, which begins when it is entered."""
        ...

    def honours(self, model: str) -> Mapping[str, Honour]:
        """The request parameters, by OpenAI's name or ``ANY``, that this model's answers follow."""
        ...

    async def catalogue(self) -> Catalogue:
        """The models on offer; raises when they cannot be known."""
        ...


class Wrapper:
    """What all upstreams that wrap one have in common: what is not said otherwise is the wrapped one's."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream
        self.name = upstream.name

    def honours(self, model: str) -> Mapping[str, Honour]:
        """As the wrapped upstream."""
        return self._upstream.honours(model)

    async def catalogue(self) -> Catalogue:
        """As the wrapped upstream."""
        return await self._upstream.catalogue()


def check_begun(first: Batch | None) -> None:
    """Raise what stands in the place of an answer whose first batch this is."""
    if first is None:
        raise AnswerCut("the upstream's answer was empty")
    if isinstance(failure := first[0], Failure):
        raise failure.error


class Opening(EventStream):
    """An answer at its source, or one that is changed on its way; and the referee of the contract.

    Entering enters ``source`` and waits for its first batch, and that is the commitment; leaving leaves it.
    So a source raises until it has given a batch.  A ``GatewayError`` it raises later, and an end without a terminal
    event, becomes the ``Failure`` that was promised.
    """

    __slots__ = ("_first", "_source", "_stream")

    def __init__(self, source: AbstractAsyncContextManager[EventStream]) -> None:
        super().__init__()
        self._source = source
        self._first: Batch | None = None

    async def __aenter__(self) -> Self:
        self._stream = await self._source.__aenter__()
        try:
            await self._stream.pour(self._begin)
            check_begun(self._first)
        except BaseException as error:
            await self._source.__aexit__(type(error), error, error.__traceback__)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._source.__aexit__(kind, error, trace)

    async def pour(self, sink: Sink) -> bool:
        """See ``EventStream``; there is always a terminal event."""
        stream = self._stream
        if self._first is not None:
            first, self._first = self._first, None
            self.end = stream.end
            if sink(first):
                return self.end is not None
        if self.end is None:
            try:
                over = await stream.pour(sink)
                self.end = stream.end
            except GatewayError as error:
                self._fail(error, sink)
            else:
                if over and self.end is None:
                    self._fail(AnswerCut("the upstream's answer ended before it was complete"), sink)
        return self.end is not None

    def _begin(self, batch: Batch) -> bool:
        """Take the batch that commits."""
        self._first = batch
        return True

    def _fail(self, error: GatewayError, sink: Sink) -> None:
        self.end = Failure(error)
        sink([self.end])


class Passage(ABC):
    """What a wrapper's ``open`` gives that adds nothing to an answer once it has begun.

    Entering enters another opening, ``_opened``, whichever leads to the answer, and gives that one's own stream,
    ``_stream``: so a wrapper of this kind costs nothing while events flow.
    """

    __slots__ = ("_opened", "_stream")

    _opened: Opened
    _stream: EventStream

    @abstractmethod
    async def __aenter__(self) -> EventStream:
        """Find the opening that leads to the answer, and enter it."""

    def _left(self, end: Finish | Failure | None) -> None:  # noqa: B027  most have nothing to do
        """The answer was left; ``end`` is its terminal event, if it came so far."""

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await self._opened.__aexit__(kind, error, trace)
        finally:
            self._left(self._stream.end)


def honour_of(name: str, honours: Mapping[str, Honour]) -> Honour:
    """Who does what one parameter asks."""
    known = honours.get(name)
    if known is None:
        known = Honour.UPSTREAM if ANY in honours and name.isidentifier() else Honour.NOBODY
    return known


def unhonoured(asked: Iterable[str], honours: Mapping[str, Honour]) -> tuple[str, ...]:
    """The parameters among these that nobody does, in the order of their names."""
    return tuple(sorted(name for name in asked if honour_of(name, honours) is Honour.NOBODY))


Parts: TypeAlias = AsyncGenerator[Batch | EventStream, None]
"""An answer being written: a generator of batches, and of streams that are part of it."""


class Written(EventStream):
    """A source for ``Opening``, made of a generator, which cleans up behind its last ``yield``."""

    __slots__ = ("_part", "_parts")

    def __init__(self, parts: Parts) -> None:
        super().__init__()
        self._parts = parts
        self._part: EventStream | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._parts.aclose()

    async def pour(self, sink: Sink) -> bool:
        """See ``EventStream``."""
        while True:
            if self._part is None:
                part = await anext(self._parts, None)
                if part is None:
                    return True
                if not isinstance(part, EventStream):
                    last = part[-1]
                    self.end = last if isinstance(last, TERMINAL) else None
                    if sink(part) or self.end is not None:
                        return self.end is not None
                    continue
                self._part = part
            over = await self._part.pour(sink)
            self.end = self._part.end
            if self.end is not None or not over:
                return over
            self._part = None
