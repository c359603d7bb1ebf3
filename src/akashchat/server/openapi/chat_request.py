"""The body of ``POST /v1/chat/completions``, in OpenAI's words.

https://platform.openai.com/docs/api-reference/chat/create
"""

from akashchat.dialects.chat.request import MAX_CHOICES
from akashchat.server.openapi import chat_tools
from akashchat.server.openapi.parameters import Parameter, body
from akashchat.server.openapi.parts import Schema, array, const, nullable, ref, text

_TEXT: Schema = {"type": "string"}
_BOOL: Schema = {"type": ["boolean", "null"]}
_OBJECT: Schema = {"type": ["object", "null"]}
_TOKENS: Schema = {"type": ["integer", "null"], "minimum": 1, "maximum": 2**31}
_PENALTY: Schema = {"type": ["number", "null"], "minimum": -2, "maximum": 2}
_FUNCTION: Schema = {"type": ["object", "null"], "properties": {"name": _TEXT, "arguments": _TEXT}}

_MEANT: tuple[Parameter, ...] = (
    Parameter(
        "messages", "gateway", {"type": "array", "minItems": 1, "items": ref("Message")},
        "The conversation so far. One that does not fit the model is refused with `context_length_exceeded`; "
        "none is ever cut without a word.",
    ),
    Parameter(
        "model", "gateway", {"type": "string", "pattern": r"\S"},
        "A model's id, from `/v1/models`. One that draws answers with a picture.",
    ),
    Parameter(
        "stream", "gateway", {**_BOOL, "default": False},
        "Send the answer as it is made, as server-sent events.",
    ),
    Parameter(
        "stream_options", "gateway",
        {**_OBJECT, "properties": {"include_usage": {**_BOOL, "description": "Send it."}}},
        "Only with `stream`. With `include_usage`, the last chunk carries `usage`.",
    ),
    Parameter(
        "temperature", "upstream",
        {"type": ["number", "null"], "minimum": 0, "maximum": 2, "default": 0.85},
        "How freely words are chosen. The operator can make each model's own value the default. Akash drops "
        "this and `top_p` for models whose ids begin with `o` or `gpt-5`, which it takes for OpenAI's.",
    ),
    Parameter(
        "top_p", "upstream", {"type": ["number", "null"], "minimum": 0, "maximum": 1, "default": 1},
        "Choose among the most likely words only, those that make up this share. The operator can make each "
        "model's own value the default.",
    ),
    Parameter(
        "topP", "upstream", {"type": ["number", "null"], "minimum": 0, "maximum": 1},
        "`top_p` as akashchat-api-go spells it; `top_p` goes first where both are given.",
    ),
    Parameter(
        "max_completion_tokens", "gateway", _TOKENS,
        "The answer ends after so many tokens, thoughts included, with the finish reason `length`. They are "
        "counted in the gateway, with a vocabulary that is close to the model's own but not the same.",
    ),
    Parameter(
        "max_tokens", "gateway", _TOKENS,
        "The older name of `max_completion_tokens`, which goes first where both are given.",
    ),
    Parameter(
        "stop", "gateway",
        {"type": ["string", "array", "null"], "items": _TEXT, "maxItems": 16},
        "Up to 16 texts; the answer ends right before the first of them.",
    ),
    Parameter(
        "n", "gateway",
        {"type": ["integer", "null"], "minimum": 1, "maximum": MAX_CHOICES, "default": 1},
        f"How many answers, up to {MAX_CHOICES}. Each is a request of its own to the upstream, and costs as "
        "much.",
    ),
    Parameter(
        "user", "gateway", {"type": ["string", "null"]},
        "Your own user, for the gateway's log.",
    ),
)  # fmt: skip

