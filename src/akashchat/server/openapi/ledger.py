"""The ledger: what was used, row by row and summed up."""

from typing import Any, cast

from akashchat.errors import BadRequest, DatabaseUnavailable, InternalError, NotFound, Unauthenticated
from akashchat.server.admin.sums import GROUPS
from akashchat.server.openapi.admin import operation
from akashchat.server.openapi.errors import responses
from akashchat.server.openapi.parts import (
    Schema,
    array,
    const,
    example,
    fields,
    headers,
    json_content,
    nullable,
    number,
    ref,
    text,
)

_ABOUT: dict[str, str] = {
    "day": "UTC's, such as `2026-11-22`.",
    "hour": "UTC's, such as `2026-11-22T17`.",
    "minute": "UTC's, such as `2026-11-22T17:04`.",
    "model": "The model that answered.",
    "key": "The id of an issued key; empty for others.",
    "caller": "The key's name, or what stands for one.",
    "user": "For whom it was asked.",
    "upstream": "Who answered; empty where nobody was asked.",
    "dialect": "The protocol, or the endpoint of what was forwarded.",
    "outcome": "Why it finished, `failed`, or `left`.",
}
_PERCENTILES = fields(
    {
        name: nullable(number(f"{share} of 100 did not take longer; to within two in a hundred.", "number"))
        for name, share in (("p50", 50), ("p95", 95))
    }
)
_SUMS: dict[str, Schema] = {
    "requests": number("How many."),
    "errors": number("How many of them failed."),
    "input_tokens": number("Tokens of what was asked."),
    "output_tokens": number("Tokens of what was answered."),
    "reasoning_tokens": number("Those of them that were thoughts."),
    "estimated": number(
        "How many requests had their tokens counted by the gateway, as the upstream did not."
    ),
    "cost": nullable(number("In dollars, of those whose price is known; null where none is.", "number")),
    "first_event_ms": {**_PERCENTILES, "description": "How long the first event took."},
    "duration_ms": {**_PERCENTILES, "description": "How long the whole took."},
}
_ROW: dict[str, Schema] = {
    "id": number("Counts up as rows are written."),
    "at": number("When it began, in seconds since the epoch.", "number"),
    "request_id": text("As in `x-request-id` and the log."),
    **{name: text(_ABOUT[name]) for name in ("key", "caller", "user", "dialect")},
    "model": text("The model as it was asked for."),
    "true_model": text("The model that answered, or would have."),
    "upstream": text(_ABOUT["upstream"]),
    "stream": {"type": "boolean", "description": "Whether it was streamed."},
    "attempts": number("How often upstreams were asked."),
    "rescues": number("How often the answer was cut and gone on with."),
    "input_tokens": nullable(number("Tokens of what was asked; null where that is not known.")),
    "output_tokens": nullable(number("Tokens of what was answered; null where that is not known.")),
    "reasoning_tokens": number("Those of them that were thoughts."),
    "estimated": {"type": "boolean", "description": "Whether the gateway counted."},
    "first_event_ms": nullable(number("How long the first event took; null where nothing came.", "number")),
    "duration_ms": number("How long the whole took.", "number"),
    "outcome": text(_ABOUT["outcome"]),
    "error": text("The failure's code; empty where there was none."),
    "cost": nullable(number("In dollars; null where no price is known.", "number")),
}

SCHEMAS: dict[str, Schema] = {
    "UsageSums": fields(
        {
            "object": const("usage"),
            "from": number("From this moment on, in seconds since the epoch.", "number"),
            "to": number("Before this moment.", "number"),
            "group": array({"type": "string", "enum": list(GROUPS)}, "By what it is summed up."),
            "data": array(
                fields({**{name: text(_ABOUT[name]) for name in GROUPS}, **_SUMS}, optional=GROUPS),
                "Days and hours in their order, all else by how often it was asked.",
            ),
            "has_more": {"type": "boolean", "description": "Whether there were more than these 1000."},
            "total": fields(_SUMS, about="All of it."),
        }
    ),
    "UsageRows": fields(
        {
            "object": const("list"),
            "data": array(fields(_ROW), "An answer each."),
            "last_id": nullable(number("The last one's id, for `after`.")),
            "has_more": {"type": "boolean", "description": "Whether there are more."},
        }
    ),
    "UsageBody": fields(
        {
            "object": const("usage.body"),
            "request_id": text("The request's id."),
            "at": number("When it began, in seconds since the epoch.", "number"),
            "request": text("What the caller sent, less what is secret; without the bytes of files."),
            "answer": text("What was answered, less what is secret."),
        }
    ),
}

