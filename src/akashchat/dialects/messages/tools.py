"""Tools and output formats in a Messages body, read.

Tools that Anthropic knows by name and the caller runs are functions like any others, with the parameters that
Anthropic documents.  Tools that run at Anthropic are refused: nobody would run them.

https://platform.claude.com/docs/en/agents-and-tools/tool-use/overview
"""

import re
from typing import Any, Literal

from msgspec import Struct

from akashchat.dialects.messages.known import KNOWN
from akashchat.errors import BadRequest
from akashchat.model.request import OutputFormat, Tool, ToolChoice

MAX_TOOLS = 512
"""An agent with many servers offers some hundred."""

_VERSION = re.compile(r"_\d{8}$")


class AnyTool(Struct):
    """A tool, of whatever type."""

    type: str | None = None
    name: str | None = None
    description: str | None = None
    input_schema: dict[str, Any] | None = None
    strict: bool | None = None
    input_examples: list[dict[str, Any]] | None = None
    allowed_callers: list[str] | None = None


class AnyChoice(Struct):
    """Which tools are to be used."""

    type: Literal["auto", "any", "tool", "none"]
    name: str | None = None
    disable_parallel_tool_use: bool | None = None


class Format(Struct):
    """The form of an answer's text."""

    type: Literal["json_schema"]
    schema: dict[str, Any]


_MODES: dict[str, Literal["auto", "none", "required"]] = {
    "auto": "auto", "any": "required", "tool": "required", "none": "none"
}  # fmt: skip


def tools(asked: list[AnyTool] | None) -> tuple[Tool, ...]:
    """The tools; raises ``BadRequest`` for too many, for names that come twice, and for what nobody would run."""
    found = tuple(_tool(tool, f"tools[{i}]") for i, tool in enumerate(asked or ()))
    if len(found) > MAX_TOOLS:
        raise BadRequest(f"'tools' may hold at most {MAX_TOOLS}, not {len(found)}", param="tools")
    names: set[str] = set()
    for i, tool in enumerate(found):
        if tool.name in names:
            raise BadRequest(f"there are two tools called '{tool.name}'", param=f"tools[{i}].name")
        names.add(tool.name)
    return found


def _tool(tool: AnyTool, where: str) -> Tool:
    if tool.type is not None and tool.type != "custom":
        return _known(tool, tool.type, where)
    if not tool.name:
        raise BadRequest(f"'{where}.name' is missing", param=f"{where}.name")
    if tool.input_schema is None:
        raise BadRequest(f"'{where}.input_schema' is missing", param=f"{where}.input_schema")
    return Tool(
        name=tool.name,
        description=tool.description or "",
        parameters=tool.input_schema,
        strict=tool.strict is True,
    )


def _known(tool: AnyTool, kind: str, where: str) -> Tool:
    """A tool of Anthropic's."""
    family = _VERSION.sub("", kind)
    known = KNOWN.get(kind) or KNOWN.get(family)
    if known is None:
        raise BadRequest(
            f"a tool of the type '{kind}' runs at Anthropic or is made of its own models' training, and nobody here "
            "would run it; offer a tool of your own with an 'input_schema'",
            param=f"{where}.type",
        )
    description, parameters = known
    return Tool(name=tool.name or family, description=description, parameters=parameters)


def choice(asked: AnyChoice | None, found: tuple[Tool, ...]) -> ToolChoice:
    """Which calls are wanted; raises ``BadRequest`` where a tool is named that is none."""
    if asked is None:
        return ToolChoice()
    if asked.type == "tool" and not asked.name:
        raise BadRequest("'tool_choice.name' is missing", param="tool_choice.name")
    mode = _MODES[asked.type]
    if not found:
        if mode == "required":
            raise BadRequest("'tool_choice' needs 'tools'", param="tool_choice")
        return ToolChoice()
    if asked.type != "tool" or asked.name is None:
        return ToolChoice(mode)
    if asked.name not in {tool.name for tool in found}:
        raise BadRequest(f"there is no tool '{asked.name}'", param="tool_choice.name")
    return ToolChoice(mode, (asked.name,))


def output_format(asked: Format | None, place: str) -> OutputFormat | None:
    """The form the answer's text must have, if any; Anthropic always keeps to a schema's letter."""
    return None if asked is None else OutputFormat(asked.schema, strict=True, place=f"{place}.schema")


def left_out(asked: list[AnyTool] | None) -> set[str]:
    """What tools ask for and nobody does, by name."""
    names = set()
    for tool in asked or ():
        if tool.input_examples:
            names.add("tools.input_examples")
        if tool.allowed_callers is not None and "direct" not in tool.allowed_callers:
            names.add("tools.allowed_callers")
    return names