_LEFT: tuple[Parameter, ...] = (
    Parameter("seed", "nobody", {"type": ["integer", "null"]}, "Answer the same way again."),
    Parameter("reasoning_effort", "nobody", {"type": ["string", "null"]}, "How long to think."),
    Parameter("verbosity", "nobody", {"type": ["string", "null"]}, "How much to say."),
    Parameter("frequency_penalty", "nobody", _PENALTY, "Avoid words the more often they came."),
    Parameter("presence_penalty", "nobody", _PENALTY, "Avoid words that came before."),
    Parameter(
        "logit_bias", "nobody", {**_OBJECT, "additionalProperties": {"type": "number"}},
        "Make single tokens more or less likely.",
    ),
    Parameter("logprobs", "nobody", _BOOL, "Tell how likely the tokens were."),
    Parameter(
        "top_logprobs", "nobody", {"type": ["integer", "null"], "minimum": 0, "maximum": 20},
        "Tell what else was likely.",
    ),
    Parameter(
        "modalities", "nobody", {"type": ["array", "null"], "items": _TEXT},
        "What the answer is made of. `text` is what happens anyway.",
    ),
    Parameter("audio", "nobody", _OBJECT, "The voice of a spoken answer."),
    Parameter("prediction", "nobody", _OBJECT, "What much of the answer is known to be."),
    Parameter("web_search_options", "nobody", _OBJECT, "Search the web for the answer."),
    Parameter("service_tier", "nobody", {"type": ["string", "null"]}, "How urgent the request is."),
    Parameter("store", "nobody", _BOOL, "Keep the answer. Nothing is kept here."),
    Parameter(
        "metadata", "information", {**_OBJECT, "additionalProperties": _TEXT}, "Notes on the request."
    ),
    Parameter("safety_identifier", "information", {"type": ["string", "null"]}, "Who asks, hashed."),
    Parameter("prompt_cache_key", "information", {"type": ["string", "null"]}, "Which requests are alike."),
    Parameter(
        "prompt_cache_retention", "information", {"type": ["string", "null"]},
        "How long what requests have in common is kept.",
    ),
    Parameter("prompt_cache_options", "information", _OBJECT, "How requests are cached."),
)  # fmt: skip

PARAMETERS: tuple[Parameter, ...] = (*_MEANT, *chat_tools.PARAMETERS, *_LEFT)

_ROLES = ("system", "developer", "user", "assistant", "tool", "function")

_MESSAGE: Schema = {
    "type": "object",
    "description": "One turn. `developer` is `system` by another name, `function` an older `tool`.",
    "required": ["role"],
    "properties": {
        "role": text("Who speaks.", enum=list(_ROLES)),
        "content": {
            "description": "What is said.",
            "anyOf": [_TEXT, array(ref("ContentPart")), {"type": "null"}],
        },
        "name": nullable(text("The speaker's name. A user's is put before the text, as Akash has no field.")),
        "tool_calls": {
            "type": ["array", "null"],
            "description": "An assistant's calls of functions.",
            "items": ref("MessageToolCall"),
        },
        "tool_call_id": nullable(text("With the role `tool`: which call this answers.")),
        "function_call": {**_FUNCTION, "description": "The older form of `tool_calls`."},
    },
}

_TOOL_CALL: Schema = {
    "type": "object",
    "description": "A call that an assistant made.",
    "anyOf": [{"required": ["function"]}, {"required": ["custom"]}],
    "properties": {
        "id": text("The call's id."),
        "type": text("`function` or `custom`."),
        "custom": {
            "type": "object",
            "description": "A call by text: the tool's name, and the text.",
            "properties": {"name": _TEXT, "input": _TEXT},
        },
        "function": {**_FUNCTION, "type": "object", "description": "Its name, and its arguments as JSON."},
    },
}


def _part(kind: str, name: str, schema: Schema, about: str) -> Schema:
    return {
        "type": "object",
        "title": kind,
        "description": about,
        "required": ["type", name],
        "properties": {"type": const(kind), name: schema},
    }


_PART: Schema = {
    "description": "A piece of a message. Audio is refused: the models take text and pictures.",
    "oneOf": [
        _part("text", "text", _TEXT, "Text."),
        _part("refusal", "refusal", _TEXT, "An assistant's refusal, taken as text."),
        _part(
            "image_url",
            "image_url",
            {
                "description": "An `http(s)` address or a `data:` URL, alone or in an object.",
                "anyOf": [
                    _TEXT,
                    {
                        "type": "object",
                        "required": ["url"],
                        "properties": {
                            "url": text("An `http(s)` address or a `data:` URL."),
                            "detail": text("Taken, and not followed."),
                        },
                    },
                ],
            },
            "A picture.",
        ),
        _part(
            "file",
            "file",
            {
                "type": "object",
                "required": ["file_data"],
                "properties": {
                    "file_data": text("A `data:` URL, or bare base64."),
                    "filename": nullable(text("Its name.")),
                },
            },
            "A document, sent along; there is no store for `file_id`. A text joins the message's text.",
        ),
    ],
}

SCHEMAS: dict[str, Schema] = {
    "ChatRequest": body(PARAMETERS, ("messages", "model")),
    "Message": _MESSAGE,
    "MessageToolCall": _TOOL_CALL,
    "ContentPart": _PART,
    **chat_tools.SCHEMAS,
}
