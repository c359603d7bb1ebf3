"""The wrapper that puts stages behind an upstream."""

import fnmatch
import re
from collections.abc import Mapping

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
from akashchat.upstreams.base import Batches, Honour, Opening, Upstream

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
        self._thinks_first = re.compile("|".join(map(fnmatch.translate, options.thinks_first)) or r"(?!)")
        self.name = upstream.name

    def open(self, request: Request) -> Opening:
        """Begin an answer; see ``upstreams.base``."""
        return Opening(self._answer(request))

    async def _answer(self, request: Request) -> Batches:
        """The wrapped upstream's answer behind the stages; ends after the terminal event, whoever gave it."""
        reasoning = self._reasoning(request)
        stages = _stages(request, reasoning)
        over = False
        async with self._upstream.open(request) as stream:
            async for batch in stream:
                if over:
                    continue  # the upstream's own end is awaited, so that its connection can be reused
                events = batch
                for stage in stages:
                    events = stage.feed(events)
                if not events:
                    continue
                over = type(events[-1]) in TERMINAL
                if over and reasoning is not None and reasoning.unopened is not None:
                    self._learnt[request.model] = reasoning.unopened
                yield events
                if over and type(batch[-1]) not in TERMINAL:
                    return  # cut here: the upstream has more to say, and nobody listens

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
            first = self._thinks_first.match(request.model) is not None
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
