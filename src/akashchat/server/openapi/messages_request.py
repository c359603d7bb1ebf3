"""The bodies of ``POST /v1/messages`` and its counting, in Anthropic's words.

https://platform.claude.com/docs/en/api/messages/create
"""

from akashchat.dialects.messages.request import COUNTED
from akashchat.dialects.messages.tools import MAX_TOOLS
from akashchat.server.openapi.parameters import Parameter, body
from akashchat.server.openapi.parts import Schema, array, const, nullable, ref, text

_TEXT: Schema = {"type": "string"}
_BOOL: Schema = {"type": ["boolean", "null"]}
_OBJECT: Schema = {"type": ["object", "null"]}
_NAMED: Schema = {"type": ["string", "null"]}
_FORMAT: Schema = {
    "type": ["object", "null"],
    "required": ["type", "schema"],
    "properties": {"type": const("json_schema"), "schema": {"type": "object", "description": "It."}},
}

_MEANT: tuple[Parameter, ...] = (
    Parameter(
        "model", "gateway", {"type": "string", "pattern": r"\S"},
        "A model's id, from `/v1/models`. One that draws answers with a picture, as Markdown.",
    ),
    Parameter(
        "messages", "gateway", {"type": "array", "minItems": 1, "items": ref("AnthropicTurn")},
        "The conversation so far; turns of one role behind one another are one turn. Where the assistant speaks "
        "last the model answers to that with a new turn and does not go on with it: `prefill` is then named in "
        "`x-akashchat-ignored`.",
    ),
    Parameter(
        "system", "gateway",
        {"type": ["string", "array", "null"], "items": ref("AnthropicText")}, "Instructions.",
    ),
    Parameter(
        "max_tokens", "gateway", {"type": "integer", "minimum": 1, "maximum": 2**31},
        "The answer ends after so many tokens, thoughts included. They are counted in the gateway.",
    ),
    Parameter(
        "stream", "gateway", {**_BOOL, "default": False},
        "Send the answer as it is made, as server-sent events.",
    ),
    Parameter(
        "temperature", "upstream", {"type": ["number", "null"], "minimum": 0, "maximum": 1},
        "How freely words are chosen.",
    ),
    Parameter(
        "top_p", "upstream", {"type": ["number", "null"], "minimum": 0, "maximum": 1},
        "Choose among the most likely words only, those that make up this share.",
    ),
    Parameter(
        "stop_sequences", "gateway", {"type": ["array", "null"], "items": _TEXT, "maxItems": 16},
        "Up to 16 texts; the answer ends right before the first of them, which `stop_sequence` tells.",
    ),
    Parameter(
        "thinking", "gateway",
        {
            "type": ["object", "null"],
            "required": ["type"],
            "properties": {
                "type": text("What.", enum=["enabled", "disabled", "adaptive", "between_tools"]),
                "budget_tokens": {"type": ["integer", "null"], "description": "Named as ignored."},
                "display": nullable(text("How.", enum=["summarized", "omitted"])),
            },
        },
        "Whether the model's thoughts are shown: not where this is absent or `disabled`, and without their text "
        "where `display` is `omitted`. Whether it thinks is up to the model.",
    ),
    Parameter(
        "tools", "gateway",
        {"type": ["array", "null"], "maxItems": MAX_TOOLS, "items": ref("AnthropicTool")},
        "Functions the model may call, and those tools of Anthropic's that the caller runs.",
    ),
    Parameter(
        "tool_choice", "gateway",
        {
            "type": ["object", "null"],
            "required": ["type"],
            "properties": {
                "type": text("Whether.", enum=["auto", "any", "tool", "none"]),
                "name": nullable(text("Which, for `tool`.")),
                "disable_parallel_tool_use": {**_BOOL, "description": "One call at most."},
            },
        },
        "Whether tools may or must be called.",
    ),
    Parameter(
        "output_config", "gateway",
        {
            **_OBJECT,
            "properties": {
                "format": {**_FORMAT, "description": "The form of the answer's text."},
                "effort": {**_NAMED, "description": "Named as ignored, as `reasoning_effort`."},
            },
        },
        "The form of the answer's text: JSON by a schema.",
    ),
    Parameter("output_format", "gateway", _FORMAT, "The older place of `output_config.format`."),
    Parameter(
        "context_management", "gateway",
        {
            **_OBJECT,
            "properties": {
                "edits": {
                    "type": ["array", "null"],
                    "items": {"type": "object", "required": ["type"], "properties": {"type": _TEXT}},
                    "description": "The changes.",
                }
            },
        },
        "What to leave out of the conversation. Earlier thoughts are always left out; anything else is named as "
        "ignored.",
    ),
    Parameter(
        "metadata", "gateway", {**_OBJECT, "properties": {"user_id": {**_NAMED, "description": "Who."}}},
        "Your own user, for the gateway's log.",
    ),
)  # fmt: skip

