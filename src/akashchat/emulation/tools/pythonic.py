"""Calls written as Python: ``get_weather(city="Paris", days=3)``, in Llama's lists and Gemma's fences."""

import json
import re

import msgspec

from akashchat.emulation.tools.borders import elements
from akashchat.emulation.tools.calls import Call, Toolbox, jsonish

_CALL = re.compile(r"(?:print\(\s*)?([^\W\d][\w.\-]{0,127})\s*\(")
_NAMED = re.compile(r"([^\W\d]\w{0,127})\s*=(?!=)\s*")
_LITERAL = re.compile(
    # A string that is not closed ends with the text, so that no quote in it is tried again.
    r"""(?P<quotes>\"{3}|'{3})(?:\\.|.)*?(?:(?P=quotes)|\Z)"""
    r"""|"(?:[^"\\]|\\.)*(?:"|\\?\Z)|'(?:[^'\\]|\\.)*(?:'|\\?\Z)|\b(?:True|False|None)\b""",
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
        arguments = _arguments(expression, call.end(), name, tools) if name in tools else None
        if arguments is None:
            return None
        made = tools.call(name, arguments)
        found.append(msgspec.structs.replace(made, whole=expression.endswith(")")))
    return found or None


def _arguments(expression: str, start: int, name: str, tools: Toolbox) -> str | None:
    """The arguments as JSON; one alone may lack its name if the tool takes text, or but one."""
    pairs: dict[str, str] = {}
    for argument in elements(expression, start):
        named = _NAMED.match(argument)
        if not named and tools.freeform(name):
            return as_json(argument)
        key = named[1] if named else tools.only_parameter(name)
        if key is None or key in pairs:
            return None
        pairs[key] = as_json(argument[named.end() if named else 0 :])
    return "{" + ", ".join(f"{json.dumps(key)}: {value}" for key, value in pairs.items()) + "}"


def as_json(value: str) -> str:
    """A Python literal as JSON; what is no literal stays as it is."""
    return _LITERAL.sub(_translate, value).strip()


def _translate(found: re.Match[str]) -> str:
    text = found[0]
    if text in _WORDS:
        return _WORDS[text]
    size = 3 if found["quotes"] else 1
    if len(text) >= 2 * size and text[0] == text[-1] and (size == 3 or text[0] == "'"):
        inside = text[size:-size].replace("\\'", "'")
        text = '"' + re.sub(r'(\\.)|"', lambda m: m[1] or '\\"', inside, flags=re.DOTALL) + '"'
    plain = text.replace("\n", "\\n")
    return plain if isinstance(jsonish(plain), str) and jsonish(plain) != plain else text
