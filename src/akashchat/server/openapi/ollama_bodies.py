"""The bodies of Ollama's API, asked and answered.

https://github.com/ollama/ollama/blob/main/docs/api.md
"""

from akashchat.server.openapi.parameters import DoneBy, Parameter, body
from akashchat.server.openapi.parts import Schema, array, const, fields, nullable, number, text

_BASE64 = r"^(data:.*base64,)?([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"
_TEXT: Schema = {"type": "string"}
_PICTURES: Schema = {"type": ["array", "null"], "items": {**_TEXT, "minLength": 4, "pattern": _BASE64}}
_ANY_TEXT: Schema = {"type": ["string", "null"]}
_BOOL: Schema = {"type": ["boolean", "null"]}
_WHOLE: Schema = {"type": ["integer", "null"]}

_OPTIONS: Schema = {
    "type": ["object", "null"],
    "properties": {
        "temperature": {"type": ["number", "null"], "minimum": 0, "maximum": 2},
        "top_p": {"type": ["number", "null"], "minimum": 0, "maximum": 1},
        "num_predict": {**_WHOLE, "description": "The most tokens; no limit where it is not above zero."},
        "stop": {"type": ["string", "array", "null"], "items": _TEXT, "maxItems": 16},
    },
}

_COMMON: tuple[Parameter, ...] = (
    Parameter(
        "model", "gateway", {"type": "string", "pattern": r"\S"},
        "A model's id, from `/api/tags`. A `:latest` behind it is passed over.",
    ),
    Parameter("stream", "gateway", {**_BOOL, "default": True}, "Send the answer as it is made, a line a piece."),
    Parameter(
        "format", "gateway",
        {"anyOf": [{"type": ["object", "null"]}, {"type": "string", "enum": ["", "json"]}]},
        "The answer's form: `json`, or a JSON Schema.",
    ),
    Parameter(
        "options", "gateway", _OPTIONS,
        "`seed`, `top_k` and others that no upstream follows are named in `x-akashchat-ignored`; those that steer "
        "the machine a model runs on, such as `num_gpu` and `num_ctx`, are taken as information.",
    ),
    Parameter(
        "think", "gateway",
        {"anyOf": [{"type": ["boolean", "null"]}, {"type": "string", "enum": ["low", "medium", "high", "max"]}]},
        "`false` leaves thoughts out of the answer. How much a model thinks nobody can set: a level, and that it "
        "thinks all the same, is named in `x-akashchat-ignored` as `reasoning_effort`.",
    ),
    Parameter("keep_alive", "information", {}, "How long a model stays loaded; all always are."),
    Parameter("logprobs", "nobody", _BOOL, "Tell how likely the words were."),
    Parameter("top_logprobs", "nobody", _WHOLE, "How many other words to tell of."),
)  # fmt: skip

_CHAT: tuple[Parameter, ...] = (
    Parameter(
        "messages", "gateway",
        {"type": "array", "items": {"$ref": "#/components/schemas/OllamaMessage"}},
        "The conversation so far; without one the model is loaded, as it always is.",
    ),
    Parameter(
        "tools", "gateway",
        {"type": ["array", "null"], "items": {"$ref": "#/components/schemas/OllamaTool"}, "maxItems": 128},
        "Functions the model may call.",
    ),
)  # fmt: skip


def _left(name: str, schema: Schema, about: str) -> Parameter:
    nobody: DoneBy = "nobody"
    return Parameter(name, nobody, schema, about)


_GENERATE: tuple[Parameter, ...] = (
    Parameter(
        "prompt",
        "gateway",
        _ANY_TEXT,
        "What is asked; without one, and without images, the model is loaded, as it always is.",
    ),
    Parameter("system", "gateway", _ANY_TEXT, "Instructions."),
    Parameter("images", "gateway", _PICTURES, "Pictures, in base64."),
    Parameter("suffix", "gateway", {**_ANY_TEXT, "maxLength": 0}, "Refused: the models cannot fill a gap."),
    _left("template", _ANY_TEXT, "Another template for prompts."),
    _left("raw", _BOOL, "No template at all."),
    _left("context", {"type": ["array", "null"]}, "Tokens of what was said before."),
    _left("width", _WHOLE, "A picture's width."),
    _left("height", _WHOLE, "A picture's height."),
    _left("steps", _WHOLE, "How long to draw."),
)

