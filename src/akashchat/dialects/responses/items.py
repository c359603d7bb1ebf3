"""Input items, read into turns.

One turn of the assistant's may be many items: what it said and each of its calls.  Items that say nothing to a
model here (thoughts, calls of tools that ran at OpenAI) are left out; of the latter one is told.
https://platform.openai.com/docs/api-reference/responses/create
"""

import base64
import binascii
from collections.abc import Callable
from typing import Any, Literal, TypeAlias

from msgspec import Struct

from akashchat.dialects.responses.local import LOCAL
from akashchat.dialects.responses.parts import ContentPart, parts
from akashchat.dialects.responses.tools import full_name
from akashchat.errors import BadRequest
from akashchat.model.request import Message, Part, Role, TextPart, ToolCall
from akashchat.wire import json

Item: TypeAlias = dict[str, Any]

_COMPACTED = "akashchat-summary:"
_SUMMARY = "Summary of the conversation so far, which it replaces:\n\n"


class _Message(Struct):
    role: Literal["user", "assistant", "system", "developer"]
    content: str | list[ContentPart] | None = None


class _FunctionCall(Struct):
    name: str
    arguments: str
    call_id: str
    namespace: str | None = None


class _CustomCall(Struct):
    name: str
    input: str
    call_id: str
    namespace: str | None = None


class _Output(Struct):
    call_id: str
    output: str | list[ContentPart] | None = None


class _LocalCall(Struct):
    id: str | None = None
    call_id: str | None = None
    action: dict[str, Any] | None = None
    operation: dict[str, Any] | None = None


class _LocalOutput(Struct):
    id: str | None = None
    call_id: str | None = None
    output: Any = None
    status: str | None = None


class _Compaction(Struct):
    encrypted_content: str


class _Reference(Struct):
    id: str


_ROLES: dict[str, Role] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
}


