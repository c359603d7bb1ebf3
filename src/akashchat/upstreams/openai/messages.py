"""A conversation in Chat Completions' words."""

from typing import Any, assert_never

from akashchat.model.request import FilePart, ImagePart, Message, Part, TextPart, ToolCall
from akashchat.upstreams.openai.freeform import wrapped


def render_messages(messages: tuple[Message, ...], freeform: frozenset[str]) -> list[dict[str, Any]]:
    """The turns; ``freeform`` are the tools whose input is a text."""
    return [_turn(message, freeform) for message in messages]


def _turn(message: Message, freeform: frozenset[str]) -> dict[str, Any]:
    turn: dict[str, Any] = {"role": message.role, "content": _content(message)}
    if message.role == "tool":
        # A name beside the call's id is no field of theirs, and strict servers refuse it.
        return {**turn, "tool_call_id": message.call_id}
    if message.name:
        turn["name"] = message.name
    if message.calls:
        turn["tool_calls"] = [_call(call, freeform) for call in message.calls]
        turn["content"] = turn["content"] or None
    return turn


def _content(message: Message) -> str | list[dict[str, Any]]:
    """Text alone as a text: the templates of many models take no list."""
    if all(isinstance(part, TextPart) for part in message.parts):
        return message.text
    return [_part(part) for part in message.parts]


def _part(part: Part) -> dict[str, Any]:
    match part:
        case TextPart(text):
            return {"type": "text", "text": text}
        case ImagePart(url, _):
            return {"type": "image_url", "image_url": {"url": url}}
        case FilePart(url, _, name):
            return {"type": "file", "file": {"filename": name, "file_data": url}}
        case _:
            assert_never(part)


def _call(call: ToolCall, freeform: frozenset[str]) -> dict[str, Any]:
    arguments = wrapped(call.arguments) if call.name in freeform else call.arguments or "{}"
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": arguments}}
