"""Tool calls of earlier turns, in Akash's words.

The app offers a model no tools, but it carries calls that were made: as ``toolInvocations``, provided
that every call has its answer and arguments that are JSON.  Anything else becomes text.
"""

from typing import Any

import msgspec

from akashchat.model.request import Message, TextPart, ToolCall


def invocations(calls: tuple[ToolCall, ...], answers: tuple[Message, ...]) -> list[dict[str, Any]] | None:
    """The calls as tool invocations, or ``None`` where the app could not carry them."""
    by_id = {answer.call_id: answer for answer in answers}
    if any(not isinstance(part, TextPart) for answer in answers for part in answer.parts):
        return None
    if len(by_id) != len(answers) or by_id.keys() != {call.id for call in calls}:
        return None
    found = []
    for call in calls:
        arguments = _parsed(call.arguments or "{}")
        if not isinstance(arguments, dict):
            return None
        found.append(
            {
                "state": "result",
                "toolCallId": call.id,
                "toolName": call.name,
                "args": arguments,
                "result": _result(by_id[call.id].text),
            }
        )
    return found


def tool_text(call: ToolCall) -> str:
    """A call in words."""
    return f"[Call of {call.name}]\n{call.arguments}"


def _result(text: str) -> Any:
    """The app writes a result as JSON: a text that is JSON already is handed over unpacked."""
    value = _parsed(text)
    return value if isinstance(value, dict | list) else text


def _parsed(text: str) -> Any:
    """JSON as a value; ``None`` where it is none, or holds half an emoji, which could not be sent on."""
    try:
        return msgspec.json.decode(text)
    except (msgspec.MsgspecError, RecursionError):
        return None
