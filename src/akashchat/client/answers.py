"""An answer as it comes."""

from collections.abc import Callable
from contextlib import aclosing
from typing import Any

from msgspec import Struct

from akashchat.client.failures import Cut, event_value, understood
from akashchat.client.gateway import Gateway

_PATH = "/v1/chat/completions"
_DONE = b"[DONE]"


class Delta(Struct, frozen=True):
    """What is new; thoughts stand in the field that the gateway's settings chose."""

    content: str | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None


class Choice(Struct, frozen=True):
    """The one answer that was asked for."""

    delta: Delta = Delta()
    finish_reason: str | None = None


class Chunk(Struct, frozen=True):
    """What is read of a chunk."""

    choices: list[Choice] = []


class Answer(Struct):
    """As much of an answer as there is; ``waiting`` says what is waited for while there is none."""

    text: str = ""
    thoughts: str = ""
    waiting: str = ""
    finish_reason: str = ""

    def take(self, chunk: Chunk) -> None:
        """Add what a chunk brings."""
        for choice in chunk.choices:
            self.thoughts += choice.delta.reasoning_content or choice.delta.reasoning or ""
            self.text += choice.delta.content or ""
            self.finish_reason = choice.finish_reason or self.finish_reason


async def ask(gateway: Gateway, request: dict[str, Any], answer: Answer, told: Callable[[], None]) -> None:
    """Fill ``answer``, calling ``told`` whenever there is more of it; raises ``Failed``.

    The caller's own answer, so that what came before a failure, or before Ctrl-C, is not lost.
    """
    async with aclosing(gateway.stream(_PATH, request)) as events:
        async for event in events:
            if isinstance(event, str):
                answer.waiting = event
            elif event.data == _DONE:
                return
            else:
                answer.take(understood(event_value(event.data), Chunk))
            told()
    raise Cut("the answer was cut: its end never came")


async def ask_whole(gateway: Gateway, request: dict[str, Any]) -> Any:
    """The whole reply, as the gateway words it; raises ``Failed``."""
    return await gateway.post(_PATH, request)
