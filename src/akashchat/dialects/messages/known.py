"""Tools that Anthropic knows by name and the caller runs: what they are for, and their parameters.

Anthropic's models know these by heart; any other model has to be told.

https://platform.claude.com/docs/en/agents-and-tools/tool-use/bash-tool
https://platform.claude.com/docs/en/agents-and-tools/tool-use/text-editor-tool
https://platform.claude.com/docs/en/agents-and-tools/tool-use/memory-tool
https://platform.claude.com/docs/en/agents-and-tools/tool-use/computer-use-tool
"""

from typing import Any, TypeAlias

Known: TypeAlias = tuple[str, dict[str, Any]]
"""A description, and the schema of the input."""


def _text(about: str) -> dict[str, Any]:
    return {"type": "string", "description": about}


def _number(about: str) -> dict[str, Any]:
    return {"type": "integer", "description": about}


def _place(about: str) -> dict[str, Any]:
    return {
        "type": "array",
        "items": {"type": "integer"},
        "minItems": 2,
        "maxItems": 2,
        "description": about,
    }


def _object(required: list[str], **properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": required}


_BASH: Known = (
    "Run a command in a shell that stays open between calls.",
    _object(
        [],
        command=_text("The command; needed unless 'restart' is true."),
        restart={"type": "boolean", "description": "Start the shell anew."},
    ),
)


def _editor(*more: str) -> Known:
    commands = ["view", "create", "str_replace", "insert", *more]
    return (
        "View, create and edit text files.",
        _object(
            ["command", "path"],
            command={"type": "string", "enum": commands, "description": "What to do."},
            path=_text("The file or folder, as an absolute path."),
            view_range=_place("For 'view': first and last line, counted from 1; -1 as the last is the end."),
            file_text=_text("For 'create': the whole text of the file."),
            old_str=_text("For 'str_replace': the text to replace; it must occur exactly once."),
            new_str=_text("For 'str_replace': the text in its place."),
            insert_line=_number("For 'insert': the line after which to insert; 0 is the beginning."),
            insert_text=_text("For 'insert': the text to insert."),
        ),
    )


_MEMORY: Known = (
    "Keep notes in files under /memories, which last from one conversation to the next.",
    _object(
        ["command"],
        command={
            "type": "string",
            "enum": ["view", "create", "str_replace", "insert", "delete", "rename"],
            "description": "What to do.",
        },
        path=_text("The file or folder; for all commands but 'rename'."),
        view_range=_place("For 'view': first and last line."),
        file_text=_text("For 'create': the whole text of the file."),
        old_str=_text("For 'str_replace': the text to replace."),
        new_str=_text("For 'str_replace': the text in its place."),
        insert_line=_number("For 'insert': the line after which to insert."),
        insert_text=_text("For 'insert': the text to insert."),
        old_path=_text("For 'rename': the present path."),
        new_path=_text("For 'rename': the new path."),
    ),
)

_ACTIONS = [
    "screenshot", "left_click", "right_click", "middle_click", "double_click", "triple_click", "left_click_drag",
    "left_mouse_down", "left_mouse_up", "mouse_move", "cursor_position", "scroll", "type", "key", "hold_key", "wait",
]  # fmt: skip
_COMPUTER: Known = (
    "Use a computer: look at its screen, move its mouse, press its keys.",
    _object(
        ["action"],
        action={"type": "string", "enum": _ACTIONS, "description": "What to do."},
        coordinate=_place("Where, as pixels from the left and from the top."),
        start_coordinate=_place("For 'left_click_drag': where to begin."),
        text=_text("For 'type': the text. For 'key' and 'hold_key': the keys, such as 'ctrl+s'."),
        scroll_direction={"type": "string", "enum": ["up", "down", "left", "right"]},
        scroll_amount=_number("For 'scroll': how far."),
        duration=_number("For 'hold_key' and 'wait': seconds."),
    ),
)

KNOWN: dict[str, Known] = {
    "bash": _BASH,
    "text_editor_20241022": _editor("undo_edit"),
    "text_editor_20250124": _editor("undo_edit"),
    "text_editor": _editor(),
    "memory": _MEMORY,
    "computer": _COMPUTER,
}
"""By the type, with its version where that matters and without it where it does not."""
