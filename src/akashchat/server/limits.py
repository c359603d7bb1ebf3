"""How much a caller has left, as headers in the words of whoever's clients ask."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

from starlette.types import Scope

from akashchat.dialects import anthropic, openai
from akashchat.model.journey import Journey
from akashchat.model.limits import Standing
from akashchat.server.base import Headers

Render: TypeAlias = Callable[[Sequence[Standing], float], list[tuple[str, str]]]

_FORMS: tuple[tuple[str, Render], ...] = (("/v1/messages", anthropic.limit_headers),)
"""By how paths begin; all others have OpenAI's, which Ollama's clients pass over."""

LIMIT_HEADERS = (b"x-ratelimit-", b"anthropic-ratelimit-")
"""How their names begin."""


def standings_object(standings: Sequence[Standing]) -> dict[str, dict[str, int | None]]:
    """How limits stand, by their names, as JSON: what a window has no end for ends at ``null``."""
    return {
        stands.limit.kind.value: {
            "limit": stands.limit.most,
            "used": stands.used,
            "reserved": stands.reserved,
            "left": stands.left,
            "resets_at": stands.limit.ends_at or None,
        }
        for stands in standings
    }


def limit_headers(scope: Scope, now: float) -> Headers:
    """Those of a reply to a caller with limits; none for all others, and where nothing was asked yet."""
    journey: Journey | None = scope["state"].get("journey")
    if journey is None or not journey.standings:
        return []
    path = scope["path"]
    render = next((form for prefix, form in _FORMS if path.startswith(prefix)), openai.limit_headers)
    headers = [(name.encode(), value.encode()) for name, value in render(journey.standings, now)]
    if journey.allowed_tokens is not None:
        headers.append((b"x-akashchat-allowed-tokens", b"%d" % journey.allowed_tokens))
    return headers
