"""The kinds of request a scenario can strike."""

from typing import Final, Literal, get_args

Place = Literal["session", "models", "chat", "image", "image_status", "image_file", "other"]
"""``image`` is a chat request that asks a drawing model for a picture; ``other`` is what has no name here."""

PLACES: Final[tuple[Place, ...]] = get_args(Place)

_PREFIXES: Final[dict[str, Place]] = {
    "/api/auth/session": "session",
    "/api/models": "models",
    "/api/chat": "chat",
    "/api/image-status": "image_status",
    "/api/image/": "image_file",
}


def find_place(path: str) -> Place:
    """The kind of a request by its path; that a chat asks for a picture shows only later."""
    return next((place for prefix, place in _PREFIXES.items() if path.startswith(prefix)), "other")