_LEFT: tuple[Parameter, ...] = (
    Parameter("top_k", "nobody", {"type": ["integer", "null"]}, "Choose among so many words."),
    Parameter("container", "nobody", {}, "Where programs run."),
    Parameter("mcp_servers", "nobody", {"type": ["array", "null"]}, "Servers whose tools Anthropic calls."),
    Parameter("inference_geo", "nobody", _NAMED, "Where to compute."),
    Parameter("service_tier", "nobody", _NAMED, "How urgent it is; both documented values are what happens."),
    Parameter("speed", "nobody", _NAMED, "`fast`; `standard` is what happens."),
    Parameter("billing_policy", "nobody", _OBJECT, "Who pays."),
    Parameter("compaction", "nobody", _OBJECT, "Shorten a long conversation."),
    Parameter("fallbacks", "nobody", {}, "Which models to ask otherwise."),
    Parameter("fallback_credit_token", "nobody", {}, "Who pays for that."),
    Parameter(
        "thread",
        "gateway",
        {"type": "null"},
        "A conversation kept at Anthropic. None is kept here: it is refused, and clients send all of it.",
    ),
    Parameter("cache_control", "information", _OBJECT, "What to keep for the next request."),
    Parameter("diagnostics", "information", _OBJECT, "Tell why nothing was kept."),
    Parameter("user_profile_id", "information", _NAMED, "On whose behalf."),
    Parameter("workspace_id", "information", _NAMED, "For which workspace."),
)

PARAMETERS: tuple[Parameter, ...] = (*_MEANT, *_LEFT)

_BLOCKS = {
    "text": "Text.",
    "image": "A picture, with a `source` of the type `base64` or `url`.",
    "document": "A document, with a `source` of the type `base64`, `text` or `content`.",
    "search_result": "Something that was found.",
    "tool_use": "A call the assistant made.",
    "tool_result": "What came of a call, with text, pictures and documents.",
    "thinking": "Thoughts of an earlier answer; left out.",
    "redacted_thinking": "The same.",
}

_TEXT_BLOCK: Schema = {
    "type": "object",
    "required": ["type", "text"],
    "properties": {"type": const("text"), "text": _TEXT},
}

SCHEMAS: dict[str, Schema] = {
    "MessagesRequest": body(PARAMETERS, ("messages", "model", "max_tokens")),
    "CountRequest": body(
        tuple(parameter for parameter in PARAMETERS if parameter.name in COUNTED), ("messages", "model")
    ),
    "AnthropicText": _TEXT_BLOCK,
    "AnthropicTurn": {
        "type": "object",
        "required": ["role", "content"],
        "properties": {
            "role": text("Who speaks.", enum=["user", "assistant", "system"]),
            "content": {
                "description": "What is said.",
                "anyOf": [_TEXT, array(ref("AnthropicBlock"))],
            },
        },
    },
    "AnthropicBlock": {
        "type": "object",
        "description": "A piece of a turn. Blocks of work done at Anthropic are refused.\n\n"
        + "\n".join(f"- `{name}`: {about}" for name, about in _BLOCKS.items()),
        "required": ["type"],
        "properties": {"type": text("Its kind.", enum=[*_BLOCKS, "tool_reference"])},
    },
    "AnthropicTool": {
        "type": "object",
        "description": "A function with an `input_schema`, or a tool of Anthropic's that the caller runs: `bash_…`, "
        "`text_editor_…`, `memory_…` and `computer_…`. Tools that run at Anthropic are refused.",
        "properties": {
            "type": nullable(text("`custom`, or a tool of Anthropic's.")),
            "name": nullable(text("Its name.")),
            "description": nullable(text("What it does.")),
            "input_schema": {**_OBJECT, "description": "Its parameters, as a JSON Schema."},
            "strict": {**_BOOL, "description": "Keep to the schema's letter."},
        },
    },
}
