"""What an obedient model says where its instructions want a call of a tool, JSON, or words they name.

It knows the words that instructions of this kind have in common: tools in ``<tools>``, one a line, calls in
``<tool_call>``, results in ``<tool_response>``, a JSON Schema behind the demand for one; an example behind
``JSON format:``, the whole answer behind ``answer exactly:``.  Values are made of the schema alone, so the same
request always gets the same answer.
"""

import json
import re
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any, Final, Protocol

from akashchat.simulator.prompt import read_text

DEEPEST: Final = 12
"""Levels of a schema that is followed; deeper ones, as of a tree, end in ``null``."""

MOST_TRIED: Final = 20
"""Braces of instructions that are looked at for the schema in them."""

_TOOLS: Final = re.compile(r"<tools>\n(.*?)\n</tools>", re.DOTALL)
_RESULT: Final = re.compile(r"<tool_response[^>]*>\n(.*?)\n</tool_response>", re.DOTALL)
_QUOTED: Final = re.compile(r"`([^`\n]+)`")
_DEMAND: Final = "You must call"
_EXAMPLE: Final = re.compile(r"^JSON format: (\{.+\})$", re.MULTILINE)
_WHOLE: Final = re.compile(r"\b(?:answer|reply|respond)(?: with)? exactly:\s*(.+)", re.DOTALL | re.IGNORECASE)
_WORD: Final = re.compile(r"[a-z]{3,}|[\u4e00-\u9fff]")
_FORMATS: Final = {
    "date": "2026-11-22",
    "date-time": "2026-11-22T12:00:00Z",
    "email": "someone@example.org",
    "uri": "https://example.org/",
    "uuid": "00000000-0000-4000-8000-000000000000",
}


class Conversation(Protocol):
    """What reaches a model: the messages, and the last thing the user said."""

    @property
    def messages(self) -> list[dict[str, Any]]:
        """All messages, instructions first."""
        ...

    @property
    def question(self) -> str:
        """The last message of the user."""
        ...


def obey(prompt: Conversation) -> str | None:
    """A call, a word on a call's result, JSON, or what is dictated; ``None`` where nothing of the kind is wanted."""
    system = read_text(prompt.messages[0])
    results = _RESULT.findall(prompt.question)
    try:
        if results:
            return _call_on(system, prompt) or _json(system) or "The tool answered:\n\n" + "\n".join(results)
        return _call(system, prompt.question) or _json(system) or _dictated(prompt.question)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None  # instructions that only look like these


def wanted(tools: Sequence[Mapping[str, Any]], question: str) -> Mapping[str, Any] | None:
    """The first tool that shares a word with the question, in its name or its description."""
    asked = _words(question)
    fitting = (tool for tool in tools if asked & _words(f"{tool['name']} {tool.get('description', '')}"))
    return next(fitting, None)


def arguments(schema: Any, question: str) -> Any:
    """Arguments that fit a schema; the first that is a text is what the question quotes."""
    quoted = _QUOTED.findall(question)
    return _with_text(example(schema), quoted[-1]) if quoted else example(schema)


def _call(system: str, question: str) -> str | None:
    tools = _offered(system)
    tool = wanted(tools, question)
    if not tools or (tool is None and _DEMAND not in system):
        return None
    return _called(tool or tools[0], question)


def _call_on(system: str, prompt: Conversation) -> str | None:
    """After a result, where a call is demanded still: of a tool that was not called yet, if there is one."""
    tools = _offered(system)
    if not tools or _DEMAND not in system:
        return None
    said = "".join(read_text(message) for message in prompt.messages if message["role"] == "assistant")
    fresh = [tool for tool in tools if json.dumps(tool["name"], ensure_ascii=False) not in said]
    return _called((fresh or tools)[0], prompt.question)


def _offered(system: str) -> list[dict[str, Any]]:
    block = _TOOLS.search(system)
    return [json.loads(line) for line in block[1].split("\n")] if block else []


def _called(tool: Mapping[str, Any], question: str) -> str:
    if tool.get("takes") == "text":
        return f'<tool_call name="{tool["name"]}">\n{question}\n</tool_call>'
    call = {"name": tool["name"], "arguments": arguments(tool["parameters"], question)}
    return f"<tool_call>\n{json.dumps(call, ensure_ascii=False)}\n</tool_call>"


def _with_text(arguments: dict[str, Any], text: str) -> dict[str, Any]:
    """The arguments with what the question quotes in the first that is a text."""
    first = next((name for name, value in arguments.items() if isinstance(value, str)), None)
    return arguments if first is None else {**arguments, first: text}


def _json(system: str) -> str | None:
    _, wanted, rest = system.rpartition("fits this JSON Schema")
    if wanted:
        schema, _ = json.JSONDecoder().raw_decode(rest[rest.index("\n") + 1 :])
        return json.dumps(example(schema), ensure_ascii=False)
    if "one JSON object and nothing else" in system:
        told = _schema_in(system)
        if told:
            return json.dumps(example(told), ensure_ascii=False)
        return '{"answer": "This is the simulator: no model is behind it."}'
    return None


def _schema_in(text: str) -> dict[str, Any] | None:
    """The JSON Schema that a client wrote into its instructions, in words of its own."""
    for brace in islice(re.finditer(r"\{", text), MOST_TRIED):
        try:
            found, _ = json.JSONDecoder().raw_decode(text, brace.start())
        except (ValueError, RecursionError):
            continue
        if "properties" in found:
            schema: dict[str, Any] = found
            return schema
    return None


def _dictated(question: str) -> str | None:
    """What the question itself says the answer is; of examples, the first."""
    found = _WHOLE.search(question) or _EXAMPLE.search(question)
    return found[1] if found else None


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.lower().replace("_", " ")))


def example(schema: Any) -> Any:
    """A value that fits a schema, if it is an ordinary one."""
    return _example(schema, schema, "", 0)


def _example(schema: Any, root: Any, name: str, depth: int) -> Any:
    if not isinstance(schema, dict) or depth > DEEPEST:
        return None if depth > DEEPEST else name
    if reference := schema.get("$ref"):
        return _example(_found(root, reference), root, name, depth + 1)
    if "const" in schema:
        return schema["const"]
    if choices := schema.get("enum"):
        return choices[0]
    if options := schema.get("anyOf") or schema.get("oneOf"):
        return _example(options[0], root, name, depth + 1)
    if parts := schema.get("allOf"):
        return _example({**schema, "allOf": None, **parts[0]}, root, name, depth + 1)
    return _typed(schema, root, name, depth)


def _found(root: Any, reference: str) -> Any:
    for step in reference.lstrip("#/").split("/"):
        root = root[step] if step else root
    return root


def _typed(schema: dict[str, Any], root: Any, name: str, depth: int) -> Any:
    kind = schema.get("type", "object" if "properties" in schema else "string")
    match kind[0] if isinstance(kind, list) else kind:
        case "object":
            fields: dict[str, Any] = schema.get("properties", {})
            wanted = schema.get("required", list(fields))
            return {key: _example(fields[key], root, key, depth + 1) for key in fields if key in wanted}
        case "array":
            count = max(1, schema.get("minItems", 1))
            return [_example(schema.get("items", {}), root, name, depth + 1) for _ in range(min(count, 8))]
        case "integer" | "number":
            return min(max(1, schema.get("minimum", 1)), schema.get("maximum", 2**31))
        case "boolean":
            return True
        case "null":
            return None
        case _:
            text = _FORMATS.get(schema.get("format", ""), name or "text")
            return text.ljust(min(schema.get("minLength", 0), 1000), "x")[: schema.get("maxLength", 1000)]
