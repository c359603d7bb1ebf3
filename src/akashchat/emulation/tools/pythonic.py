"""Calls written as Python: ``get_weather(city="Paris", days=3)``, in Llama's lists and Gemma's fences."""

import json
import re

from akashchat.emulation.tools.borders import elements
from akashchat.emulation.tools.calls import Call, Toolbox, jsonish

_CALL = re.compile(r"(?:print\(\s*)?([^\W\d][\w.\-]{0,127})\s*\(")
_NAMED = re.compile(r"([^\W\d]\w{0,127})\s*=(?!=)\s*")
_LITERAL = re.compile(
    # A string that is not closed ends with the text, so that no quote in it is tried again.
    r""""(?:[^"\\]|\\.)*(?:"|\\?\Z)|'(?:[^'\\]|\\.)*(?:'|\\?\Z)|\b(?:True|False|None)\b""",
    re.DOTALL,
)
_WORDS = {"True": "true", "False": "false", "None": "null"}


def read(text: str, tools: Toolbox) -> list[Call] | None:
    """The calls of one or more expressions; ``None`` if something else is among them."""
    text = text.strip()
    found: list[Call] = []
    for expression in elements(text, 1 if text.startswith("[") else 0):
        call = _CALL.match(expression)
        if not call:
            return None
        name = call[1] if call[1] in tools else call[1].removesuffix(".call")
        arguments = _arguments(expression, call.end(), tools.freeform(name))
        if name not in tools or arguments is None:
            return None
        found.append(tools.call(name, arguments))
    return found or None


def _arguments(expression: str, start: int, freeform: bool) -> str | None:
    """The arguments as JSON; one alone may lack its name if the tool takes text."""
    pairs: dict[str, str] = {}
    for argument in elements(expression, start):
        named = _NAMED.match(argument)
        if not named:
            return as_json(argument) if freeform else None
        pairs[named[1]] = as_json(argument[named.end() :])
    return "{" + ", ".join(f"{json.dumps(key)}: {value}" for key, value in pairs.items()) + "}"


def as_json(value: str) -> str:
    """A Python literal as JSON; what is no literal stays as it is."""
    return _LITERAL.sub(_translate, value).strip()


def _translate(found: re.Match[str]) -> str:
    text = found[0]
    if text in _WORDS:
        return _WORDS[text]
    if len(text) > 1 and text[0] == text[-1] == "'":
        inside = text[1:-1].replace("\\'", "'")
        text = '"' + re.sub(r'(\\.)|"', lambda m: m[1] or '\\"', inside, flags=re.DOTALL) + '"'
    plain = text.replace("\n", "\\n")
    return plain if isinstance(jsonish(plain), str) and jsonish(plain) != plain else text
