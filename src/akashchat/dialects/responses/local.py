"""Tools whose form OpenAI fixed and whose calls the caller runs: a shell, a patch.

Each is a function to the model, and an item of its own to the caller.
https://platform.openai.com/docs/guides/tools-local-shell
"""

from collections.abc import Callable
from typing import Any, TypeAlias

import msgspec
from msgspec import Struct

from akashchat.model.request import Tool

Fields: TypeAlias = dict[str, Any]


class LocalTool(Struct, frozen=True):
    """A tool, the type of its calls' items, and what makes the fields of such an item of a call's arguments."""

    tool: Tool
    item: str
    fields: Callable[[str], Fields]


class _Exec(Struct):
    command: list[str] | str
    env: dict[str, str] = {}
    timeout_ms: int | None = None
    user: str | None = None
    working_directory: str | None = None


class _Commands(Struct):
    commands: list[str] | str
    timeout_ms: int | None = None
    max_output_length: int | None = None


class _Operation(Struct):
    type: str
    path: str
    diff: str = ""


def _exec(arguments: str) -> Fields:
    try:
        read = msgspec.json.decode(arguments, type=_Exec)
    except (msgspec.MsgspecError, RecursionError):
        read = _Exec(arguments)
    command = ["bash", "-lc", read.command] if isinstance(read.command, str) else read.command
    return {
        "action": {
            "type": "exec",
            "command": command,
            "env": read.env,
            "timeout_ms": read.timeout_ms,
            "user": read.user,
            "working_directory": read.working_directory,
        }
    }


def _commands(arguments: str) -> Fields:
    try:
        read = msgspec.json.decode(arguments, type=_Commands)
    except (msgspec.MsgspecError, RecursionError):
        read = _Commands(arguments)
    commands = [read.commands] if isinstance(read.commands, str) else read.commands
    action = {
        "commands": commands,
        "timeout_ms": read.timeout_ms,
        "max_output_length": read.max_output_length,
    }
    return {"action": action, "environment": None}


def _operation(arguments: str) -> Fields:
    try:
        read = msgspec.json.decode(arguments, type=_Operation)
    except (msgspec.MsgspecError, RecursionError):
        read = _Operation("update_file", "", arguments)
    if read.type == "delete_file":
        return {"operation": {"type": read.type, "path": read.path}}
    kind = "create_file" if read.type == "create_file" else "update_file"
    return {"operation": {"type": kind, "path": read.path, "diff": read.diff}}


def _object(properties: dict[str, Fields], *required: str) -> Fields:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


_TEXT: Fields = {"type": "string"}
_TEXTS: Fields = {"type": "array", "items": _TEXT}
_WHOLE: Fields = {"type": "integer"}

LOCAL = {
    "local_shell": LocalTool(
        Tool(
            name="local_shell",
            description="Runs a command on the user's machine; gives its output.",
            parameters=_object(
                {
                    "command": {**_TEXTS, "description": "The program and its arguments."},
                    "working_directory": _TEXT,
                    "timeout_ms": _WHOLE,
                    "env": {"type": "object", "additionalProperties": _TEXT},
                },
                "command",
            ),
        ),
        "local_shell_call",
        _exec,
    ),
    "shell": LocalTool(
        Tool(
            name="shell",
            description="Runs shell commands on the user's machine; gives their output.",
            parameters=_object(
                {"commands": _TEXTS, "timeout_ms": _WHOLE, "max_output_length": _WHOLE}, "commands"
            ),
        ),
        "shell_call",
        _commands,
    ),
    "apply_patch": LocalTool(
        Tool(
            name="apply_patch",
            description="Creates, changes or deletes one file; `diff` is in the V4A format.",
            parameters=_object(
                {
                    "type": {"type": "string", "enum": ["create_file", "update_file", "delete_file"]},
                    "path": _TEXT,
                    "diff": _TEXT,
                },
                "type",
                "path",
            )
            | {"anyOf": [{"properties": {"type": {"const": "delete_file"}}}, {"required": ["diff"]}]},
        ),
        "apply_patch_call",
        _operation,
    ),
}
"""By the type that a request offers them as."""
