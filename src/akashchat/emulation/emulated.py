"""The wrapper that puts stages behind an upstream."""

import fnmatch
import re
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self

from msgspec import Struct

from akashchat import tokens
from akashchat.emulation.base import Stage
from akashchat.emulation.length import LengthStage
from akashchat.emulation.meter import MeterStage
from akashchat.emulation.reasoning import ReasoningStage
from akashchat.emulation.stop import StopStage
from akashchat.model.catalogue import Catalogue
from akashchat.model.events import TERMINAL
from akashchat.model.request import Request
from akashchat.upstreams.base import Batch, EventStream, Honour, Opening, Sink, Upstream

_DONE_HERE = {"stop": Honour.GATEWAY, "max_tokens": Honour.GATEWAY}


class EmulationOptions(Struct, frozen=True, kw_only=True):
    """What is done to answers.

    ``split_reasoning`` takes thoughts out of the text; ``thinks_first`` are patterns of model ids whose
    answers begin with thoughts that lack their opening tag.
    """

    split_reasoning: bool = True
    thinks_first: tuple[str, ...] = ()


class Emulated:
    """Adds what the wrapped upstream lacks: stop, max_tokens, the reasoning split, usage."""

    def __init__(self, upstream: Upstream, options: EmulationOptions) -> None:
        self._upstream = upstream
        self._options = options
        self._thinks_first = re.compile("|".join(map(fnmatch.translate, options.thinks_first)) or r"(?!)")
        self.name = upstream.name

    def open(self, request: Request) -> Opening:
        """Begin an answer; see ``upstreams.base``."""
        return Opening(_Staged(self._upstream.open(request), self._stages(request)))

    def honours(self, model: str) -> Mapping[str, Honour]:
        """As the wrapped upstream, and what is done here."""
        return {**_DONE_HERE, **self._upstream.honours(model)}

    async def catalogue(self) -> Catalogue:
        """As the wrapped upstream."""
        return await self._upstream.catalogue()

    def _stages(self, request: Request) -> list[Stage]:
        """What this request needs and the wrapped upstream does not do."""
        native = self._upstream.honours(request.model)
        stages: list[Stage] = []
        stops = request.stop if "stop" not in native else ()
        limit = request.max_tokens if "max_tokens" not in native else None
        if self._options.split_reasoning:
            first = self._thinks_first.match(request.model) is not None
            # Holding an answer back would keep a cut from ending it early.
            hold = not (request.stream or stops or limit)
            stages.append(ReasoningStage(hold=hold, thinks_first=first))
        if stops:
            stages.append(StopStage(stops))
        if limit is not None:
            stages.append(LengthStage(limit))
        stages.append(MeterStage(lambda: tokens.count_request(request)))
        return stages


class _Staged(EventStream):
    """An answer behind stages."""

    __slots__ = ("_feeds", "_opening")

    def __init__(self, opening: Opening, stages: Sequence[Stage]) -> None:
        super().__init__()
        self._opening = opening
        self._feeds = [stage.feed for stage in stages]

    async def __aenter__(self) -> Self:
        await self._opening.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._opening.__aexit__(kind, error, trace)

    async def pour(self, sink: Sink) -> bool:
        """See ``EventStream``."""
        feeds = self._feeds

        def through(batch: Batch) -> bool:
            for feed in feeds:
                batch = feed(batch)
            if not batch:
                return False
            last = batch[-1]
            if isinstance(last, TERMINAL):
                self.end = last
                sink(batch)
                return True
            return sink(batch)

        return await self._opening.pour(through) or self.end is not None
