"""The three ways the app turns a request down.

With an HTTP status and a reason, by throwing (which its framework shows as a bare 500), and, once it has
called the model, with status 200 and a lone error line.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from akashchat.simulator.javascript import stringify

JSON: Final = "application/json"
TEXT: Final = "text/plain; charset=utf-8"
HTML: Final = "text/html; charset=utf-8"


class Thrown(Exception):
    """An exception nobody caught: status 500, no body, no content type."""


class CallFailed(Exception):
    """The call to the model failed before its first event: status 200 and one ``3:`` line."""


class Refusal(Exception):
    """A plain HTTP refusal."""

    def __init__(
        self, status: int, body: str, content_type: str = JSON, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(body)
        self.status = status
        self.body = body
        self.content_type = content_type
        self.headers = dict(headers or {})

    @classmethod
    def of(cls, status: int, document: Any, **headers: str) -> "Refusal":
        """A refusal told in JSON."""
        return cls(status, stringify(document), headers=headers)


def refuse_session() -> Refusal:
    """What both dialects say when the cookie names no living session."""
    return Refusal.of(403, {"success": False, "message": "Unauthorized: Invalid session"})


def refuse_model(shown_id: str, rows: Sequence[Mapping[str, Any]]) -> Refusal:
    """What the new dialect says of a model it does not offer; ``rows`` are those of its list."""
    told = f'The model "{shown_id}" is not available for your account tier. Please select a different model.'
    offered = [{"id": row["id"], "name": row["name"]} for row in rows if row["available"]]
    return Refusal.of(403, {"error": "Model not available", "message": told, "available_models": offered})


def name_unknown_model(name: str) -> str:
    """What the proxy before the models says of a name it does not know."""
    told = "Call `/v1/models` to view available models for your key."
    return f"/chat/completions: Invalid model name passed in model={name}. {told}"
