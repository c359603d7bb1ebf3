"""The wrapper that puts stages behind an upstream."""

import fnmatch
import re
from collections.abc import Mapping

from msgspec import Struct

from akashchat import tokens
from akashchat.emulation.base import Stage, Staged
from akashchat.emulation.length import LengthStage
from akashchat.emulation.meter import MeterStage
from akashchat.emulation.reasoning import ReasoningStage
from akashchat.emulation.stop import StopStage
from akashchat.model.catalogue import Catalogue
from akashchat.model.request import Request
from akashchat.upstreams.base import Honour, Opening, Upstream

_DONE_HERE = {"stop": Honour.GATEWAY, "max_tokens": Honour.GATEWAY}
_FORMS = ("tools", "tool_choice", "parallel_tool_calls", "response_format")


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
        return Opening(Staged(self._upstream.open(request), self._stages(request)))

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
