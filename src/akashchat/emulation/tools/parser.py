"""Calls in text (to be replaced by the parser proper)."""

import json
import re

from msgspec import Struct

from akashchat.model.request import Tool


class Call(Struct, frozen=True):
    """A call as it was written."""

    name: str
    arguments: str
    known: bool


class CallParser:
    """Finds ``<tool_call>``."""

    def __init__(self, tools: tuple[Tool, ...]) -> None:
        self._names = {tool.name for tool in tools}
        self._text = ""

    def feed(self, text: str) -> list[str | Call]:
        """See the interface."""
        self._text += text
        out: list[str | Call] = []
        while found := re.search(r"<tool_call>(.*?)</tool_call>", self._text, re.DOTALL):
            if found.start():
                out.append(self._text[: found.start()])
            out.append(self._call(found[1]))
            self._text = self._text[found.end() :]
        keep = self._text.find("<")
        if keep < 0:
            keep = len(self._text)
        if keep:
            out.append(self._text[:keep])
        self._text = self._text[keep:]
        return out

    def flush(self) -> list[str | Call]:
        """See the interface."""
        text, self._text = self._text, ""
        if text.startswith("<tool_call>"):
            return [self._call(text.removeprefix("<tool_call>"))]
        return [text] if text else []

    def _call(self, text: str) -> Call:
        try:
            read = json.loads(text)
            name, arguments = read["name"], json.dumps(read["arguments"])
        except (ValueError, KeyError, TypeError):
            named = re.search(r'"name"\s*:\s*"([^"]*)"', text)
            name = named[1] if named else ""
            arguments = text.partition('"arguments":')[2]
        return Call(name, arguments, name in self._names)
