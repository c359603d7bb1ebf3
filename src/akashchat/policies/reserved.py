"""An answer within what is reserved for it."""

import asyncio
from types import TracebackType
from typing import Self

import msgspec

from akashchat.model.events import Finish
from akashchat.model.request import Request
from akashchat.policies.admission import Caller
from akashchat.policies.limits import Hold, LimitOptions, Limits
from akashchat.policies.needs import Need, need_of, with_margin
from akashchat.policies.sent import Sent
from akashchat.upstreams.base import Batch, EventStream, Opened, Sink, Upstream


class Within:
    """The limits, before an upstream."""

    def __init__(self, upstream: Upstream, limits: Limits, options: LimitOptions) -> None:
        self.upstream = upstream
        self.limits = limits
        self.options = options

    def open(self, request: Request, caller: Caller) -> Opened:
        """An answer of the upstream, as long as the caller's allowance lets it be; see ``upstreams.base``."""
        return _Reserved(self, request, caller)


class _Reserved(EventStream):
    """One answer: reserved when it is entered, settled at its end, before anybody knows that it is over."""

    __slots__ = ("_caller", "_hold", "_need", "_opened", "_request", "_sent", "_stream", "_within")

    def __init__(self, within: Within, request: Request, caller: Caller) -> None:
        super().__init__()
        self._within = within
        self._request = request
        self._caller = caller
        self._need = Need()
        self._hold: Hold | None = None
        self._opened: Opened | None = None
        self._stream: EventStream | None = None
        self._sent = Sent()

    async def __aenter__(self) -> Self:
        request = await self._reserve()
        try:
            opened = self._within.upstream.open(request)
            self._stream = await opened.__aenter__()
            self._opened = opened
        except BaseException as error:
            await self._settle(self._unbegun(error))
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if self._opened is not None:
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
