"""Messages, pictures and tools in Ollama's words, read."""

import base64
from typing import Any, Literal

from msgspec import Struct

from akashchat.errors import BadRequest
from akashchat.model.request import ImagePart, Message, Part, TextPart, Tool, ToolCall
from akashchat.wire.json import encode

MAX_TOOLS = 128

# By the first bytes of a file; what is none of these is taken for JPEG, as the models do.
_MAGIC = {b"\x89PNG": "image/png", b"GIF8": "image/gif", b"RIFF": "image/webp"}


class _Called(Struct):
    name: str
    arguments: dict[str, Any] | None = None


class _Call(Struct):
    function: _Called
    id: str | None = None


class ToldMessage(Struct):
    """One turn, as it is told."""

    role: Literal["system", "user", "assistant", "tool"]
    content: str | None = None
    thinking: str | None = None
    images: list[str] | None = None
    tool_calls: list[_Call] | None = None
    tool_name: str | None = None
    tool_call_id: str | None = None


class _Function(Struct):
    name: str
    description: str | None = None
    parameters: dict[str, Any] | None = None


class AnyTool(Struct):
    """A tool, as it is told."""

    function: _Function
    type: Literal["function"] = "function"


def messages(told: list[ToldMessage]) -> tuple[Message, ...]:
    """The conversation; raises ``BadRequest``."""
    waiting: list[ToolCall] = []
    return tuple(_message(message, f"messages[{i}]", waiting) for i, message in enumerate(told))


def _message(told: ToldMessage, where: str, waiting: list[ToolCall]) -> Message:
    """One turn; ``waiting`` are the calls that have no answer yet."""
    calls = tuple(
        ToolCall(call.id or f"call_{where}_{i}", call.function.name, _arguments(call))
        for i, call in enumerate(told.tool_calls or ())
    )
    if calls and told.role != "assistant":
        raise BadRequest(f"only an assistant calls tools, not '{told.role}'", param=f"{where}.tool_calls")
    waiting += calls
    said: tuple[Part, ...] = (TextPart(told.content),) if told.content else ()
    parts = (*said, *pictures(told.images, f"{where}.images"))
    if told.role != "tool":
        return Message(told.role, parts, calls=calls)
    call = _answered(told, waiting)
    return Message(
        "tool", parts, name=told.tool_name or (call.name if call else ""), call_id=call.id if call else ""
    )


def _arguments(call: _Call) -> str:
    return encode(call.function.arguments or {}).decode()


def _answered(told: ToldMessage, waiting: list[ToolCall]) -> ToolCall | None:
    """The call a tool's answer is to."""
    for call in waiting:
        if told.tool_call_id in (None, "", call.id) and told.tool_name in (None, "", call.name):
            waiting.remove(call)
            return call
    return None


def pictures(images: list[str] | None, where: str) -> tuple[ImagePart, ...]:
    """Pictures sent along in base64; raises ``BadRequest``."""
    return tuple(_picture(image, f"{where}[{i}]") for i, image in enumerate(images or ()))


def _picture(image: str, where: str) -> ImagePart:
    payload = image.partition("base64,")[2] if image.startswith("data:") else image
    try:
        content = base64.b64decode(payload, validate=True)
    except ValueError as error:
        raise BadRequest("the image is not valid base64", param=where) from error
    if not content:
        raise BadRequest("the image is empty", param=where)
    media_type = _MAGIC.get(content[:4], "image/jpeg")
    return ImagePart(f"data:{media_type};base64,{payload}", media_type)


def tools(told: list[AnyTool] | None) -> tuple[Tool, ...]:
    """The tools; raises ``BadRequest``."""
    found: dict[str, Tool] = {}
    if len(told or ()) > MAX_TOOLS:
        raise BadRequest(f"'tools' may hold at most {MAX_TOOLS}, not {len(told or ())}", param="tools")
    for i, tool in enumerate(told or ()):
        name = tool.function.name
        if not name:
            raise BadRequest("a tool's name must not be empty", param=f"tools[{i}]")
        if name in found:
            raise BadRequest(f"there are two tools called '{name}'", param=f"tools[{i}]")
        found[name] = Tool(
            name=name,
            description=tool.function.description or "",
            parameters=tool.function.parameters or {},
        )
    return tuple(found.values())
