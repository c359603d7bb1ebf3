"""What ``POST /v1/messages`` answers, whole and in events, and Anthropic's form of errors and models."""

from akashchat.server.openapi.parts import Schema, array, const, fields, nullable, number, ref, text

_REASONS = ["end_turn", "max_tokens", "stop_sequence", "tool_use", "refusal"]
_NULL: Schema = {"type": "null", "description": "Always `null`: only Anthropic has it."}
_ZERO = number("Always 0: nothing is cached.", const=0)
_ESTIMATED: Schema = {
    "type": "boolean",
    "const": True,
    "description": "There, and `true`, where Akash did not tell and the gateway counted.",
}
_INDEX = number("Which block.")

_ENDED: dict[str, Schema] = {
    "stop_reason": nullable(text("Why the answer is over.", enum=_REASONS)),
    "stop_sequence": nullable(text("The stop sequence that ended it.")),
    "stop_details": {
        "description": "There where the answer was refused.",
        "anyOf": [
            {"type": "null"},
            fields({"type": const("refusal"), "category": _NULL, "explanation": _NULL}),
        ],
    },
    "container": _NULL,
}
_USED: dict[str, Schema] = {
    "input_tokens": number("Tokens of the conversation."),
    "output_tokens": number("Tokens of the answer, thoughts included."),
    "cache_creation_input_tokens": _ZERO,
    "cache_read_input_tokens": _ZERO,
    "output_tokens_details": nullable(
        fields(
            {"thinking_tokens": number("Those that were thoughts.")}, about="Where they were counted apart."
        )
    ),
    "server_tool_use": _NULL,
    "estimated": _ESTIMATED,
}

_BLOCK: Schema = {
    "oneOf": [
        fields(
            {"type": const("text"), "text": text("The text."), "citations": {"type": "array", "maxItems": 0}}
        ),
        fields(
            {
                "type": const("thinking"),
                "thinking": text("The thoughts."),
                "signature": text("Always empty.", const=""),
            }
        ),
        fields(
            {
                "type": const("tool_use"),
                "id": text("The call's id, to be named in its result."),
                "name": text("The tool."),
                "input": {"type": "object", "description": "The arguments."},
                "caller": fields({"type": const("direct")}),
            }
        ),
    ]
}

_DELTA: Schema = {
    "oneOf": [
        fields({"type": const("text_delta"), "text": text("More text.")}),
        fields({"type": const("thinking_delta"), "thinking": text("More thoughts.")}),
        fields({"type": const("signature_delta"), "signature": text("Always empty.", const="")}),
        fields({"type": const("input_json_delta"), "partial_json": text("More of the arguments.")}),
    ]
}

_EVENTS: tuple[Schema, ...] = (
    fields({"type": const("message_start"), "message": ref("AnthropicMessage")}),
    fields({"type": const("content_block_start"), "index": _INDEX, "content_block": _BLOCK}),
    fields({"type": const("content_block_delta"), "index": _INDEX, "delta": _DELTA}),
    fields({"type": const("content_block_stop"), "index": _INDEX}),
    fields(
        {
            "type": const("message_delta"),
            "delta": fields(_ENDED),
            "usage": fields(_USED, optional=("estimated",)),
        }
    ),
    fields({"type": const("message_stop")}),
    fields({"type": const("ping")}),
)

SCHEMAS: dict[str, Schema] = {
    "AnthropicMessage": fields(
        {
            "id": text("The answer's id, `msg_…`."),
            "type": const("message"),
            "role": const("assistant"),
            "model": text("The model, as it was asked for."),
            "content": array(
                _BLOCK, "Thoughts where they are wanted, text and calls, in the order they came."
            ),
            **_ENDED,
            "usage": fields(
                {**_USED, "cache_creation": _NULL, "inference_geo": _NULL, "service_tier": _NULL},
                optional=("estimated",),
                about="What the answer cost; zeros in `message_start`, where that is not known yet.",
            ),
        },
        about="A whole answer.",
    ),
    "AnthropicEvent": {"description": "An event of a streamed answer.", "oneOf": list(_EVENTS)},
    "AnthropicError": fields(
        {
            "type": const("error"),
            "error": fields(
                {
                    "type": text("The failure's family."),
                    "message": text("What was wrong, and where."),
                    "details": fields({"error_code": text("The failure's own code, where it has one.")}),
                },
                optional=("details",),
            ),
            "request_id": nullable(text("The request's id; `null` in a stream.")),
        },
        about="A failure, in Anthropic's form.",
    ),
    "TokenCount": fields({"input_tokens": number("Tokens of the conversation, an estimate.")}),
    "AnthropicModel": fields(
        {
            "type": const("model"),
            "id": text("What to give as `model`."),
            "display_name": text("Its name for people."),
            "created_at": text("When it was made; 1970 where Akash does not tell."),
            "lifecycle": const("active"),
            "max_input_tokens": nullable(number("Tokens of conversation and answer together.")),
            "max_tokens": _NULL,
            "capabilities": _NULL,
        },
        about="A model, in Anthropic's form.",
    ),
    "AnthropicModelList": fields(
        {
            "data": array(ref("AnthropicModel"), "The models of this page."),
            "has_more": {"type": "boolean", "description": "Whether there is another page."},
            "first_id": nullable(text("The first model's id.")),
            "last_id": nullable(text("The last model's id.")),
        },
        about="The models, in Anthropic's form.",
    ),
}
