"""What operations of the admin's have in common."""

from typing import Any

from akashchat.errors import AdminOnly, ForeignOrigin, InternalError, Unauthenticated
from akashchat.server.openapi.errors import Kind, responses
from akashchat.server.openapi.parts import Schema, headers

_FAILURES: tuple[Kind, ...] = (Unauthenticated, AdminOnly, ForeignOrigin, InternalError)


def operation(name: str, summary: str, about: str, content: Schema, *failures: Kind, **more: Any) -> Schema:
    """An operation for admins alone; ``content`` is what it answers, ``failures`` those beyond what all have."""
    return {
        "operationId": name,
        "tags": ["Admin"],
        "summary": summary,
        "description": about,
        "security": [{"bearer": []}, {"apiKey": []}],
        "responses": {
            "200": {"description": "Done.", "headers": headers(), "content": content},
            **responses(*_FAILURES, *failures),
        },
        **more,
    }
