"""The wrapper that gives answers a form: asks for it, watches over it, and asks once more where it failed."""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeAlias

from akashchat import tokens
from akashchat.emulation.base import Staged
from akashchat.errors import CallerError, GatewayError
from akashchat.model.again import affordable
from akashchat.model.events import Event
from akashchat.model.request import Request
from akashchat.upstreams.base import (
    Batch,
    EventStream,
    Opened,
    Opening,
    Parts,
    Sink,
    Upstream,
    Wrapper,
    Written,
)


class Form(Protocol):
    """One answer's form: a stage that may withhold the ``Finish`` of an answer that does not have it.

    Then ``again`` is asked for, and the events of another answer come through the same form.  Once that has
    failed too, a form ends the answer with a ``Failure``.
    """

    @property
    def request(self) -> Request:
        """What to ask the wrapped upstream."""
        ...

    def feed(self, events: Sequence[Event]) -> Sequence[Event]:
        """See ``Stage``."""
        ...

    def failure(self) -> GatewayError:
        """What is wrong with an answer whose end was withheld."""
        ...

    def again(self) -> Request:
        """What to ask after it."""
        ...


FormOf: TypeAlias = Callable[[Request], Form | None]
"""The form a request asks for, if it does."""


class Formed(Wrapper):
    """Answers in a form."""

    def __init__(self, upstream: Upstream, form_of: FormOf) -> None:
        super().__init__(upstream)
        self._form_of = form_of

    def open(self, request: Request) -> Opened:
        """Begin an answer; see ``upstreams.base``."""
        form = self._form_of(request)
        return self._upstream.open(request) if form is None else Opening(Written(self._answer(form)))

    async def _answer(self, form: Form) -> Parts:
        async with Staged(self._upstream.open(form.request), [form]) as answer:
            yield _Paused(answer)
        failed, request = form.failure(), form.again()
        if request.journey.more is not None:
            afforded = await affordable(request, _cost(form.request, request))
            if afforded is None:
                raise failed
            request = afforded
        try:
            async with Staged(self._upstream.open(request), [form]) as answer:
                yield answer
        except CallerError:  # what we added is too much, and that is not the caller's fault
            raise failed from None


def _cost(before: Request, again: Request) -> int:
    """The tokens of a second attempt that nobody had thought of: all that is asked, and the answer that was spent."""
    asked = tokens.count_request(again)
    return asked + asked - tokens.count_request(before)


class _Paused(EventStream):
    """An answer that something may follow: when its last batch was one too many, that comes later."""

    __slots__ = ("_answer", "_over")

    def __init__(self, answer: EventStream) -> None:
        super().__init__()
        self._answer = answer
        self._over = False

    async def pour(self, sink: Sink) -> bool:
        """See ``EventStream``."""
        if self._over:
            return True
        enough = False

        def watched(batch: Batch) -> bool:
            nonlocal enough
            enough = sink(batch)
            return enough

        self._over = await self._answer.pour(watched)
        self.end = self._answer.end
        return self._over and (self.end is not None or not enough)
