"""Tools and output formats of ``POST /v1/chat/completions``, in OpenAI's words."""

from akashchat.dialects.chat.tools import MAX_TOOLS
from akashchat.server.openapi.parameters import Parameter
from akashchat.server.openapi.parts import Schema, array, const, nullable, ref, text

_NAME: Schema = text("Its name; no two tools have the same.", minLength=1)
_ABOUT: Schema = nullable(text("What it is for, told to the model."))
_STRICT: Schema = {"type": ["boolean", "null"], "description": "What the schema rules out is dropped."}


def _object(properties: dict[str, Schema], required: tuple[str, ...], about: str) -> Schema:
    return {"type": "object", "description": about, "required": list(required), "properties": properties}


_FUNCTION = _object(
    {
        "name": _NAME,
        "description": _ABOUT,
        "parameters": {
            "type": ["object", "null"],
            "description": "A JSON Schema. Every call's arguments fit it; nothing is fetched for it.",
        },
        "strict": _STRICT,
    },
    ("name",),
    "The function.",
)

_GRAMMAR: Schema = {
    "type": ["object", "null"],
    "description": "The form of its text, told to the model and not checked.",
    "properties": {
        "syntax": text("`lark` or `regex`."),
        "definition": text("The grammar."),
    },
}

_CUSTOM = _object(
    {
        "name": _NAME,
        "description": _ABOUT,
        "format": {
            "type": ["object", "null"],
            "description": "The form of its text.",
            "required": ["type"],
            "properties": {
                "type": text("Any text, or one by a grammar.", enum=["text", "grammar"]),
                "grammar": _GRAMMAR,
            },
        },
    },
    ("name",),
    "A tool whose input is one text.",
)

_NAMED = _object({"name": text("Its name.")}, ("name",), "A tool, by its name.")


def _tagged(kind: str, name: str, schema: Schema, about: str) -> Schema:
    return {"title": kind, **_object({"type": const(kind), name: schema}, ("type", name), about)}


_CHOSEN: Schema = {
    "description": "One tool.",
    "oneOf": [
        _tagged("function", "function", _NAMED, "This function."),
        _tagged("custom", "custom", _NAMED, "This tool."),
    ],
}

_ALLOWED = _object(
    {
        "mode": text("Whether one must be called.", enum=["auto", "required"]),
        "tools": array(_CHOSEN, "These."),
    },
    ("mode", "tools"),
    "Some of the tools.",
)

_JSON_SCHEMA = _object(
    {
        "name": text("Its name."),
        "schema": {"type": "object", "description": "A JSON Schema. Nothing is fetched for it."},
        "strict": _STRICT,
    },
    ("schema",),
    "The schema.",
)

SCHEMAS: dict[str, Schema] = {
    "Tool": {
        "description": "Something the model may call.",
        "oneOf": [
            _tagged("function", "function", _FUNCTION, "A function, called with JSON."),
            _tagged("custom", "custom", _CUSTOM, "A tool that is called with plain text."),
        ],
    },
    "ToolChoice": {
        "description": "Which tools may or must be called.",
        "anyOf": [
            text(
                "`none`, `auto` as without it, or `required`: at least one.",
                enum=["none", "auto", "required"],
            ),
            *_CHOSEN["oneOf"],
            _tagged("allowed_tools", "allowed_tools", _ALLOWED, "Only these tools."),
            {"type": "null"},
        ],
    },
    "ResponseFormat": {
        "description": "The form of the answer.",
        "anyOf": [
            {"title": "text", **_object({"type": const("text")}, ("type",), "Any text.")},
            {"title": "json_object", **_object({"type": const("json_object")}, ("type",), "A JSON object.")},
            _tagged("json_schema", "json_schema", _JSON_SCHEMA, "JSON that fits a schema."),
            {"type": "null"},
        ],
    },
}

PARAMETERS: tuple[Parameter, ...] = (
    Parameter(
        "tools", "gateway", {"type": ["array", "null"], "items": ref("Tool"), "maxItems": MAX_TOOLS},
        "What the model may call. Arguments are checked against the schema; slips are mended where there is "
        "one way to, else the model is asked once more, and then the answer fails with `invalid_tool_call`.",
    ),
    Parameter(
        "tool_choice", "gateway", ref("ToolChoice"),
        "Which tools may or must be called. It needs `tools`.",
    ),
    Parameter(
        "parallel_tool_calls", "gateway", {"type": ["boolean", "null"], "default": True},
        "With `false` an answer has one call at most.",
    ),
    Parameter(
        "functions", "gateway",
        {"type": ["array", "null"], "items": _FUNCTION, "maxItems": MAX_TOOLS},
        "The older form of `tools`; the answer tells its call in `function_call`.",
    ),
    Parameter(
        "function_call", "gateway",
        {"anyOf": [text("`none`, or `auto`.", enum=["none", "auto"]), _NAMED, {"type": "null"}]},
        "The older form of `tool_choice`.",
    ),
    Parameter(
        "response_format", "gateway", ref("ResponseFormat"),
        "The form of the answer, which is checked and mended like calls are; an answer without it fails with "
        "`invalid_output`. With a schema a stream begins when the answer is complete.",
    ),
)  # fmt: skip
