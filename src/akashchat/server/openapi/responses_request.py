"""The body of ``POST /v1/responses``, in OpenAI's words.

https://platform.openai.com/docs/api-reference/responses/create
"""

from akashchat.server.openapi.parameters import Parameter, body
from akashchat.server.openapi.parts import Schema

_TEXT: Schema = {"type": ["string", "null"]}
_BOOL: Schema = {"type": ["boolean", "null"]}
_OBJECT: Schema = {"type": ["object", "null"]}
_WHOLE: Schema = {"type": ["integer", "null"]}
_PENALTY: Schema = {"type": ["number", "null"]}
_ANY: Schema = {}
_NOTHING: Schema = {"type": "null"}

INPUT: Schema = {
    "anyOf": [
        {"type": "string", "minLength": 1},
        {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "anyOf": [{"required": ["type"]}, {"required": ["role"]}, {"required": ["id"]}],
            },
        },
    ]
}
_TOOLS: Schema = {"type": ["array", "null"], "items": {"type": "object", "required": ["type"]}}

_MEANT: tuple[Parameter, ...] = (
    Parameter("model", "gateway", {"type": "string", "pattern": r"\S"}, "A model's id, from `/v1/models`."),
    Parameter(
        "input", "gateway", INPUT,

                   "A text, or items: messages, calls of tools and what they gave, references to items kept here. "
        "Thoughts "
        "are left out; so are calls of tools that ran at OpenAI, and these are named as `input[<type>]`.",
    ),
    Parameter("instructions", "gateway", _TEXT, "A system message before all others, for this response only."),
    Parameter(
        "previous_response_id", "gateway", _TEXT,
        "Go on from a response kept here: its input and output come first, and those of the ones before it.",
    ),
    Parameter("store", "gateway", _BOOL, "Keep the response; on where it is not `false`."),
    Parameter("stream", "gateway", _BOOL, "Send the answer as it is made, as server-sent events."),
    Parameter(
        "stream_options", "gateway", {**_OBJECT, "properties": {"include_obfuscation": _BOOL}},
        "Only with `stream`. Events are never padded.",
    ),
    Parameter("temperature", "upstream", {**_PENALTY, "minimum": 0, "maximum": 2},
        "How freely words are chosen."),
    Parameter("top_p", "upstream", {**_PENALTY, "minimum": 0, "maximum": 1},
        "Choose among the most likely words only."),
    Parameter(
        "max_output_tokens", "gateway", {**_WHOLE, "minimum": 1, "maximum": 2**31},
        "The answer ends after so many tokens; the response is then `incomplete`.",
    ),
    Parameter(
        "tools", "gateway", _TOOLS,

                   "Functions, texts (`custom`), namespaces of both, and the shells and patches that a client runs "
        "itself. "
        "Tools that OpenAI would run are named as `tools[<type>]` and not offered to the model.",
    ),
    Parameter("tool_choice", "gateway", {"anyOf": [
        {"enum": ["none", "auto", None]}, {"type": "object", "required": ["type"]}]},
            "Which tools may or must be called; `required` needs tools."),
    Parameter("parallel_tool_calls", "gateway", _BOOL, "Whether one answer may hold several calls."),
    Parameter("text", "gateway", {**_OBJECT, "properties": {"format": {"type": ["object", "null"]},
        "verbosity": _TEXT}},

                               "The form of the text: `format` of type `text`, `json_object` or `json_schema`. "
              "`verbosity` is named."),
    Parameter("reasoning", "gateway", {**_OBJECT, "properties": {"effort": _TEXT, "summary": _TEXT,
        "generate_summary": _TEXT}},
              "With `summary`, thoughts are told as a summary, in full; else as content. `effort` is named."),
    Parameter("include", "gateway", {"type": ["array", "null"], "items": {"type": "string"}},
              "What is not there cannot be included: each is named as `include[<what>]`."),
    Parameter("background", "gateway", {"type": ["boolean", "null"], "enum": [False, None]},
        "Answers are not made in the background."),
    Parameter("conversation", "gateway", _NOTHING, "There are no conversations here."),
    Parameter("prompt", "gateway", _NOTHING, "There are no stored prompts here."),
    Parameter("metadata", "information", {**_OBJECT, "additionalProperties": {"type": "string"}},
        "Repeated in the response."),
    Parameter("user", "information", _TEXT, "Your own user, for the log."),
    Parameter("safety_identifier", "information", _TEXT, "The same, by its newer name."),
    Parameter("prompt_cache_key", "information", _TEXT, "Nothing is cached."),
    Parameter("prompt_cache_retention", "information", _ANY, "Nothing is cached."),
    Parameter("prompt_cache_options", "information", _ANY, "Nothing is cached."),
    Parameter("access_programs", "information", _ANY, "Programs of OpenAI's."),
    Parameter("max_tool_calls", "nobody", _WHOLE, "Of tools that OpenAI runs; none run here."),
    Parameter("truncation", "nobody", _ANY,
        "`auto` would cut a conversation that is too long; here it is refused."),
    Parameter("service_tier", "nobody", _ANY, "There is one."),
    Parameter("top_logprobs", "nobody", _ANY, "No probabilities are known."),
    Parameter("frequency_penalty", "nobody", _ANY, "Akash takes none."),
    Parameter("presence_penalty", "nobody", _ANY, "Akash takes none."),
    Parameter("background_options", "nobody", _ANY, "Answers are not made in the background."),
    Parameter("context_management", "nobody", _ANY, "Ask `POST /v1/responses/compact` instead."),
    Parameter("image", "nobody", _ANY, "How OpenAI compresses pictures."),
    Parameter("moderation", "nobody", _ANY, "Nothing is moderated here."),
)  # fmt: skip

_FEW = frozenset({"model", "input", "instructions", "previous_response_id"})

SCHEMAS: dict[str, Schema] = {
    "ResponsesRequest": body(_MEANT, ("model", "input")),
    "ConversationRequest": body(tuple(one for one in _MEANT if one.name in _FEW), ()),
}