class Turns:
    """Items in, turns out."""

    def __init__(self) -> None:
        self.ignored: dict[str, None] = {}
        self.tools: list[Item] = []
        """Tools that came as an item."""
        self._messages: list[Message] = []
        self._said: tuple[Part, ...] = ()
        self._calls: list[ToolCall] = []
        self._speaking = False
        self._called: dict[str, str] = {}
        self._compacted = False

    def messages(self) -> tuple[Message, ...]:
        """All turns."""
        self._close()
        return tuple(self._messages)

    def add(self, item: Item, where: str) -> None:
        """Take an item in; raises ``BadRequest``."""
        kind = item_type(item)
        read = _ITEMS.get(kind)
        if read is not None:
            read(self, item, where)
        elif kind not in _LEFT_OUT:
            self.ignored[f"input[{kind}]"] = None

    def say(self, item: Item, where: str) -> None:
        """A message."""
        read = json.shaped(item, _Message, where)
        found = parts(read.content, f"{where}.content")
        self._close()
        if read.role == "assistant":
            self._said, self._speaking = found, True
        else:
            self._messages.append(Message(_ROLES[read.role], found))

    def call(self, item: Item, where: str) -> None:
        """A call of a function."""
        read = json.shaped(item, _FunctionCall, where)
        self._call(read.call_id, full_name(read.name, read.namespace or ""), read.arguments)

    def call_custom(self, item: Item, where: str) -> None:
        """A call of a tool whose input is a text."""
        read = json.shaped(item, _CustomCall, where)
        self._call(read.call_id, full_name(read.name, read.namespace or ""), read.input)

    def call_local(self, item: Item, where: str) -> None:
        """A call of a shell or of a patch."""
        read = json.shaped(item, _LocalCall, where)
        name = next(name for name, local in LOCAL.items() if local.item == item["type"])
        does = {
            key: value for key, value in (read.action or read.operation or {}).items() if value is not None
        }
        if read.action is not None:
            does.pop("type", None)
        self._call(read.call_id or read.id or "", name, json.encode(does).decode())

    def answer(self, item: Item, where: str) -> None:
        """What a call gave."""
        read = json.shaped(item, _Output, where)
        self._check(read.call_id, where)
        self._answer(read.call_id, parts(read.output, f"{where}.output"))

    def answer_local(self, item: Item, where: str) -> None:
        """What a shell or a patch gave."""
        read = json.shaped(item, _LocalOutput, where)
        if read.call_id is not None:
            self._check(read.call_id, where)
        output = read.output if read.output is not None else read.status or ""
        text = output if isinstance(output, str) else json.encode(output).decode()
        self._answer(read.call_id or read.id or "", (TextPart(text),))

    def compacted(self, item: Item, where: str) -> None:
        """What ``compact`` made of earlier turns."""
        read = json.shaped(item, _Compaction, where)
        self._close()
        self._compacted = True
        text = _SUMMARY + summary_of(read.encrypted_content, f"{where}.encrypted_content")
        self._messages.append(Message("user", (TextPart(text),)))

    def more_tools(self, item: Item, where: str) -> None:
        """Tools."""
        tools = item.get("tools")
        if not isinstance(tools, list) or not all(isinstance(tool, dict) for tool in tools):
            raise BadRequest("'tools' must be a list of objects", param=f"{where}.tools")
        self.tools += tools

    def refuse_reference(self, item: Item, where: str) -> None:
        """An item that is kept elsewhere: whoever keeps items has put those it knows in the place of this."""
        read = json.shaped(item, _Reference, where)
        raise BadRequest(f"there is no item '{read.id}'", param=f"{where}.id")

    def refuse_trigger(self, item: Item, where: str) -> None:  # noqa: ARG002  an item's reader
        """A wish for a summary in place of an answer."""
        raise BadRequest("ask POST /v1/responses/compact instead", param=where)

    def _call(self, call_id: str, name: str, arguments: str) -> None:
        self._speaking = True
        self._called[call_id] = name
        self._calls.append(ToolCall(call_id, name, arguments))

    def _check(self, call_id: str, where: str) -> None:
        """Refuse, as OpenAI does, what no call gave; a summary may have taken the call's place."""
        if call_id not in self._called and not self._compacted:
            raise BadRequest(f"there is no call '{call_id}' before this output", param=f"{where}.call_id")

    def _answer(self, call_id: str, found: tuple[Part, ...]) -> None:
        self._close()
        name = self._called.get(call_id, "")
        self._messages.append(Message("tool", found, name=name, call_id=call_id))

    def _close(self) -> None:
        """The assistant's turn is over."""
        if self._speaking:
            self._messages.append(Message("assistant", self._said, calls=tuple(self._calls)))
        self._said, self._calls, self._speaking = (), [], False


_ITEMS: dict[str, Callable[[Turns, Item, str], None]] = {
    "message": Turns.say,
    "function_call": Turns.call,
    "function_call_output": Turns.answer,
    "custom_tool_call": Turns.call_custom,
    "custom_tool_call_output": Turns.answer,
    "local_shell_call": Turns.call_local,
    "local_shell_call_output": Turns.answer_local,
    "shell_call": Turns.call_local,
    "shell_call_output": Turns.answer_local,
    "apply_patch_call": Turns.call_local,
    "apply_patch_call_output": Turns.answer_local,
    "compaction": Turns.compacted,
    "compaction_summary": Turns.compacted,
    "additional_tools": Turns.more_tools,
    "item_reference": Turns.refuse_reference,
    "compaction_trigger": Turns.refuse_trigger,
}

# Thoughts are not for the next turn, and a picture's message stands beside it.
_LEFT_OUT = frozenset({"reasoning", "image_generation_call"})


def item_type(item: Item) -> str:
    """An item's type, which its short forms leave out."""
    kind = item.get("type")
    if isinstance(kind, str):
        return kind
    return "message" if "role" in item else "item_reference"


def compaction_content(summary: str) -> str:
    """A summary as a compaction item carries it: opaque to clients, not secret."""
    return base64.b64encode(f"{_COMPACTED}{summary}".encode()).decode()


def summary_of(content: str, where: str) -> str:
    """The summary in a compaction item; raises ``BadRequest`` where it is not one of ours."""
    try:
        text = base64.b64decode(content, validate=True).decode()
    except (binascii.Error, ValueError):
        text = ""
    if not text.startswith(_COMPACTED):
        raise BadRequest("this item was not made here and cannot be read", param=where)
    return text.removeprefix(_COMPACTED)
