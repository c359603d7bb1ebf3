"""The wrapper that puts stages and forms behind an upstream."""

import fnmatch
import functools
import re
from collections.abc import Mapping

from msgspec import Struct

from akashchat import tokens
from akashchat.clock import Chance, SystemChance
from akashchat.emulation.base import Stage, Staged, StagedAnswer
from akashchat.emulation.formed import Form, Formed
from akashchat.emulation.length import LengthStage
from akashchat.emulation.meter import MeterStage
from akashchat.emulation.output import OutputForm
from akashchat.emulation.reasoning import ReasoningStage
from akashchat.emulation.stop import StopStage
from akashchat.emulation.tools.form import ToolForm
from akashchat.model.request import Request
from akashchat.upstreams.base import Honour, Opened, Opening, Parts, Upstream, Wrapper, Written

_DONE_HERE = dict.fromkeys(
    ("stop", "max_tokens", "tools", "tool_choice", "parallel_tool_calls", "response_format"), Honour.GATEWAY
)


class EmulationOptions(Struct, frozen=True, kw_only=True):
    """What is done to answers.

    ``split_reasoning`` takes thoughts out of the text; ``thinks_first`` are patterns of model ids whose
    answers begin with thoughts that lack their opening tag.
    """

    split_reasoning: bool = True
    thinks_first: tuple[str, ...] = ()


class Emulated(Wrapper):
    """Adds what the wrapped upstream lacks: tools, output formats, stop, max_tokens, thoughts, usage."""

    def __init__(self, upstream: Upstream, options: EmulationOptions, chance: Chance | None = None) -> None:
        super().__init__(upstream)
        self._stages = _Stages(options)
        self._token = (chance or SystemChance()).token

    def open(self, request: Request) -> Opened:
        """Begin an answer; see ``upstreams.base``."""
        native = self._upstream.honours(request.model) if _asks(request) else {}
        if (_calls(request) and "tools" not in native) or (
            request.output and "response_format" not in native
        ):
            return Opening(Written(self._formed(request, native)))
        return StagedAnswer(self._upstream.open(request), self._stages.all(request, native))

    def honours(self, model: str) -> Mapping[str, Honour]:
        """As the wrapped upstream, and what is done here."""
        return {**_DONE_HERE, **self._upstream.honours(model)}

    async def _formed(self, request: Request, native: Mapping[str, Honour]) -> Parts:
        """An answer in a form.

        Thoughts are taken out before a form sees the text, and the limit counts each attempt as the model
        wrote it, so that it ends there.  A stop is looked for in what the caller sees.
        """
        attempts: Upstream = _Attempts(self._upstream, self._stages, request, native)
        if "tools" not in native:
            attempts = Formed(attempts, self._tool_form)
        if "response_format" not in native:
            attempts = Formed(attempts, _output_form)
        stops = _stops(request, native)
        stages: list[Stage] = [StopStage(stops)] if stops else []
        stages.append(MeterStage(lambda: tokens.count_request(request)))
        async with Staged(attempts.open(request), stages) as answer:
            yield answer

    def _tool_form(self, request: Request) -> Form | None:
        return ToolForm(request, self._token) if _calls(request) else None


class _Stages:
    """Which stages a request needs for what the wrapped upstream does not do."""

    def __init__(self, options: EmulationOptions) -> None:
        self._split = options.split_reasoning
        patterns = re.compile("|".join(map(fnmatch.translate, options.thinks_first)) or r"(?!)")
        self._thinks_first = functools.lru_cache(maxsize=256)(lambda model: patterns.match(model) is not None)

    def all(self, request: Request, native: Mapping[str, Honour]) -> list[Stage]:
        """Those of an answer that needs no form."""
        stages = self.thoughts(request, native)
        if stops := _stops(request, native):
            stages.append(StopStage(stops))
        if (limit := _limit(request, native)) is not None:
            stages.append(LengthStage(limit))
        stages.append(MeterStage(lambda: tokens.count_request(request)))
        return stages

    def thoughts(
        self, request: Request, native: Mapping[str, Honour], *, in_lines: bool = False
    ) -> list[Stage]:
        """What takes thoughts out of the text."""
        if not self._split:
            return []
        first = self._thinks_first(request.model)
        # Holding an answer back would keep a cut from ending it early.
        hold = not (request.stream or _stops(request, native) or _limit(request, native))
        return [ReasoningStage(hold=hold, thinks_first=first, in_lines=in_lines)]


class _Attempts(Wrapper):
    """The wrapped upstream as a form sees it: thoughts split off, cut at the limit, with usage."""

    def __init__(
        self, upstream: Upstream, stages: _Stages, asked: Request, native: Mapping[str, Honour]
    ) -> None:
        super().__init__(upstream)
        self._stages = stages
        self._asked = asked
        self._native = native
        self._first: Request | None = None

    def open(self, request: Request) -> Opened:
        """Begin an attempt."""
        self._first = self._first or request
        stages = self._stages.thoughts(self._asked, self._native, in_lines=True)
        if (limit := _limit(request, self._native)) is not None:
            stages.append(LengthStage(limit))
        stages.append(MeterStage(lambda: self._count(request)))
        return StagedAnswer(self._upstream.open(request), stages)

    def _count(self, request: Request) -> int:
        """Tokens as the caller would count them; of a later attempt also what was added to it."""
        asked = tokens.count_request(self._asked)
        if request is self._first or self._first is None:
            return asked
        return asked + tokens.count_request(request) - tokens.count_request(self._first)


def _asks(request: Request) -> bool:
    """Whether anything is asked that may be done here; most requests ask for none of it."""
    limited = request.max_tokens is not None
    return bool(limited or request.stop or request.tools or request.output is not None)


def _calls(request: Request) -> bool:
    """Whether tools are to be offered; what looks like a call where none are is text."""
    return bool(request.tools) and request.tool_choice.mode != "none"


def _output_form(request: Request) -> Form | None:
    return OutputForm(request, request.output) if request.output is not None else None


def _stops(request: Request, native: Mapping[str, Honour]) -> tuple[str, ...]:
    return request.stop if "stop" not in native else ()


def _limit(request: Request, native: Mapping[str, Honour]) -> int | None:
    """Where the answer is cut: upstreams keep what was asked for, and know nothing of what is allowed."""
    asked = request.max_tokens if "max_tokens" not in native else None
    return min((limit for limit in (asked, request.allowed_tokens) if limit is not None), default=None)
