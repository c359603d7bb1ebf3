"""The second attempt: what was said, what was wrong with it, and please once more."""

import msgspec

from akashchat.model.events import Finish, Usage
from akashchat.model.request import Message, Request, TextPart

_LONGEST_ANSWER = 8_000
"""Of a long answer its beginning must do: the conversation has to fit the model a second time."""


def corrected(request: Request, answer: str, fault: str) -> Request:
    """The same request, with the answer it got and a word on what was wrong with it."""
    said = answer if len(answer) <= _LONGEST_ANSWER else f"{answer[:_LONGEST_ANSWER]} …"
    turns = (
        Message("assistant", (TextPart(said or "(nothing)"),)),
        Message("user", (TextPart(fault),)),
    )
    return msgspec.structs.replace(request, messages=(*request.messages, *turns))


def instructed(request: Request, text: str) -> Request:
    """The same request with one more instruction, behind those it begins with."""
    first = next((i for i, m in enumerate(request.messages) if m.role != "system"), len(request.messages))
    told = Message("system", (TextPart(text),))
    messages = (*request.messages[:first], told, *request.messages[first:])
    return msgspec.structs.replace(request, messages=messages)


class Spent:
    """The tokens of all attempts at one answer."""

    def __init__(self) -> None:
        self._usage: Usage | None = None

    def add(self, finish: Finish) -> None:
        """One attempt is over."""
        if finish.usage is not None:
            self._usage = finish.usage if self._usage is None else self._usage + finish.usage

    def usage(self) -> Usage | None:
        """Their sum; ``None`` while nobody counted."""
        return self._usage
