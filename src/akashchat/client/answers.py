"""An answer as it comes."""

from collections.abc import Callable
from contextlib import aclosing
from typing import Any

from msgspec import Struct

from akashchat.client.failures import Cut, Refused, words
from akashchat.client.gateway import Gateway
from akashchat.wire.json import decode_any

_PATH = "/v1/chat/completions"
_DONE = b"[DONE]"


class Answer(Struct):
    """As much of an answer as there is; ``waiting`` says what is waited for while there is none."""

    text: str = ""
    thoughts: str = ""
    waiting: str = ""
    finish_reason: str = ""

    def take(self, chunk: dict[str, Any]) -> None:
        """Add what a chunk brings."""
        for choice in chunk.get("choices", ()):
            delta = choice.get("delta") or {}
            self.thoughts += delta.get("reasoning_content") or delta.get("reasoning") or ""
            self.text += delta.get("content") or ""
            self.finish_reason = choice.get("finish_reason") or self.finish_reason


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
                _take(decode_any(event.data), answer)
            told()
    raise Cut("the answer was cut: its end never came")


async def ask_whole(gateway: Gateway, request: dict[str, Any]) -> Any:
    """The whole reply, as the gateway words it; raises ``Failed``."""
    return await gateway.post(_PATH, request)


def _take(chunk: dict[str, Any], answer: Answer) -> None:
    if why := words(chunk):
        raise Refused(why)
    answer.take(chunk)
