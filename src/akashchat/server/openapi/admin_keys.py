"""Issued keys, as the admin's endpoints have them."""

from typing import Any

from akashchat.errors import BadRequest, BodyTooLarge, NotFound, RequestTimeout
from akashchat.server.openapi.admin import operation
from akashchat.server.openapi.parts import (
    Schema,
    array,
    const,
    example,
    fields,
    json_content,
    nullable,
    number,
    ref,
    text,
)

_PATTERNS = {"type": "array", "items": {"type": "string", "minLength": 1, "maxLength": 200}, "maxItems": 100}
_SCOPE: dict[str, Schema] = {
    "models": {
        **_PATTERNS,
        "description": "Models, by the name asked for or that of the model behind it; `*` is any text. None: all.",
    },
    "dialects": {
        **_PATTERNS,
        "description": "`chat`, `responses`, `messages`, `completions`, `images`, `ollama_chat`, `ollama_generate`, "
        "`tokenize`, or the path behind `/v1/` of what is passed on, such as `embeddings`. None: all.",
    },
    "upstreams": {**_PATTERNS, "description": "Upstreams, by their names. None: all."},
}
_AMOUNTS = {
    "requests_per_minute": "Requests of one minute.",
    "tokens_per_minute": "Tokens of one minute, asked and answered.",
    "tokens_per_day": "Tokens of one day, in UTC.",
    "tokens_per_month": "Tokens of one month, in UTC.",
    "concurrency": "Answers at a time.",
}
_ALLOWANCE: dict[str, Schema] = {
    name: nullable(number(f"{about} `null`: as many as asked for.", minimum=1, maximum=10**15))
    for name, about in _AMOUNTS.items()
}
_TIME = "in seconds since the epoch"

_KEY: dict[str, Schema] = {
    "object": const("key"),
    "id": text("Its id, which stays when it is rotated."),
    "name": text("Its name, for people."),
    "prefix": text("The first letters of the key itself."),
    "admin": {"type": "boolean", "description": "Whether it opens `/admin/` too."},
    "scope": ref("KeyScope"),
    "allowance": ref("KeyAllowance"),
    "created_at": number(f"When it was issued, {_TIME}."),
    "expires_at": nullable(number(f"When it ends by itself, {_TIME}.")),
    "revoked_at": nullable(number(f"When it was revoked, {_TIME}.")),
    "last_used_at": nullable(
        number(f"When it was last used, {_TIME}; of other processes some seconds late.")
    ),
    "note": text("What the operator has written to it."),
}


def _asked(required: tuple[str, ...]) -> Schema:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": list(required),
        "properties": {
            "name": text("Its name, for people.", minLength=1, maxLength=100),
            "admin": {"type": "boolean", "description": "Whether it opens `/admin/` too."},
            "scope": _loose(_SCOPE, "What it opens; what is not named stays, or is everything."),
            "allowance": _loose(
                _ALLOWANCE, "How much it may ask for; what is not named stays, or is not limited."
            ),
            "expires_at": nullable(
                number(f"When it ends, {_TIME}; `null`: never.", "number", exclusiveMinimum=0)
            ),
            "note": text("Whatever you want to remember.", maxLength=1000),
        },
    }


def _loose(properties: dict[str, Schema], about: str) -> Schema:
    return {
        "type": "object",
        "description": about,
        "additionalProperties": False,
        "properties": properties,
    }


SCHEMAS: dict[str, Schema] = {
    "KeyScope": fields(_SCOPE, about="What a key opens."),
    "KeyAllowance": fields(_ALLOWANCE, about="How much a key may ask for."),
    "Key": fields(_KEY, about="An issued key, without the key itself."),
    "IssuedKey": fields(
        {**_KEY, "key": text("The key itself. It is told this once, and kept nowhere.")},
        about="A key that was just issued.",
    ),
    "KeyList": fields(
        {
            "object": const("list"),
            "data": array(ref("Key"), "The newest first."),
            "has_more": {"type": "boolean", "description": "Whether there are more behind the last."},
        }
    ),
    "IssueKey": _asked(("name",)),
    "ChangeKey": _asked(()),
}

