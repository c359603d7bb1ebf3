"""Answers that go on where they were cut.

What a caller has of a stream cannot be taken back: it is continued, where that can be done honestly, by
``policies.continued``.  A reply that nobody has seen yet is asked for anew, whatever it is, and nothing is joined.
"""

from akashchat.errors import GatewayError
from akashchat.model.events import Failure, Finish, ImageReady
from akashchat.model.request import Request
from akashchat.policies.base import Wrapper
from akashchat.policies.continued import Continued
from akashchat.policies.lifeline import Lifeline
from akashchat.upstreams.base import Batch, Opened, Sink


class Rescued(Wrapper):
    """Asks the wrapped upstream again where an answer of its was cut; that one sees to it that another is asked."""

    def open(self, request: Request) -> Opened:
        """Begin an answer; see ``upstreams.base``."""
        if request.picture is not None:
            return self._upstream.open(request)
        if not request.stream:
            return _Whole(self._upstream, request)
        if request.output is not None:
            return self._upstream.open(request)
        return Continued(self._upstream, request)


class _Whole(Lifeline):
    """An answer that is held until it is whole."""

    __slots__ = ()

    async def pour(self, sink: Sink) -> bool:
        """See ``EventStream``; all that came is one batch."""
        while self.end is None:
            while not await self._stream.pour(self._keep):
                pass
            end = self._stream.end
            if isinstance(end, Failure) and await self._anew(end):
                continue
            batch = self._sent[self._since :]
            if isinstance(end, Finish):
                batch[-1] = end = self._summed(end)
            self.end = end
            sink(batch)
        return True

    def _keep(self, batch: Batch) -> bool:
        self._sent.extend(batch)
        return False

    async def _anew(self, failure: Failure) -> bool:
        """Ask anew; give whether another answer has begun."""
        events = self._sent
        if not self._rescuable(failure.error) or any(isinstance(event, ImageReady) for event in events):
            return False
        await self._leave()
        try:
            await self._enter(self._request)
        except GatewayError:
            self._sent = [failure]
            self._since = 0
            return False
        self._request.journey.rescues += 1
        return True
