"""What happened, as one frozen fact, and who wants to know."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol, TypeAlias

from msgspec import Struct

from akashchat.errors import GatewayError
from akashchat.model.events import FinishReason, Usage
from akashchat.model.journey import Attempt
from akashchat.model.request import Request
from akashchat.model.trace import Trace


class Words(Struct, frozen=True):
    """What was asked, as the caller sent it, and what was answered; both cut to what is kept."""

    request: bytes
    answer: str


class Outcome(Struct, frozen=True, kw_only=True):
    """One answer, when it is over.

    ``model`` is as asked, ``true_model`` who answers under that name.  ``upstream`` is the last one that was
    asked, empty when none was; ``attempts`` are all of them, ``rescues`` how often the answer was cut and gone on with.
    Times are seconds; ``first_event_s`` is ``None`` when nothing came.  Exactly one of ``finish_reason``
    and ``error`` is set, or neither when the caller left.

    ``operation`` is GenAI's word for what was done; of what is only forwarded it is the endpoint.  ``key`` is the id of
    an issued key, ``at`` when it began, in seconds since the epoch.  ``words`` are there only where they are kept.
    ``ended`` is a moment as those of the attempts are, monotonic.  ``waited_s`` it waited for its turn; ``before_s``
    is what else it took until an upstream was asked, from when the request came.  ``request`` is there where its
    trace is recorded; who looks at it lets go of it.
    """

    request_id: str
    dialect: str
    caller: str
    user: str
    model: str
    upstream: str
    stream: bool
    duration_s: float
    true_model: str = ""
    attempts: tuple[Attempt, ...] = ()
    rescues: int = 0
    first_event_s: float | None = None
    usage: Usage | None = None
    finish_reason: FinishReason | None = None
    error: GatewayError | None = None
    operation: str = "chat"
    key: str = ""
    at: float = 0.0
    words: Words | None = None
    ended: float = 0.0
    waited_s: float = 0.0
    before_s: float | None = None
    trace: Trace | None = None
    request: Request | None = None

    @property
    def after_s(self) -> float | None:
        """How long the first event took from the upstream's mouth to the caller's ear; ``None`` where none came so far.

        What is looked at before it is passed on, for calls or thoughts, is held back so long.
        """
        last = self.attempts[-1] if self.attempts else None
        if last is None or not last.heard or self.first_event_s is None or self.rescues:
            return None
        return self.ended - self.duration_s + self.first_event_s - last.heard


class Visit(Struct, frozen=True, kw_only=True):
    """One HTTP request, when its response is over, whatever was asked.

    ``route`` is the path as it is written down, with names in braces for what differs, or empty where there is none.
    ``status`` is 0 where the caller left before there was one.  ``ended`` is monotonic.  ``caller`` is who asked, where
    that was found out.
    """

    request_id: str
    method: str
    path: str
    route: str
    status: int
    duration_s: float
    ended: float
    scheme: str = "http"
    version: str = "1.1"
    server: tuple[str, int] | None = None
    client: tuple[str, int] | None = None
    user_agent: str = ""
    caller: str = ""
    trace: Trace | None = None


class Observer(Protocol):
    """Someone who wants to know; must neither wait nor raise."""

    def observe(self, outcome: Outcome) -> None:
        """An answer is over."""
        ...


Told: TypeAlias = Mapping[str, Any]
"""What is told of something that happened, as JSON."""


class Ear(Protocol):
    """Who hears of what happens."""

    async def next(self) -> tuple[Sequence[Told], int]:
        """What happened since, and how much was missed behind it; nothing once it is closed."""
        ...

    def close(self) -> None:
        """Hear no more; may be called from where the other one waits."""
        ...


class Feed(Protocol):
    """Where what happens is heard of."""

    def listen(self) -> AbstractAsyncContextManager[Ear]:
        """Hear of everything from now on."""
        ...
