"""The wrapper that puts stages behind an upstream."""

import fnmatch
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager

from msgspec import Struct

from akashchat import tokens
from akashchat.emulation.base import Stage
from akashchat.emulation.length import LengthStage
from akashchat.emulation.meter import MeterStage
from akashchat.emulation.reasoning import ReasoningStage
from akashchat.emulation.stop import StopStage
from akashchat.model.catalogue import Catalogue
from akashchat.model.events import Event, Failure, Finish
from akashchat.model.request import Request
from akashchat.upstreams.base import EventStream, Honour, Upstream, committed

_DONE_HERE = {"stop": Honour.GATEWAY, "max_tokens": Honour.GATEWAY}


class EmulationOptions(Struct, frozen=True, kw_only=True):
    """What is done to answers.

    ``split_reasoning`` takes thoughts out of the text; ``thinks_first`` are patterns of model ids whose
    answers begin with thoughts that lack their opening tag.
    """

    split_reasoning: bool = True
    thinks_first: tuple[str, ...] = ()


class Emulated:
    """Adds stop, max_tokens, the reasoning split and usage to an upstream without them."""

    def __init__(self, upstream: Upstream, options: EmulationOptions) -> None:
        self._upstream = upstream
        self._options = options
        self._learnt: dict[str, bool] = {}
        self.name = upstream.name

    @asynccontextmanager
    async def open(self, request: Request) -> AsyncIterator[EventStream]:
        """Begin an answer; see ``upstreams.base``."""
        async with self._upstream.open(request) as inner:
            reasoning = self._reasoning(request)
            try:
                async with aclosing(await committed(_staged(inner, _stages(request, reasoning)))) as stream:
                    yield stream
            finally:
                if reasoning is not None and reasoning.unopened is not None:
                    self._learnt[request.model] = reasoning.unopened

    def honours(self, model: str) -> Mapping[str, Honour]:
        """As the wrapped upstream, and what is done here."""
        return {**_DONE_HERE, **self._upstream.honours(model)}

    async def catalogue(self) -> Catalogue:
        """As the wrapped upstream."""
        return await self._upstream.catalogue()

    def _reasoning(self, request: Request) -> ReasoningStage | None:
        if not self._options.split_reasoning:
            return None
        first = self._learnt.get(request.model)
        if first is None:
            first = any(fnmatch.fnmatchcase(request.model, pattern) for pattern in self._options.thinks_first)
        # Holding an answer back would keep a cut from ending it early.
        cut = bool(request.stop) or request.max_tokens is not None
        return ReasoningStage(hold=not request.stream and not cut, thinks_first=first)


def _stages(request: Request, reasoning: ReasoningStage | None) -> list[Stage]:
    stages: list[Stage] = [] if reasoning is None else [reasoning]
    if request.stop:
        stages.append(StopStage(request.stop))
    if request.max_tokens is not None:
        stages.append(LengthStage(request.max_tokens))
    stages.append(MeterStage(lambda: tokens.count_request(request)))
    return stages


async def _staged(stream: EventStream, stages: list[Stage]) -> EventStream:
    """The stream behind the stages; ends after the terminal event, whoever gave it."""
    over = False
    async for batch in stream:
        if over:
            continue  # the upstream's own end is awaited, so that its connection can be reused
        events = batch
        cut = False
        for stage in stages:
            events = stage.feed(events)
        if events:
            over = isinstance(events[-1], Finish | Failure)
            yield events
            cut = over and not _is_terminal(batch[-1])
        if cut:
            return


def _is_terminal(event: Event) -> bool:
    return isinstance(event, Finish | Failure)
