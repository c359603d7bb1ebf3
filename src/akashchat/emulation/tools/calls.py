"""A call that a model wrote, and which tools there are."""

import json
from collections.abc import Iterable
from typing import Any

from msgspec import Struct

from akashchat.emulation.tools.borders import members
from akashchat.model.request import Tool

_ROOMS = ("functions.", "function.", "tools.", "tool.", "default_api.", "api.")


class Call(Struct, frozen=True):
    """A call as the model wrote it: ``arguments`` are the raw text between their borders.

    Of a freeform tool they are its text.  ``known`` when one of the tools has the name.  It is not
    ``whole`` if it may go on where the text breaks off; of arguments in JSON their own text tells that.
    """

    name: str
    arguments: str
    known: bool
    whole: bool = True


class Toolbox:
    """The tools by name."""

    __slots__ = ("_tools",)

    def __init__(self, tools: Iterable[Tool]) -> None:
        self._tools = {tool.name: tool for tool in tools}

    def __contains__(self, name: str) -> bool:
        return self.plain(name) in self._tools

    def plain(self, name: str) -> str:
        """The name without what models put around it: ``functions.get_weather:0``."""
        name = name.strip().strip("\"'`")
        if name in self._tools:
            return name
        for room in _ROOMS:
            name = name.removeprefix(room)
        stem, colon, number = name.rpartition(":")
        return stem if colon and number.isdecimal() else name

    def bare(self, name: str) -> bool:
        """Whether the tool can be called without arguments."""
        tool = self._tools.get(self.plain(name))
        return tool is not None and not tool.freeform and not tool.parameters.get("properties")

    def freeform(self, name: str) -> bool:
        """Whether the tool takes plain text."""
        tool = self._tools.get(self.plain(name))
        return tool is not None and tool.freeform

    def wants_text(self, name: str, key: str, value: str) -> bool:
        """Whether ``value``, written without quotes, is text even where it looks like JSON."""
        tool = self._tools.get(self.plain(name))
        if tool is None or tool.freeform:
            return tool is not None
        properties = tool.parameters.get("properties")
        types = _types(properties.get(key)) if isinstance(properties, dict) else set()
        return types == {"string"} or (types == {"string", "null"} and value != "null")

    def only_parameter(self, name: str) -> str | None:
        """The parameter that an argument without a name must be, where the tool has but one."""
        tool = self._tools.get(self.plain(name))
        properties = list(tool.parameters.get("properties") or ()) if tool else []
        return properties[0] if len(properties) == 1 else None

    def call(self, name: str, arguments: str) -> Call:
        """A call of a tool by arguments in JSON, however written."""
        plain = self.plain(name)
        arguments = arguments.strip()
        if self.freeform(plain):
            return Call(plain, free_text(arguments), known=True)
        if arguments.startswith('"'):
            arguments = decoded(arguments)
        empty = arguments in {"", "null", "None"}
        return Call(plain, "{}" if empty else arguments, plain in self._tools, whole=bool(arguments))

    def said(self, name: str, text: str) -> Call:
        """A call of a freeform tool by its text, which stands on lines of its own."""
        return Call(self.plain(name), text.removeprefix("\n").removesuffix("\n"), known=name in self)


def _types(schema: object) -> set[str]:
    """The types that a schema names, itself and in its alternatives."""
    types: set[str] = set()
    if isinstance(schema, dict):
        for one in (schema, *schema.get("anyOf", ()), *schema.get("oneOf", ())):
            told = one.get("type", ()) if isinstance(one, dict) else ()
            types.update([told] if isinstance(told, str) else told)
    return types


def decoded(text: str) -> str:
    """What a JSON string says; the text itself where it is none."""
    try:
        value = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return text
    return value if isinstance(value, str) else text


def free_text(arguments: str) -> str:
    """The text for a freeform tool that was called with JSON: a string, or an object that holds one."""
    if arguments.startswith("{"):
        fields = list(members(arguments).values())
        if len(fields) == 1 and fields[0].startswith('"'):
            return decoded(fields[0])
    return decoded(arguments) if arguments.startswith('"') else arguments


def jsonish(text: str) -> Any:
    """A value written in a tag: JSON if it is valid JSON, else the text.  ``NaN`` is no JSON."""
    try:
        return json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return text


def _refuse(name: str) -> None:
    raise ValueError(name)
