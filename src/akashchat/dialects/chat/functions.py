"""``functions`` and ``function_call``: the older form of tools, in which a message has one call at most.

https://platform.openai.com/docs/api-reference/chat/create#chat-create-functions
"""

from typing import Any, Literal, TypeAlias

from msgspec import Struct

from akashchat.dialects.chat.tools import MAX_TOOLS
from akashchat.errors import BadRequest
from akashchat.model.events import FinishReason
from akashchat.model.request import Request, Tool, ToolChoice


class Function(Struct):
    """One function of a body."""

    name: str
    description: str | None = None
    parameters: dict[str, Any] | None = None


class Chosen(Struct):
    """The function that must be called."""

    name: str


AnyCall: TypeAlias = Literal["none", "auto"] | Chosen


class FunctionsRequest(Request, frozen=True, kw_only=True):
    """A request whose answer tells its call in the older form."""


def functions(asked: list[Function]) -> tuple[Tool, ...]:
    """The functions as tools; raises ``BadRequest``."""
    if len(asked) > MAX_TOOLS:
        raise BadRequest(f"'functions' may hold at most {MAX_TOOLS}, not {len(asked)}", param="functions")
    names = [function.name for function in asked]
    for i, name in enumerate(names):
        if not name or name in names[:i]:
            raise BadRequest("a function needs a name of its own", param=f"functions[{i}].name")
    return tuple(
        Tool(name=one.name, description=one.description or "", parameters=one.parameters or {})
        for one in asked
    )


def function_choice(asked: AnyCall | None, found: tuple[Tool, ...]) -> ToolChoice:
    """Which call is wanted; raises ``BadRequest`` where a function is named that is none."""
    if not isinstance(asked, Chosen):
        return ToolChoice("none") if asked == "none" else ToolChoice()
    if asked.name not in {tool.name for tool in found}:
        raise BadRequest(f"there is no function '{asked.name}'", param="function_call")
    return ToolChoice("required", (asked.name,))


def finish_reason(reason: FinishReason, request: Request) -> str:
    """The reason in the words of the request's form."""
    if reason is FinishReason.TOOL_CALLS and isinstance(request, FunctionsRequest):
        return "function_call"
    return str(reason)