_CALL: Schema = fields(
    {
        "id": text("The call's id."),
        "function": fields(
            {
                "index": number("Which call."),
                "name": text("Its name."),
                "arguments": {"type": "object", "description": "Its arguments."},
            }
        ),
    }
)
_END: dict[str, Schema] = {
    "done_reason": text(
        "Why the answer is over.", enum=["stop", "length", "content_filter", "load", "unload"]
    ),
    "total_duration": number("Nanoseconds, as all durations."),
    "load_duration": number("Always 0: models are always ready."),
    "prompt_eval_count": number("Tokens of the question."),
    "prompt_eval_duration": number("What went by before a stream's first word."),
    "eval_count": number("Tokens of the answer, thoughts included."),
    "eval_duration": number("What went by after it; of a whole answer, all."),
    "estimated": {"type": "boolean", "const": True, "description": "There where the gateway counted."},
}
_LINE: dict[str, Schema] = {
    "model": text("The model, as it was asked for."),
    "created_at": text("When the answer was begun."),
    "done": {"type": "boolean", "description": "Whether this is all, or the last line."},
}
_DETAILS: Schema = fields(
    {
        "parent_model": text("The true model, where this is an alias."),
        "format": text("Always empty."),
        "family": text("Always the same."),
        "families": array(_TEXT, "The same again."),
        "parameter_size": text("The model's size, where Akash tells."),
        "quantization_level": text("Always empty."),
    }
)
_ALIAS = text("The true model, where this is only another name for it.")

SCHEMAS: dict[str, Schema] = {
    "OllamaChatRequest": body((*_COMMON, *_CHAT), ("model",)),
    "OllamaGenerateRequest": body((*_COMMON, *_GENERATE), ("model",)),
    "OllamaMessage": {
        "type": "object",
        "required": ["role"],
        "properties": {
            "role": text("Who speaks.", enum=["system", "user", "assistant", "tool"]),
            "content": nullable(text("What is said.")),
            "thinking": nullable(text("Taken, and not sent on.")),
            "images": {**_PICTURES, "description": "Pictures, in base64."},
            "tool_calls": {"type": ["array", "null"], "items": {"type": "object", "required": ["function"]}},
            "tool_name": nullable(text("With the role `tool`: which tool this is the answer of.")),
        },
    },
    "OllamaTool": {
        "type": "object",
        "required": ["function"],
        "properties": {
            "type": const("function"),
            "function": {
                "type": "object",
                "required": ["name"],
                "properties": {
                    "name": _TEXT,
                    "description": nullable(text("What it does.")),
                    "parameters": {"type": ["object", "null"], "description": "Its JSON Schema."},
                },
            },
        },
    },
    "OllamaChatReply": fields(
        {
            **_LINE,
            "message": fields(
                {
                    "role": const("assistant"),
                    "content": text("The answer, or more of it."),
                    "thinking": text("The model's thoughts, or more of them."),
                    "tool_calls": array(_CALL, "Calls; each comes whole."),
                },
                optional=("thinking", "tool_calls"),
            ),
            **_END,
        },
        optional=tuple(_END),
    ),
    "OllamaGenerateReply": fields(
        {**_LINE, "response": text("The answer, or more of it."), "thinking": text("The thoughts."), **_END},
        optional=(*_END, "thinking"),
    ),
    "OllamaError": fields({"error": text("What was wrong.")}, about="A failure; in a stream, the last line."),
    "OllamaModels": fields(
        {
            "models": array(
                fields(
                    {
                        "name": text("The model's id."),
                        "model": text("The same."),
                        "modified_at": text("When it came."),
                        "size": number("Always 0: there are no files."),
                        "digest": text("Made of the id."),
                        "details": _DETAILS,
                        "alias_of": _ALIAS,
                    },
                    optional=("alias_of",),
                )
            )
        }
    ),
    "OllamaShowRequest": {
        "type": "object",
        "required": ["model"],
        "properties": {"model": text("A model's id.")},
    },
    "OllamaShown": fields(
        {
            "modelfile": text("Always empty."),
            "parameters": text("Always empty."),
            "template": text("Always empty."),
            "license": text("Always empty."),
            "details": _DETAILS,
            "model_info": {"type": "object", "description": "The context length, and its names."},
            "capabilities": array(_TEXT, "`completion`, `tools`; `image` where it draws."),
            "modified_at": text("When it came."),
            "alias_of": _ALIAS,
        },
        optional=("alias_of",),
    ),
    "OllamaVersion": fields({"version": text("The version of Ollama whose API this is.")}),
}
