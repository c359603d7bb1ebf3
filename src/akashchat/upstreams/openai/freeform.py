"""Freeform tools as functions: OpenAI's ``custom`` tools few others know, a function with one text everyone does."""

from typing import Any

from akashchat.model.request import Tool
from akashchat.wire.json import decode_any, encode

_FIELD = "input"


def function(tool: Tool) -> dict[str, Any]:
    """The function that stands for a freeform tool."""
    about = "The tool's whole input, as plain text."
    if tool.grammar:
        about += f" It must follow this grammar:\n{tool.grammar}"
    return {
        "name": tool.name,
        "description": tool.description,
        "parameters": {
            "type": "object",
            "properties": {_FIELD: {"type": "string", "description": about}},
            "required": [_FIELD],
            "additionalProperties": False,
        },
    }


def wrapped(text: str) -> str:
    """A freeform tool's input as the function's arguments."""
    return encode({_FIELD: text}).decode()


def unwrapped(arguments: str) -> str:
    """The input in a function's arguments; a model that wrote the input bare meant just that."""
    try:
        value = decode_any(arguments.encode())
    except ValueError:
        return arguments
    if isinstance(value, dict) and isinstance(text := value.get(_FIELD), str):
        return text
    return arguments
