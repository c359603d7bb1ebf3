"""An answer that is asked for again where it fails: what streams and whole replies have in common."""

from collections.abc import Iterable
from types import TracebackType
from typing import Final, Self

from akashchat import tokens
from akashchat.errors import (
    AnswerOverdue,
    GatewayError,
    ImageFailed,
    ImageTimeout,
    InvalidOutput,
    InvalidToolCall,
    LimitReached,
    RateLimited,
    UpstreamError,
)
from akashchat.model.again import affordable
from akashchat.model.events import Event, Finish, ReasoningDelta, TextDelta, ToolCallDelta, Usage
from akashchat.model.request import Request
from akashchat.upstreams.base import EventStream, Opened, Upstream

_MOST_RESCUES: Final = 2
_NO_CUT = (AnswerOverdue, InvalidToolCall, InvalidOutput, ImageFailed, ImageTimeout)
"""The model, not the line, is at fault, and it was asked twice already or has been at it for as long as it may."""


class Lifeline(EventStream):
    """One request, and the answer under way; entering and leaving it enters and leaves that answer."""

    __slots__ = (
        "_asked",
        "_opened",
        "_request",
        "_rescues",
        "_sent",
        "_since",
        "_spent",
        "_stream",
        "_upstream",
    )

    def __init__(self, upstream: Upstream, request: Request) -> None:
        super().__init__()
        self._upstream = upstream
        self._request = request
        self._asked = request
        self._opened: Opened | None = None
        self._rescues = _MOST_RESCUES
        self._sent: list[Event] = []
        """All that came, of all answers."""
        self._since = 0
        """Where in it the answer under way begins."""
        self._spent: Usage | None = None

    async def __aenter__(self) -> Self:
        opened = self._upstream.open(self._request)
        self._stream = await opened.__aenter__()
        self._opened = opened
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._opened is not None:
            await self._opened.__aexit__(kind, error, trace)

    async def _enter(self, request: Request) -> None:
        """Begin another answer; raises what prevents it."""
        request = await self._afforded(request)
        opened = self._upstream.open(request)
        self._stream = await opened.__aenter__()
        self._opened = opened
        self._asked = request

    async def _leave(self, unused: str = "") -> None:
        """Close the answer that failed, and count what it has cost, with what was read of it and not used."""
        self._rescues -= 1
        opened, self._opened = self._opened, None
        if opened is not None:
            await opened.__aexit__(None, None, None)
        said = written(self._sent[self._since :]) + unused
        self._since = len(self._sent)
        asked = await tokens.counted(tokens.portions(self._asked))
        spent = Usage(asked, tokens.count(said), estimated=True)
        self._spent = spent if self._spent is None else self._spent + spent

    async def _afforded(self, request: Request) -> Request:
        """What is asked, so that the caller can pay for it beside what failed; raises where nothing can be.

        A rest has less room by what was said; asked anew, an answer has as much as the first.
        """
        if request.journey.more is None:
            return request
        said = self._spent.output_tokens if self._spent and request is self._request else 0
        afforded = await affordable(request, said + await tokens.counted(tokens.portions(request)))
        if afforded is None:
            raise LimitReached("there is not enough left to ask again")
        return afforded

    def _rescuable(self, error: GatewayError) -> bool:
        """Whether the answer was cut by what another one may be spared."""
        cut = isinstance(error, UpstreamError | RateLimited) and not isinstance(error, _NO_CUT)
        return cut and error.try_elsewhere and self._rescues > 0

    def _summed(self, end: Finish) -> Finish:
        """The end, with what all answers have cost."""
        if self._spent is None:
            return end
        return Finish(end.reason, self._spent + (end.usage or Usage(0, 0)), end.stopped_by)


def written(events: Iterable[Event]) -> str:
    """What a model wrote: thoughts, text and calls."""
    return "".join(
        event.arguments if isinstance(event, ToolCallDelta) else event.text
        for event in events
        if isinstance(event, TextDelta | ReasoningDelta | ToolCallDelta)
    )
