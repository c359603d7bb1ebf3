"""A stream that goes on where it was cut.

Whoever answers next is asked for the rest, and the rest follows; but only behind a seam that is certain
(``policies.seam``), and only where there is nothing but text: calls and pictures are never joined together.  Where it
cannot be done the stream ends with the failure that cut it.
"""

import enum
from collections.abc import Iterable
from typing import Final

import msgspec

from akashchat import tokens
from akashchat.errors import AnswerCut, GatewayError
from akashchat.model.events import (
    TERMINAL,
    Event,
    Failure,
    Finish,
    FinishReason,
    Progress,
    ReasoningDelta,
    TextDelta,
)
from akashchat.model.request import Message, Request, TextPart
from akashchat.policies.lifeline import Lifeline, written
from akashchat.policies.seam import Seam, anchor_of
from akashchat.upstreams.base import Batch, Sink, Upstream

_GO_ON: Final = (
    "Your answer above was cut off on its way. Go on with it from where it stops, in its own language and form. "
    "So that the two parts can be joined, begin by repeating its last words, to the letter: «{anchor}» "
    "Then, without a break, write what comes next. Write nothing else: no remark, no apology, no quotation marks around "
    "the repeated words."
)
_NO_SEAM: Final = "what followed did not fit the answer that had been cut"


class _Phase(enum.Enum):
    """Where a stream stands: events flow, or it is cut and somebody must be asked, or the seam is looked for."""

    FLOWING = enum.auto()
    CUT = enum.auto()
    JOINING = enum.auto()


class Continued(Lifeline):
    """One stream, of one answer or of several."""

    __slots__ = ("_enough", "_failure", "_phase", "_seam", "_thinking")

    def __init__(self, upstream: Upstream, request: Request) -> None:
        super().__init__(upstream, request)
        self._phase = _Phase.FLOWING
        self._failure: Failure | None = None
        """What cut the stream last."""
        self._seam: Seam | None = None
        """Where the answer under way goes on; the first one has none."""
        self._thinking = True
        """Whether thoughts are still handed on."""
        self._enough = False
        """Whether the sink wants no more of what came before the cut."""

    async def pour(self, sink: Sink) -> bool:
        """See ``EventStream``."""
        while self.end is None:
            if self._interrupted:
                await self._go_on(sink)
                continue
            await self._stream.pour(self._through(sink))
            if self._enough or not self._interrupted:
                self._enough = False
                break
        return self.end is not None

    @property
    def _interrupted(self) -> bool:
        return self._phase is _Phase.CUT

    def _through(self, sink: Sink) -> Sink:
        """What the events of the answer under way go through; of the first one, all but its end untouched."""
        keep, hand_on, seam = self._sent.extend, self._hand_on, self._seam
        if seam is None:

            def first(batch: Batch) -> bool:
                if type(batch[-1]) is TextDelta:
                    keep(batch)
                    return sink(batch)
                return hand_on(batch, sink)

            return first

        def later(batch: Batch) -> bool:
            events = self._behind(seam, batch)
            return hand_on(events, sink) if events else seam.lost

        return later

    def _hand_on(self, batch: Batch, sink: Sink) -> bool:
        """Hand on a batch, all but an end that is a cut."""
        end = batch[-1]
        if isinstance(end, TERMINAL):
            if self._cuts(end, batch):
                return self._cut(end, batch[:-1], sink)
            if self._spent is not None and isinstance(end, Finish):
                end = self._summed(end)
                batch = [*batch[:-1], end]
            self.end = end
        else:
            self._sent.extend(batch)
        return sink(batch)

    def _cuts(self, end: Finish | Failure, batch: Batch) -> bool:
        """Whether the stream may go on behind this end of an answer."""
        if isinstance(end, Failure):
            return self._rescuable(end.error) and _joinable(self._sent) and _joinable(batch[:-1])
        if self._seam is None or end.reason is not FinishReason.LENGTH:
            return False
        # Room was left for the anchor and no more, so this is our own limit and not the caller's.
        return self._seam.repeated_more and self._is_bounded

    def _cut(self, end: Finish | Failure, before: Batch, sink: Sink) -> bool:
        """The answer under way is over, and the stream is not."""
        self._phase = _Phase.CUT
        if isinstance(end, Failure):
            self._failure = end
        self._sent.extend(before)
        self._enough = bool(before) and sink(before)
        return True

    async def _go_on(self, sink: Sink) -> None:
        """Ask for the rest; where nobody can be asked any more, end with the failure."""
        failure = self._failure
        if failure is None or (self._rescues > 0 and await self._ask()):
            return
        self.end = failure
        sink([failure])

    async def _ask(self) -> bool:
        """Ask for the rest; give whether an answer has begun."""
        await self._leave(self._seam.read() if self._seam else "")
        said = "".join([event.text for event in self._sent if isinstance(event, TextDelta)])
        self._thinking = not written(self._sent)
        anchor = anchor_of(said)
        try:
            await self._enter(self._continued(said, anchor) if anchor else self._request)
        except GatewayError:
            return False
        self._seam = Seam(said, anchor)
        self._phase = _Phase.JOINING
        return True

    def _continued(self, said: str, anchor: str) -> Request:
        """The request, with the answer so far, and to go on with it; without an anchor all is asked anew."""
        request, said_tokens, room = self._request, 0, tokens.count(anchor)
        if self._is_bounded:
            said_tokens = tokens.count(written(self._sent))

        def rest(limit: int | None) -> int | None:
            return None if limit is None else max(1, limit - said_tokens) + room

        turns = (
            Message("assistant", (TextPart(said),)),
            Message("user", (TextPart(_GO_ON.format(anchor=anchor)),)),
        )
        return msgspec.structs.replace(
            request,
            messages=(*request.messages, *turns),
            max_tokens=rest(request.max_tokens),
            allowed_tokens=rest(request.allowed_tokens),
        )

    @property
    def _is_bounded(self) -> bool:
        """Whether an answer is cut at a number of tokens."""
        return (self._asked.max_tokens, self._asked.allowed_tokens) != (None, None)

    def _behind(self, seam: Seam, batch: Batch) -> list[Event]:
        """What of a later answer stands behind the seam; where there is none the answer is given up."""
        events: list[Event] = []
        for event in batch:
            match event:
                case TextDelta(text):
                    if rest := seam.feed(text):
                        events.append(TextDelta(rest))
                case ReasoningDelta():
                    if self._thinking:
                        events.append(event)
                case Progress():
                    events.append(event)
                case _:
                    seam.lost = not seam.joined
                    events.append(event)
            if seam.lost:
                self._lose()
                return []
            if seam.joined and self._phase is _Phase.JOINING:
                self._join()
        return events

    def _join(self) -> None:
        """The seam is found."""
        self._phase = _Phase.FLOWING
        journey = self._request.journey
        journey.rescues += 1
        attempt = journey.last
        journey.tell(f"the answer was cut; {attempt.upstream if attempt else 'another'} goes on with it")

    def _lose(self) -> None:
        """There is no seam: whoever answered is asked last from now on."""
        self._phase = _Phase.CUT
        attempt = self._request.journey.last
        if attempt is not None and attempt.error is None:
            attempt.error = AnswerCut(_NO_SEAM)


def _joinable(events: Iterable[Event]) -> bool:
    """Whether there is nothing but text, thoughts, and words to whoever waits."""
    return all(isinstance(event, TextDelta | ReasoningDelta | Progress) for event in events)
