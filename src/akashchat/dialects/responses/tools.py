"""Tools, their choice and the form of the text in a Responses body, read.

Three kinds of tools become functions of the model: those the caller runs itself by a schema, by a text, or by a
form that OpenAI fixed (a shell, a patch).  What OpenAI would run itself nobody runs here: such a tool is named
among what is ignored, because clients send it unasked.
"""

from typing import Any, Literal

from msgspec import Struct, field

from akashchat.dialects.responses.local import LOCAL, LocalTool
from akashchat.errors import BadRequest
from akashchat.model.request import OutputFormat, Tool, ToolChoice
from akashchat.wire import json

MAX_TOOLS = 512
"""Clients with many servers of tools send some hundreds."""


class CallForm(Struct, frozen=True):
    """How the calls of one tool are told: as items of which kind, under which name, in which namespace."""

    name: str
    namespace: str = ""
    custom: bool = False
    local: LocalTool | None = None


class Tools(Struct, frozen=True):
    """The tools of one request: for the model, for its calls, for the reply, and those that nobody runs."""

    offered: tuple[Tool, ...] = ()
    forms: dict[str, CallForm] = {}
    echo: tuple[dict[str, Any], ...] = ()
    ignored: tuple[str, ...] = ()


class _Kind(Struct):
    type: str


class _Function(Struct):
    name: str
    description: str | None = None
    parameters: dict[str, Any] | None = None
    strict: bool | None = None


class _Syntax(Struct):
    type: Literal["text", "grammar"]
    syntax: str | None = None
    definition: str | None = None


class _Custom(Struct):
    name: str
    description: str | None = None
    format: _Syntax | None = None


class _Namespace(Struct):
    name: str
    tools: list[dict[str, Any]]
    description: str | None = None


class _Environment(Struct):
    type: str = "local"


class _Shell(Struct):
    environment: _Environment | None = None


class _Reader:
    """Reads tools one by one."""

    def __init__(self) -> None:
        self.offered: list[Tool] = []
        self.forms: dict[str, CallForm] = {}
        self.ignored: list[str] = []

    def read(self, tool: dict[str, Any], where: str, namespace: str = "") -> dict[str, Any]:
        """Take a tool in; gives it as the reply repeats it."""
        kind = json.shaped(tool, _Kind, where).type
        match kind:
            case "function":
                function = json.shaped(tool, _Function, where)
                self._offer(_function(function), CallForm(function.name, namespace), where)
                return {"description": None, "parameters": None, **tool, "strict": function.strict is True}
            case "custom":
                custom = json.shaped(tool, _Custom, where)
                self._offer(_freeform(custom), CallForm(custom.name, namespace, custom=True), where)
            case "namespace" if not namespace:
                return self._read_namespace(json.shaped(tool, _Namespace, where), tool, where)
            case "shell" if (json.shaped(tool, _Shell, where).environment or _Environment()).type != "local":
                self.ignored.append("tools[shell]")
            case _ if kind in LOCAL:
                local = LOCAL[kind]
                self._offer(local.tool, CallForm(local.tool.name, local=local), where)
            case _:
                self.ignored.append(f"tools[{kind}]")
        return tool

    def _read_namespace(self, read: _Namespace, tool: dict[str, Any], where: str) -> dict[str, Any]:
        inner = [self.read(one, f"{where}.tools[{i}]", read.name) for i, one in enumerate(read.tools)]
        return {**tool, "description": read.description or "", "tools": inner}

    def _offer(self, tool: Tool, form: CallForm, where: str) -> None:
        name = full_name(form.name, form.namespace)
        if not form.name:
            raise BadRequest("a tool's name must not be empty", param=f"{where}.name")
        if name in self.forms:
            raise BadRequest(f"there are two tools called '{name}'", param=f"{where}.name")
        if len(self.forms) >= MAX_TOOLS:
            raise BadRequest(f"'tools' may hold at most {MAX_TOOLS}", param="tools")
        self.forms[name] = form
        self.offered.append(Tool(
            name=name, description=tool.description, parameters=tool.parameters, strict=tool.strict,
            freeform=tool.freeform, grammar=tool.grammar,
        ))  # fmt: skip


