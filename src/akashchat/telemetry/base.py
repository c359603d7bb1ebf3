"""What happened, as one frozen fact, and who wants to know."""

from typing import Protocol

from msgspec import Struct

from akashchat.errors import GatewayError
from akashchat.model.events import FinishReason, Usage
from akashchat.model.journey import Attempt


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


class Observer(Protocol):
    """Someone who wants to know; must neither wait nor raise."""

    def observe(self, outcome: Outcome) -> None:
        """An answer is over."""
        ...
