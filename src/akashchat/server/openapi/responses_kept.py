"""``/v1/responses/{response_id}`` and what is under it."""

from typing import Any

from akashchat.errors import (
    BadRequest,
    DialectNotAllowed,
    ForeignOrigin,
    InternalError,
    NotFound,
    Unauthenticated,
)
from akashchat.server.openapi.errors import responses
from akashchat.server.openapi.parts import Schema, headers, json_content, ref

_ID: Schema = {
    "name": "response_id",
    "in": "path",
    "required": True,
    "description": "The response's id.",
    "schema": {"type": "string"},
    "example": "resp_81afeb122a8ff2af90c62803",
}


def paths() -> dict[str, Schema]:
    """The paths."""
    one = "/v1/responses/{response_id}"
    shown = "A response that was kept for you; responses of other keys are not found."
    order: Schema = {"type": "string", "enum": ["asc", "desc"], "default": "desc"}
    limit: Schema = {"type": "integer", "minimum": 1, "maximum": 100, "default": 20}
    page = [
        _query("order", "The newest first, or the oldest.", order),
        _query("after", "The id of the item before the page.", {"type": "string"}),
        _query("limit", "How many items a page holds.", limit),
    ]
    return {
        one: {
            "get": _operation("getResponse", "Show a response again", shown, ref("Response"), []),
            "delete": _operation("deleteResponse", "Forget a response", shown, ref("ResponseDeleted"), []),
        },
        f"{one}/input_items": {
            "get": _operation("listInputItems", "List what was asked", shown, ref("ResponseItems"), page)
        },
        f"{one}/cancel": {
            "post": _operation(
                "cancelResponse",
                "Cancel a response",
                "Always refused: only responses made in the background can be cancelled, and none is here.",
                None,
                [],
            )
        },
    }


def _query(name: str, about: str, schema: Schema) -> Schema:
    return {"name": name, "in": "query", "description": about, "schema": schema}


def _operation(
    operation: str, summary: str, about: str, schema: Schema | None, query: list[Schema]
) -> dict[str, Any]:
    ok = {"description": "It is done.", "headers": headers(), "content": json_content(schema or {})}
    return {
        "operationId": operation,
        "tags": ["Responses"],
        "summary": summary,
        "description": about,
        "parameters": [_ID, *query],
        "responses": {
            **({"200": ok} if schema else {}),
            **responses(
                BadRequest, Unauthenticated, NotFound, InternalError, ForeignOrigin, DialectNotAllowed
            ),
        },
    }