_EXAMPLE: dict[str, Any] = {
    "object": "key",
    "id": "key_5f2c9a0d41b7e836",
    "name": "ci",
    "prefix": "ak-Qm3xT8",
    "admin": False,
    "scope": {"models": ["DeepSeek-*"], "dialects": [], "upstreams": []},
    "allowance": {**dict.fromkeys(_AMOUNTS), "tokens_per_day": 1_000_000},
    "created_at": 1795342556,
    "expires_at": 1803118556,
    "revoked_at": None,
    "last_used_at": None,
    "note": "",
}
_ISSUED = {**_EXAMPLE, "key": "ak-Qm3xT8…"}
_WISH = {"name": "ci", "scope": {"models": ["DeepSeek-*"]}, "allowance": {"tokens_per_day": 1_000_000}}


def paths() -> dict[str, Schema]:
    """The paths."""
    return {
        "/admin/keys": {"get": _list(), "post": _issue()},
        "/admin/keys/{key_id}": {"get": _show(), "patch": _change(), "delete": _revoke()},
        "/admin/keys/{key_id}/rotate": {"post": _rotate()},
    }


KEY_ID: Schema = {
    "name": "key_id",
    "in": "path",
    "required": True,
    "description": "A key's id.",
    "schema": {"type": "string"},
    "example": "key_5f2c9a0d41b7e836",
}


def _key(summary: str = "The key", value: Any = None) -> Schema:
    return json_content(ref("Key"), {"key": example(summary, value or _EXAMPLE)})


def _issued() -> Schema:
    return json_content(ref("IssuedKey"), {"issued": example("Issued", _ISSUED)})


def _body(name: str, value: Any) -> Schema:
    return {"required": True, "content": json_content(ref(name), {"one": example("One", value)})}


def _list() -> Schema:
    listed = {"object": "list", "data": [_EXAMPLE], "has_more": False}
    pages = [
        {
            "name": "limit",
            "in": "query",
            "description": "How many; 100 unless told.",
            "schema": {"type": "integer", "minimum": 1, "maximum": 1000},
        },
        {
            "name": "after",
            "in": "query",
            "description": "The id of the last one seen.",
            "schema": {"type": "string"},
        },
    ]
    return operation(
        "listKeys",
        "List the issued keys",
        "All of them, the newest first: those that are revoked or have expired too.",
        json_content(ref("KeyList"), {"listed": example("One key", listed)}),
        BadRequest,
        parameters=pages,
    )


def _issue() -> Schema:
    return operation(
        "issueKey",
        "Issue a key",
        "The reply has the key itself, this once. With the first key the gateway is open to nobody without one.",
        _issued(),
        BadRequest,
        BodyTooLarge,
        RequestTimeout,
        requestBody=_body("IssueKey", _WISH),
    )


def _show() -> Schema:
    return operation("getKey", "Show a key", "As it is now.", _key(), NotFound, parameters=[KEY_ID])


def _change() -> Schema:
    return operation(
        "changeKey",
        "Change a key",
        "What is not named stays. It counts at once here, and within two seconds in other processes.",
        _key(),
        BadRequest,
        NotFound,
        BodyTooLarge,
        RequestTimeout,
        parameters=[KEY_ID],
        requestBody=_body("ChangeKey", {"scope": {"models": ["DeepSeek-*"]}, "expires_at": None}),
    )


def _revoke() -> Schema:
    return operation(
        "revokeKey",
        "Revoke a key",
        "It opens nothing any more, for good; answers under way come to their end. It stays in the list.",
        _key("Revoked", {**_EXAMPLE, "revoked_at": 1795342999}),
        NotFound,
        parameters=[KEY_ID],
    )


def _rotate() -> Schema:
    return operation(
        "rotateKey",
        "Rotate a key",
        "The same key with a new text, told this once; the old one opens nothing any more.",
        _issued(),
        BadRequest,
        NotFound,
        parameters=[KEY_ID],
    )
