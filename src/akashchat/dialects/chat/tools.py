"""Tools and output formats in a Chat Completions body, read."""

from typing import Any, Literal, TypeAlias, assert_never

from msgspec import Struct, field

from akashchat.errors import BadRequest
from akashchat.model.request import OutputFormat, Tool, ToolChoice

MAX_TOOLS = 128


class _Function(Struct):
    name: str
    description: str | None = None
    parameters: dict[str, Any] | None = None
    strict: bool | None = None


class _FunctionTool(Struct, tag="function"):
    function: _Function


class _Syntax(Struct):
    syntax: str = ""
    definition: str = ""


class _Format(Struct):
    type: Literal["text", "grammar"]
    grammar: _Syntax | None = None


class _Custom(Struct):
    name: str
    description: str | None = None
    format: _Format | None = None


class _CustomTool(Struct, tag="custom"):
    custom: _Custom


AnyTool: TypeAlias = _FunctionTool | _CustomTool


class _Name(Struct):
    name: str


class _ChosenFunction(Struct, tag="function"):
    function: _Name


class _ChosenCustom(Struct, tag="custom"):
    custom: _Name


class _Allowed(Struct):
    mode: Literal["auto", "required"]
    tools: list[_ChosenFunction | _ChosenCustom]


class _AllowedTools(Struct, tag="allowed_tools"):
    allowed_tools: _Allowed


AnyChoice: TypeAlias = Literal["none", "auto", "required"] | _ChosenFunction | _ChosenCustom | _AllowedTools


class _Schema(Struct):
    name: str = ""
    schema: dict[str, Any] | None = None
    strict: bool | None = None


class _Text(Struct, tag="text"):
    pass


class _JsonObject(Struct, tag="json_object"):
    pass


class _JsonSchema(Struct, tag="json_schema"):
    json_schema: _Schema = field()


AnyFormat: TypeAlias = _Text | _JsonObject | _JsonSchema


def tools(asked: list[AnyTool] | None) -> tuple[Tool, ...]:
    """The tools; raises ``BadRequest`` for too many and for names that come twice."""
    found = tuple(_tool(tool) for tool in asked or ())
    if len(found) > MAX_TOOLS:
        raise BadRequest(f"'tools' may hold at most {MAX_TOOLS}, not {len(found)}", param="tools")
    names = [tool.name for tool in found]
    for i, name in enumerate(names):
        if not name:
            raise BadRequest("a tool's name must not be empty", param=f"tools[{i}]")
        if name in names[:i]:
            raise BadRequest(f"there are two tools called '{name}'", param=f"tools[{i}]")
    return found


def _tool(tool: AnyTool) -> Tool:
    match tool:
        case _FunctionTool(read):
            return Tool(
                name=read.name,
                description=read.description or "",
                parameters=read.parameters or {},
                strict=read.strict is True,
            )
        case _CustomTool(read):
            grammar = read.format.grammar.definition if read.format and read.format.grammar else ""
            return Tool(name=read.name, description=read.description or "", freeform=True, grammar=grammar)
        case _:
            assert_never(tool)


def choice(asked: AnyChoice | None, found: tuple[Tool, ...]) -> ToolChoice:
    """Which calls are wanted; raises ``BadRequest`` where a tool is named that is none."""
    if asked is None or isinstance(asked, str):
        return _checked(ToolChoice(asked or "auto"), found)
    match asked:
        case _ChosenFunction(chosen) | _ChosenCustom(chosen):
            return _checked(ToolChoice("required", (chosen.name,)), found)
        case _AllowedTools(allowed):
            return _checked(ToolChoice(allowed.mode, tuple(_chosen(one) for one in allowed.tools)), found)
        case _:
            assert_never(asked)


def _chosen(chosen: _ChosenFunction | _ChosenCustom) -> str:
    return chosen.function.name if isinstance(chosen, _ChosenFunction) else chosen.custom.name


def _checked(choice: ToolChoice, found: tuple[Tool, ...]) -> ToolChoice:
    if not found:
        if choice.mode == "required":
            raise BadRequest("'tool_choice' needs 'tools'", param="tool_choice")
        return ToolChoice()
    if strange := set(choice.names) - {tool.name for tool in found}:
        raise BadRequest(f"there is no tool '{min(strange)}'", param="tool_choice")
    return choice


def output_format(asked: AnyFormat | None) -> OutputFormat | None:
    """The form the answer's text must have, if any."""
    match asked:
        case None | _Text():
            return None
        case _JsonObject():
            return OutputFormat()
        case _JsonSchema(read):
            if read.schema is None:
                raise BadRequest(
                    "'response_format.json_schema.schema' is missing", param="response_format.json_schema"
                )
            place = "response_format.json_schema.schema"
            return OutputFormat(read.schema, read.name, read.strict is True, place)
        case _:
            assert_never(asked)
