"""What a key has left, as the admin API tells it."""

from akashchat.errors import LimitsUnknown, NotFound
from akashchat.server.openapi.admin import operation
from akashchat.server.openapi.admin_keys import KEY_ID
from akashchat.server.openapi.parts import (
    Schema,
    const,
    example,
    fields,
    json_content,
    nullable,
    number,
    ref,
    text,
)

_LIMIT = fields(
    {
        "limit": number("How many there are."),
        "used": number(
            "How many are used; an answer that cost more than was set aside may make it more than all."
        ),
        "reserved": number("How many are set aside for answers under way."),
        "left": number("How many may still be asked for."),
        "resets_at": nullable(number("When all are there again, in seconds since the epoch.")),
    }
)

LIMITS: Schema = {
    "type": "object",
    "description": "How each of the limits stands, by its name in an allowance; those alone that there are.",
    "additionalProperties": ref("LimitStanding"),
}

SCHEMAS: dict[str, Schema] = {
    "LimitStanding": _LIMIT,
    "KeyUsage": fields({"object": const("key.usage"), "key": text("The key's id."), "limits": LIMITS}),
}

_EXAMPLE = {
    "object": "key.usage",
    "key": "key_5f2c9a0d41b7e836",
    "limits": {
        "tokens_per_day": {
            "limit": 1_000_000,
            "used": 125_300,
            "reserved": 9_100,
            "left": 865_600,
            "resets_at": 1_795_392_000,
        }
    },
}


def paths() -> dict[str, Schema]:
    """The path."""
    told = operation(
        "getKeyUsage",
        "Show what a key has left",
        "Of each of its limits, in the minute, day or month that is now.",
        json_content(ref("KeyUsage"), {"usage": example("A day's budget", _EXAMPLE)}),
        NotFound,
        LimitsUnknown,
        parameters=[KEY_ID],
    )
    return {"/admin/keys/{key_id}/usage": {"get": told}}