def tools(asked: list[dict[str, Any]]) -> Tools:
    """The tools; raises ``BadRequest``."""
    reader = _Reader()
    echo = tuple(reader.read(tool, f"tools[{i}]") for i, tool in enumerate(asked))
    ignored = tuple(dict.fromkeys(reader.ignored))
    return Tools(tuple(reader.offered), reader.forms, echo, ignored)


def full_name(name: str, namespace: str) -> str:
    """A tool's name for the model, which knows no namespaces."""
    return f"{namespace}__{name}" if namespace else name


def _function(read: _Function) -> Tool:
    return Tool(
        name=read.name,
        description=read.description or "",
        parameters=read.parameters or {},
        strict=read.strict is True,
    )


def _freeform(read: _Custom) -> Tool:
    grammar = read.format.definition or "" if read.format is not None else ""
    return Tool(name=read.name, description=read.description or "", freeform=True, grammar=grammar)


class _Chosen(Struct):
    type: str
    name: str | None = None
    namespace: str | None = None
    mode: Literal["auto", "required"] = "auto"
    tools: list[dict[str, Any]] | None = None


_WORDS: dict[str, Literal["none", "auto", "required"]] = {
    "none": "none", "auto": "auto", "required": "required"
}  # fmt: skip


def choice(asked: str | dict[str, Any] | None, found: Tools) -> ToolChoice:
    """Which calls are wanted; raises ``BadRequest`` where a tool is named that is none."""
    if asked is None or isinstance(asked, str):
        if asked is not None and asked not in _WORDS:
            raise BadRequest(f"'tool_choice' must be {', '.join(_WORDS)} or an object", param="tool_choice")
        return _checked(ToolChoice(_WORDS[asked or "auto"]), found)
    chosen = json.shaped(asked, _Chosen, "tool_choice")
    if chosen.type == "allowed_tools":
        allowed = [
            json.shaped(one, _Chosen, f"tool_choice.tools[{i}]") for i, one in enumerate(chosen.tools or ())
        ]
        names = tuple(_name(one) for one in allowed if one.type in _CALLED)
        if not names:
            return _checked(ToolChoice("none" if chosen.mode == "auto" else "required"), Tools())
        return _checked(ToolChoice(chosen.mode, names), found)
    if chosen.type not in _CALLED:
        raise BadRequest(f"nobody here runs tools of type '{chosen.type}'", param="tool_choice")
    return _checked(ToolChoice("required", (_name(chosen),)), found)


_CALLED = frozenset({"function", "custom", *LOCAL})


def _name(chosen: _Chosen) -> str:
    return full_name(chosen.name or chosen.type, chosen.namespace or "")


def _checked(choice: ToolChoice, found: Tools) -> ToolChoice:
    if not found.offered:
        if choice.mode == "required":
            raise BadRequest("'tool_choice' needs 'tools' that can be called", param="tool_choice")
        return ToolChoice()
    if strange := set(choice.names) - found.forms.keys():
        raise BadRequest(f"there is no tool '{min(strange)}'", param="tool_choice")
    return choice


class Format(Struct):
    """What ``text.format`` says."""

    type: Literal["text", "json_object", "json_schema"] = "text"
    name: str | None = None
    description: str | None = None
    schema_: dict[str, Any] | None = field(default=None, name="schema")
    strict: bool | None = None


def output_format(asked: Format | None) -> OutputFormat | None:
    """The form the answer's text must have, if any."""
    if asked is None or asked.type == "text":
        return None
    if asked.type == "json_object":
        return OutputFormat()
    for name, value in (("name", asked.name), ("schema", asked.schema_)):
        if value is None:
            raise BadRequest(f"'text.format.{name}' is missing", param=f"text.format.{name}")
    return OutputFormat(asked.schema_, asked.name or "", asked.strict is True, "text.format.schema")


def echo_format(asked: Format | None) -> dict[str, Any]:
    """The same, as the reply repeats it."""
    if asked is None or asked.type != "json_schema":
        return {"type": "text" if asked is None else asked.type}
    return {
        "type": "json_schema",
        "name": asked.name,
        "description": asked.description,
        "schema": asked.schema_,
        "strict": asked.strict is True,
    }
