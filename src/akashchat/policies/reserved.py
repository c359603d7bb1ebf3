"""An answer within what is set aside for it."""

import asyncio
from types import TracebackType
from typing import Self

import msgspec

from akashchat.model.events import Failure, Finish
from akashchat.model.request import Request
from akashchat.policies.admission import Caller
from akashchat.policies.limits import Hold, Limits
from akashchat.policies.needs import Need, need_of
from akashchat.policies.sent import Sent
from akashchat.upstreams.base import Batch, EventStream, Opened, Sink, Upstream


class Reserved(EventStream):
    """One answer to a caller with an allowance: to be entered, and left, like any other.

    What it may cost is set aside when it is entered.  It is settled before anybody knows that it is over: who asks
    again at once has back what it did not use.
    """

    __slots__ = (
        "_caller",
        "_hold",
        "_limits",
        "_need",
        "_opened",
        "_request",
        "_sent",
        "_stream",
        "_upstream",
    )

    def __init__(self, upstream: Upstream, request: Request, caller: Caller, limits: Limits) -> None:
        super().__init__()
        self._upstream = upstream
        self._request = request
        self._caller = caller
        self._limits = limits
        self._need = Need()
        self._hold: Hold | None = None
        self._opened: Opened | None = None
        self._stream: EventStream | None = None
        self._sent = Sent()

    async def __aenter__(self) -> Self:
        request = await self._reserve()
        try:
            opened = self._upstream.open(request)
            self._stream = await opened.__aenter__()
        except BaseException as error:
            await self._settle(self._unbegun(error))
            raise
        self._opened = opened
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._opened is None:
            return
        try:
            await self._opened.__aexit__(kind, error, trace)
        finally:
            await self._settle(self._cost())

    async def pour(self, sink: Sink) -> bool:
        """See ``EventStream``."""
        keep, stream = self._sent.add, self._stream
        if stream is None:
            raise RuntimeError("an answer must be entered before its events are taken")

        def through(batch: Batch) -> bool:
            keep(batch)
            return sink(batch)

        over = await stream.pour(through)
        self.end = stream.end
        if over:
            await self._settle(self._cost())
        return over

    async def _reserve(self) -> Request:
        """Set aside what it may cost; gives the request, ended where no more was left."""
        request, caller = self._request, self._caller
        if caller.allowance.of_tokens:
            self._need = await need_of(request, self._limits.options)
        hold = self._hold = await self._limits.hold(caller, self._need, request.journey)
        if hold is None or not caller.allowance.of_tokens:
            return request
        request.journey.more = hold.more
        return _bounded(request, self._need.room(hold.tokens))

    async def _settle(self, used: int) -> None:
        self._request.journey.more = None
        if self._hold is not None:
            await self._hold.settle(used)

    def _unbegun(self, error: BaseException) -> int:
        """What it costs when nothing came: nothing where it failed; who left has had it asked for."""
        left = isinstance(error, asyncio.CancelledError) and self._request.journey.attempts
        return self._need.asked if left else 0

    def _cost(self) -> int:
        """What its usage tells; of one that broke off what was asked and what was sent, if anything was."""
        end = self.end
        if isinstance(end, Finish) and end.usage is not None:
            return end.usage.input_tokens + end.usage.output_tokens
        sent = self._sent.tokens()
        return 0 if isinstance(end, Failure) and not sent else self._need.asked + sent


def _bounded(request: Request, room: int) -> Request:
    """The request, with its answers ended after so many tokens."""
    asked = request.max_tokens
    if request.picture is not None or (asked is not None and asked <= room):
        return request
    request.journey.allowed_tokens = room
    if asked is None:
        return msgspec.structs.replace(request, allowed_tokens=room)
    return msgspec.structs.replace(request, max_tokens=room)
