"""An answer, as the events it is made of.

    answers := answer | ( Choice(i, event) )* ( Finish | Failure )
    answer  := ( TextDelta | ReasoningDelta | Progress | ImageReady | call )* ( Finish | Failure )
    call    := ToolCallStart(id) ToolCallDelta(same id)*          -- calls never interleave

Exactly one terminal event, nothing after it.  When several answers to one request were asked for, each
event comes wrapped in a ``Choice``; the events of one index are themselves an answer, and the terminal
event that follows them all carries their summed usage.

The vocabulary is closed: do not subclass these, every ``match`` over them is meant to be exhaustive.
"""

import enum
from typing import TypeAlias

from msgspec import Struct

from akashchat.errors import GatewayError


class FinishReason(enum.StrEnum):
    """Why an answer is over."""

    STOP = "stop"
    LENGTH = "length"
    TOOL_CALLS = "tool_calls"
    CONTENT_FILTER = "content_filter"


class Usage(Struct, frozen=True):
    """Tokens of one answer; ``estimated`` when we counted them because the upstream did not.

    ``reasoning_tokens`` are those of the output that are thoughts, 0 also where nobody told them apart.
    """

    input_tokens: int
    output_tokens: int
    estimated: bool = False
    reasoning_tokens: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.estimated or other.estimated,
            self.reasoning_tokens + other.reasoning_tokens,
        )


class TextDelta(Struct, frozen=True, gc=False):
    """More of the answer's text; never holds half a surrogate pair."""

    text: str


class ReasoningDelta(Struct, frozen=True, gc=False):
    """More of the model's thoughts."""

    text: str


class Progress(Struct, frozen=True):
    """A word to whoever waits: not part of the answer, and lost when nobody listens."""

    message: str


MAX_PICTURE_BYTES = 32 * 1024 * 1024
"""No picture is larger; what is, is not one."""


class ImageReady(Struct, frozen=True):
    """A picture.

    ``name`` is the file's name at the upstream, empty when the upstream gave only bytes; ``data`` the
    bytes, empty unless they were asked for or are all there is; ``prompt`` the text really drawn from.
    """

    name: str
    media_type: str
    job_id: str
    prompt: str
    data: bytes = b""


class ToolCallStart(Struct, frozen=True):
    """A call begins."""

    id: str
    name: str


class ToolCallDelta(Struct, frozen=True):
    """More of a call's arguments, as JSON text."""

    id: str
    arguments: str


class Finish(Struct, frozen=True):
    """The answer is complete; ``stopped_by`` is the stop sequence that ended it, if one did."""

    reason: FinishReason
    usage: Usage | None = None
    stopped_by: str = ""


class Failure(Struct, frozen=True):
    """The answer is over and not complete."""

    error: GatewayError


Single: TypeAlias = (
    TextDelta | ReasoningDelta | Progress | ImageReady | ToolCallStart | ToolCallDelta | Finish | Failure
)


TERMINAL = (Finish, Failure)
"""The types of which exactly one ends every answer."""


class Choice(Struct, frozen=True):
    """An event of one answer among several."""

    index: int
    event: Single


Event: TypeAlias = Single | Choice
