"""The turns of a conversation in Anthropic's form, read.

Consecutive turns of one role are one turn, as with Anthropic.  The results of calls become turns of their own,
before whatever else a user says beside them.
"""

from typing import Literal

from msgspec import Struct, structs

from akashchat.dialects.messages.parts import (
    Block,
    Document,
    Image,
    RedactedThinking,
    SearchResult,
    Text,
    Thinking,
    ToolResult,
    ToolUse,
    parts,
    result,
    shown,
)
from akashchat.errors import BadRequest
from akashchat.model.request import Message, Part, Role, ToolCall
from akashchat.wire import json


class Turn(Struct):
    """One message of a body."""

    role: Literal["user", "assistant", "system"]
    content: str | list[Block]


def system(asked: str | list[Text] | None) -> list[Message]:
    """The instructions, as a turn if there are any."""
    found = parts(asked if asked is None or isinstance(asked, str) else list(asked), "system")
    return [Message("system", found)] if found else []


def messages(turns: list[Turn]) -> list[Message]:
    """The conversation; raises ``BadRequest`` for what cannot be carried."""
    called: dict[str, str] = {}
    found: list[Message] = []
    for i, turn in enumerate(turns):
        for message in _turn(turn, f"messages[{i}]", called):
            if found and message.role == found[-1].role and message.role in ("user", "assistant"):
                found[-1] = _joined(found[-1], message)
            else:
                found.append(message)
    return found


def _joined(first: Message, second: Message) -> Message:
    return structs.replace(first, parts=first.parts + second.parts, calls=first.calls + second.calls)


def _turn(turn: Turn, where: str, called: dict[str, str]) -> list[Message]:
    """One turn; ``called`` remembers which tool a call was for: its result names the call only."""
    if isinstance(turn.content, str):
        return [Message(turn.role, parts(turn.content, where))]
    results: list[Message] = []
    said: list[Part] = []
    calls: list[ToolCall] = []
    for i, block in enumerate(turn.content):
        place = f"{where}.content[{i}]"
        match block:
            case ToolUse(call_id, name, arguments):
                _only("assistant", turn.role, "calls tools", place)
                called[call_id] = name
                calls.append(ToolCall(call_id, name, json.encode(arguments).decode()))
            case ToolResult(call_id):
                _only("user", turn.role, "tells what a call gave", place)
                given = result(block, place)
                results.append(Message("tool", given, name=called.get(call_id, ""), call_id=call_id))
            case Thinking() | RedactedThinking():
                _only("assistant", turn.role, "thinks", place)
            case _:
                said += _said(block, place)
    rest = [Message(turn.role, tuple(said), calls=tuple(calls))] if said or calls or not results else []
    return [*results, *rest]


def _said(block: Block, where: str) -> tuple[Part, ...]:
    if isinstance(block, Text | Image | Document | SearchResult):
        return shown(block, where)
    kind = block.__struct_config__.tag
    raise BadRequest(
        f"a '{kind}' block tells of work that is done at Anthropic; the models here cannot be told of it",
        param=f"{where}.type",
    )


def _only(role: Role, speaker: Role, what: str, where: str) -> None:
    if role != speaker:
        raise BadRequest(f"only the {role} {what}, not '{speaker}'", param=where)


def wants_citations(turns: list[Turn]) -> bool:
    """Whether a document or a search result is to be cited."""
    return any(
        isinstance(block, Document | SearchResult) and block.citations is not None and block.citations.enabled
        for turn in turns
        if not isinstance(turn.content, str)
        for block in turn.content
    )


def is_prefilled(turns: list[Turn]) -> bool:
    """Whether the answer's own beginning is given: the assistant has spoken last, and called nothing."""
    last = turns[-1]
    if last.role != "assistant":
        return False
    return isinstance(last.content, str) or not any(isinstance(block, ToolUse) for block in last.content)