_TOTAL = {
    "requests": 2,
    "errors": 0,
    "input_tokens": 52,
    "output_tokens": 310,
    "reasoning_tokens": 0,
    "estimated": 2,
    "cost": 0.00014476,
    "first_event_ms": {"p50": 321.5, "p95": 417.5},
    "duration_ms": {"p50": 2055.5, "p95": 2311.5},
}
_USAGE = {
    "object": "usage",
    "from": 1795132800,
    "to": 1795219200,
    "group": ["model"],
    "data": [{"model": "DeepSeek-V3.2", **_TOTAL}],
    "has_more": False,
    "total": _TOTAL,
}
_LEDGER_ROW = {
    "id": 4711,
    "at": 1795136400.25,
    "request_id": "req_0f8e4c1a5b6d",
    "key": "",
    "caller": "bearer",
    "user": "",
    "dialect": "chat",
    "model": "gpt-4o-mini",
    "true_model": "DeepSeek-V3.2",
    "upstream": "akash",
    "stream": True,
    "attempts": 1,
    "rescues": 0,
    "input_tokens": 26,
    "output_tokens": 155,
    "reasoning_tokens": 0,
    "estimated": True,
    "first_event_ms": 321.4,
    "duration_ms": 2054.9,
    "outcome": "stop",
    "error": "",
    "cost": 0.00007238,
}
_ROWS = {"object": "list", "data": [_LEDGER_ROW], "last_id": 4711, "has_more": True}
_BODY = {
    "object": "usage.body",
    "request_id": "req_0f8e4c1a5b6d",
    "at": 1795136400.25,
    "request": '{"model":"gpt-4o-mini","messages":[{"role":"user","content":"Write to [e-mail]"}]}',
    "answer": "Dear …",
}


def paths() -> dict[str, Schema]:
    """The paths."""
    name = {
        **_parameter("request_id", "The request's id."),
        "in": "path",
        "required": True,
        "example": "req_0f8e4c1a5b6d",
    }
    return {
        "/v1/usage": {"get": _own()},
        "/admin/usage": {
            "get": operation(
                "getUsage",
                "What was used",
                "The ledger summed up, of all callers or of some.",
                json_content(ref("UsageSums"), {"models": example("By model", _USAGE)}),
                BadRequest,
                parameters=[*_times(), _group(), *_names()],
            )
        },
        "/admin/usage/rows": {
            "get": operation(
                "listUsageRows",
                "The ledger, row by row",
                "A page of it as JSON, or all that is asked for as CSV or JSON Lines, streamed. In CSV a text that a "
                "spreadsheet would take for a formula has a `'` before it.",
                {
                    **json_content(ref("UsageRows"), {"page": example("A page", _ROWS)}),
                    "text/csv": {"schema": {"type": "string"}},
                    "application/jsonl": {"schema": {"type": "string"}},
                },
                BadRequest,
                parameters=[*_times(), *_names(), *_paging()],
            )
        },
        "/admin/usage/bodies/{request_id}": {
            "get": operation(
                "getUsageBody",
                "What was asked and answered",
                "Kept only with the option `ledger.bodies`, and for a while.",
                json_content(ref("UsageBody"), {"words": example("Words", _BODY)}),
                NotFound,
                parameters=[name],
            )
        },
    }


def _own() -> Schema:
    failures = (BadRequest, Unauthenticated, DatabaseUnavailable, InternalError)
    return {
        "operationId": "getOwnUsage",
        "tags": ["Models"],
        "summary": "What your key used",
        "description": "The ledger summed up, of the key that asks.",
        "parameters": [*_times(), _group(), *_names(but=("key", "caller"))],
        "responses": {
            "200": {
                "description": "The sums.",
                "headers": headers(),
                "content": json_content(ref("UsageSums"), {"models": example("By model", _USAGE)}),
            },
            **responses(*failures),
        },
    }


def _parameter(name: str, about: str, **schema: Any) -> Schema:
    return {"name": name, "in": "query", "description": about, "schema": {"type": "string", **schema}}


def _times() -> list[Schema]:
    form = "a date or a time (UTC's where it names no other), seconds since the epoch, or how long ago: `7d`, `24h`"
    return [
        _parameter("from", f"What began from this moment on: {form}. Without it, 30 days."),
        _parameter("to", "What began before this moment, in the same forms. Without it, now."),
    ]


def _group() -> Schema:
    about = f"By what to sum up, up to three with commas: {', '.join(f'`{name}`' for name in GROUPS)}."
    return _parameter("group", about, default="day")


def _names(but: tuple[str, ...] = ()) -> list[Schema]:
    names = [name for name in ("model", "key", "caller", "user", "upstream", "dialect") if name not in but]
    return [_parameter(name, f"Of this {name} alone.") for name in names]


def _paging() -> list[Schema]:
    whole = cast("dict[str, Any]", {"type": "integer", "minimum": 1})
    return [
        _parameter("format", "How rows are written.", enum=["json", "csv", "jsonl"], default="json"),
        _parameter("order", "The newest first, or the oldest.", enum=["desc", "asc"], default="desc"),
        _parameter("after", "Those behind the row of this id, in that order.", **whole),
        _parameter("limit", "How many: 100 as JSON, and up to 1000; all else all of them.", **whole),
    ]
