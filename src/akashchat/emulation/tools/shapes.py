"""Calls in JSON, of every shape models give them.

Where a style leaves no doubt that a call is meant, much is taken for one.  JSON that stands alone may be an answer,
so it must name a tool that exists and have no key that a call would not have.
"""

import json

import msgspec

from akashchat.emulation.tools.borders import elements, members
from akashchat.emulation.tools.calls import Call, Toolbox, decoded
from akashchat.emulation.tools.source import Source, at_once
from akashchat.emulation.tools.strict import balanced

NAMES = ("name", "tool_name", "function_name", "tool", "function", "action", "recipient_name")
ARGUMENTS = (
    *("arguments", "parameters", "input", "args", "params", "action_input", "tool_input"),
    *("kwargs", "tool_args", "argument", "parameter"),
)
_SEVERAL = ("tool_calls", "function_calls", "tool_uses", "calls")
_ONE = ("function", "function_call", "tool_call", "tool_use", "call")
_BESIDE = ("id", "type", "call_id", "tool_call_id", "index", "role", "content")
CALLISH = frozenset((*NAMES, *ARGUMENTS, *_SEVERAL, *_ONE, *_BESIDE))
"""All keys a call has in any shape."""

_DEPTH = 4


def callish(key: str) -> bool:
    """Whether a call may have this key."""
    return key.lower() in CALLISH


def read(text: str, tools: Toolbox, *, sure: bool) -> list[Call] | None:
    """The calls that a JSON value makes; ``None`` if it is no call."""
    calls = _read(text.strip(), tools, sure=sure, depth=_DEPTH)
    if calls and not at_once(balanced(Source(text.strip(), done=True), 0)):
        calls[-1] = msgspec.structs.replace(calls[-1], whole=False)
    return calls


def _read(text: str, tools: Toolbox, *, sure: bool, depth: int) -> list[Call] | None:
    if not depth or text[:1] not in {"{", "["}:
        return None
    if text[0] == "[":
        return _list(text, tools, sure=sure, depth=depth)
    if text.startswith("{{"):
        text = text[1:].removesuffix("}")
    raw = members(text)
    fields = {key.lower(): value for key, value in raw.items()}
    if not sure and not fields.keys() <= CALLISH:
        return None
    for key in (*_SEVERAL, *_ONE):
        inner = fields.get(key, "")
        if inner[:1] in {"{", "["}:
            beside = {"id", "type", "index", "role", "content", key}
            if fields.keys() <= beside or key == "function":
                return _inner(inner, fields, tools, sure=sure, depth=depth)
    return _flat(text, raw, fields, tools, sure=sure)


def _list(text: str, tools: Toolbox, *, sure: bool, depth: int) -> list[Call] | None:
    found: list[Call] = []
    for element in elements(text):
        calls = _read(element, tools, sure=sure, depth=depth - 1)
        if calls is None:
            return None
        found += calls
    return found or None


def _inner(
    inner: str, fields: dict[str, str], tools: Toolbox, *, sure: bool, depth: int
) -> list[Call] | None:
    """A call inside a call: OpenAI puts name and arguments into ``function``."""
    for key in ARGUMENTS:
        if key in fields and inner[0] == "{":
            # {"function": {"name": …}, "arguments": {…}}
            named = {name.lower(): value for name, value in members(inner).items()}
            if "name" in named and not named.keys() & set(ARGUMENTS):
                return _judged(decoded(named["name"]), fields[key], tools, sure=sure)
    return _read(inner, tools, sure=sure, depth=depth - 1)


def _flat(
    text: str, raw: dict[str, str], fields: dict[str, str], tools: Toolbox, *, sure: bool
) -> list[Call] | None:
    name = next((fields[key] for key in NAMES if fields.get(key, "")[:1] in {'"', "'"}), None)
    arguments = next((fields[key] for key in ARGUMENTS if key in fields), None)
    if not sure and _is_schema(fields.get("parameters", "")):
        return None
    if name is not None:
        name = decoded(name).strip("\"'")
        if arguments is None and "" in raw:
            return [tools.call("", text)] if sure else None
        if arguments is None and sure:
            arguments = _rest(raw)
        if arguments is None and not sure and not text.endswith("}"):
            return None  # it breaks off behind the name: a definition is quoted, or arguments are missing
        return _judged(name, arguments, tools, sure=sure)
    if sure and len(raw) == 1 and (only := next(iter(raw))) in tools:
        return [tools.call(only, raw[only])]
    return [tools.call("", text)] if sure else None


def _is_schema(parameters: str) -> bool:
    """Whether the parameters are those of a tool's definition, and no call's."""
    found = members(parameters) if parameters.startswith("{") else {}
    return found.get("type") == '"object"' and found.get("properties", "").startswith("{")


def _rest(raw: dict[str, str]) -> str | None:
    """The members that are not the call's own, as arguments."""
    rest = {key: value for key, value in raw.items() if key.lower() not in CALLISH}
    return (
        "{" + ", ".join(f"{json.dumps(key)}: {value}" for key, value in rest.items()) + "}" if rest else None
    )


def _judged(name: str, arguments: str | None, tools: Toolbox, *, sure: bool) -> list[Call] | None:
    if sure:
        return [tools.call(name, arguments or "")]
    if name not in tools:
        return None
    if arguments is None:
        return [tools.call(name, "")] if tools.bare(name) else None
    if arguments[:1] in {"{", '"'} or arguments in {"null", "None"}:
        return [tools.call(name, arguments)]
    return None
