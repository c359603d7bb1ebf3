"""Blocks of work that is done at Anthropic, which nobody does here and no other model can be told of."""

from typing import TypeAlias

from msgspec import Struct


class ServerToolUse(Struct, tag="server_tool_use"):
    """A call that Anthropic runs."""


class WebSearch(Struct, tag="web_search_tool_result"):
    """What a search gave, encrypted."""


class WebFetch(Struct, tag="web_fetch_tool_result"):
    """A page."""


class CodeExecution(Struct, tag="code_execution_tool_result"):
    """What a program printed."""


class BashCodeExecution(Struct, tag="bash_code_execution_tool_result"):
    """What a command printed."""


class TextEditor(Struct, tag="text_editor_code_execution_tool_result"):
    """What an editor did."""


class ToolSearch(Struct, tag="tool_search_tool_result"):
    """Which tools were found."""


class ContainerUpload(Struct, tag="container_upload"):
    """A file for a container."""


class McpToolUse(Struct, tag="mcp_tool_use"):
    """A call that Anthropic hands to a server."""


class McpToolResult(Struct, tag="mcp_tool_result"):
    """What that server gave."""


class Compaction(Struct, tag="compaction"):
    """What Anthropic made of a longer conversation."""


Foreign: TypeAlias = (
    ServerToolUse
    | WebSearch
    | WebFetch
    | CodeExecution
    | BashCodeExecution
    | TextEditor
    | ToolSearch
    | ContainerUpload
    | McpToolUse
    | McpToolResult
    | Compaction
)
