"""A request as a Chat Completions body.

The upstream is always asked for a stream and for usage in it, whatever the caller wants: a stream shows that it
lives, can be stopped, and is folded into a whole reply like any other.  Parameters that nobody here knows are
sent as the caller wrote them.
"""

from collections.abc import Iterable
from typing import Any, Literal, TypeAlias

from msgspec import Struct

from akashchat.model.request import OutputFormat, Request, Tool
from akashchat.upstreams.base import Honour
from akashchat.upstreams.openai import freeform
from akashchat.upstreams.openai.messages import render_messages
from akashchat.upstreams.openai.parameters import honours, sent
from akashchat.wire import json

LimitName: TypeAlias = Literal["max_tokens", "max_completion_tokens"]


class Form(Struct, frozen=True, kw_only=True):
    """How an upstream wants to be asked: the model by its own name, and what it does not take."""

    model: str
    lacks: frozenset[str] = frozenset()
    usage: bool = True
    limit: LimitName = "max_tokens"


def render(request: Request, form: Form) -> bytes:
    """The body; raises ``RecursionError`` for schemas nested beyond reason."""
    followed = {name for name, who in honours(form.lacks).items() if who is Honour.UPSTREAM}
    fields = _fields(request, form)
    body: dict[str, Any] = {
        "model": form.model,
        "messages": render_messages(request.messages, freeform_names(request)),
        "stream": True,
    }
    if form.usage:
        body["stream_options"] = {"include_usage": True}
    body |= {name: value for name, (asked, value) in fields.items() if asked in followed}
    return json.encode({**sent(request.options, form.lacks), **body})


def freeform_names(request: Request) -> frozenset[str]:
    """The tools whose input is a text."""
    return frozenset([tool.name for tool in request.tools if tool.freeform])


def _fields(request: Request, form: Form) -> dict[str, tuple[str, Any]]:
    """What was asked for: the field's name, what the gateway calls the parameter, and the value."""
    known = (
        ("temperature", "temperature", request.temperature),
        ("top_p", "top_p", request.top_p),
        (form.limit, "max_tokens", request.max_tokens),
        ("stop", "stop", list(request.stop) or None),
        ("response_format", "response_format", _output(request.output)),
        *_tools(request),
    )
    return {field: (asked, value) for field, asked, value in known if value is not None}


def _tools(request: Request) -> Iterable[tuple[str, str, Any]]:
    """Tools and which of them are to be called; one that may not be called is not offered.

    OpenAI's ``allowed_tools`` says the same with all of them offered, and few servers know it.
    """
    choice = request.tool_choice
    offered = [tool for tool in request.tools if not choice.names or tool.name in choice.names]
    if not offered:
        return
    yield "tools", "tools", [_tool(tool) for tool in offered]
    if choice.mode == "required" and len(choice.names) == 1:
        yield "tool_choice", "tool_choice", {"type": "function", "function": {"name": choice.names[0]}}
    elif choice.mode != "auto":
        yield "tool_choice", "tool_choice", choice.mode
    if not request.parallel_calls:
        yield "parallel_tool_calls", "parallel_tool_calls", False


def _tool(tool: Tool) -> dict[str, Any]:
    if tool.freeform:
        return {"type": "function", "function": freeform.function(tool)}
    function: dict[str, Any] = {
        "name": tool.name,
        "parameters": tool.parameters or {"type": "object", "properties": {}},
    }
    if tool.description:
        function["description"] = tool.description
    if tool.strict:
        function["strict"] = True
    return {"type": "function", "function": function}


def _output(output: OutputFormat | None) -> dict[str, Any] | None:
    if output is None:
        return None
    if output.schema is None:
        return {"type": "json_object"}
    schema: dict[str, Any] = {"name": output.name or "answer", "schema": output.schema}
    if output.strict:
        schema["strict"] = True
    return {"type": "json_schema", "json_schema": schema}
