"""What ``/v1/responses`` sends."""

from akashchat.server.openapi.parts import Schema, array, const, fields, nullable, number, text

_ITEM: Schema = {
    "type": "object",
    "required": ["type"],
    "description": "`reasoning`, `message`, `function_call`, `custom_tool_call`, `local_shell_call`, `shell_call`, "
    "`apply_patch_call` or `image_generation_call`, with OpenAI's fields.",
}
_OBJECT: Schema = {"type": "object"}

USAGE: Schema = fields(
    {
        "input_tokens": number("Of the request."),
        "input_tokens_details": {**_OBJECT, "description": "Nothing is cached, so all zero."},
        "output_tokens": number("Of the answer."),
        "output_tokens_details": {
            **_OBJECT,
            "description": "Those that were thoughts, where they were counted.",
        },
        "total_tokens": number("Both."),
        "estimated": {"type": "boolean", "description": "Whether they were counted here."},
    },
    optional=("estimated",),
)

SCHEMAS: dict[str, Schema] = {
    "Response": fields(
        {
            "id": text("The response's id."),
            "object": const("response"),
            "created_at": number("Seconds since the epoch."),
            "completed_at": nullable(number("When it was complete, in seconds since 1970.")),
            "status": text("Its state.", enum=["in_progress", "completed", "incomplete", "failed"]),
            "background": {"type": "boolean"},
            "error": {"type": ["object", "null"], "description": "What made it fail."},
            "incomplete_details": {"type": ["object", "null"], "description": "Why it is incomplete."},
            "model": text("As asked for."),
            "output": array(_ITEM, "What the model gave."),
            "previous_response_id": nullable(text("The one it goes on from.")),
            "instructions": nullable(text("As asked for.")),
            "tools": array(_OBJECT, "As asked for."),
            "tool_choice": {"description": "As asked for.", "type": ["string", "object"]},
            "temperature": nullable(number("What was used, where that is known.", "number")),
            "top_p": nullable(number("What was used, where that is known.", "number")),
            "parallel_tool_calls": {"type": "boolean"},
            "text": {**_OBJECT, "description": "As asked for."},
            "reasoning": {**_OBJECT, "description": "As asked for."},
            "max_output_tokens": nullable(number("As asked for.")),
            "max_tool_calls": nullable(number("As asked for.")),
            "metadata": {**_OBJECT, "description": "As asked for."},
            "store": {"type": "boolean", "description": "Whether it was asked to be kept."},
            "user": nullable(text("As asked for.")),
            "safety_identifier": nullable(text("As asked for.")),
            "prompt_cache_key": nullable(text("As asked for.")),
            "prompt_cache_retention": {"description": "As asked for."},
            "presence_penalty": number("None.", "number"),
            "frequency_penalty": number("None.", "number"),
            "top_logprobs": number("None."),
            "truncation": const("disabled"),
            "service_tier": const("default"),
            "usage": {"anyOf": [USAGE, {"type": "null"}]},
        },
        optional=("prompt_cache_retention",),
    ),
    "ResponseDeleted": fields(
        {
            "id": text("The response's id."),
            "object": const("response"),
            "deleted": {"type": "boolean", "const": True},
        }
    ),
    "ResponseItems": fields(
        {
            "object": const("list"),
            "data": array(_ITEM, "A page of the items."),
            "first_id": nullable(text("The first one's id.")),
            "last_id": nullable(text("The last one's id; the next page comes `after` it.")),
            "has_more": {"type": "boolean", "description": "Whether there is a next page."},
        }
    ),
    "InputTokens": fields(
        {"object": const("response.input_tokens"), "input_tokens": number("How many there are.")}
    ),
    "Compaction": fields(
        {
            "id": text("Its id."),
            "object": const("response.compaction"),
            "created_at": number("Seconds since the epoch."),
            "output": array(_ITEM, "One item of type `compaction`."),
            "usage": USAGE,
        }
    ),
    "ResponseEvent": {
        "type": "object",
        "required": ["type", "sequence_number"],
        "description": "One event, with OpenAI's fields. The last is `response.completed`, `response.incomplete` or "
        "`response.failed`, and carries the whole response.",
    },
}
