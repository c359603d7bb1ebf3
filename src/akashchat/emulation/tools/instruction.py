"""Tools in words (to be replaced by the instruction proper)."""

import msgspec

from akashchat.emulation.correction import instructed
from akashchat.model.request import Request, ToolChoice


def instruct(request: Request) -> Request:
    """The request with its tools in words."""
    tools = msgspec.json.encode(request.tools).decode()
    bare = msgspec.structs.replace(request, tools=(), tool_choice=ToolChoice(), parallel_calls=True)
    return instructed(bare, f"Tools: {tools}")
