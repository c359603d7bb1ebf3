"""The headers that tell how much a caller has left, in the words of OpenAI and of Anthropic."""

from typing import Any

_TOLD = {
    "limit": "How many the caller may use until the limit is renewed",
    "remaining": "How many of them are left",
    "reset": "When they are renewed",
}
_WHAT = {"requests": "requests", "tokens": "tokens, of the limit of which least is left"}


def _described(told: str, what: str, reset: dict[str, Any]) -> dict[str, Any]:
    kind = reset if told == "reset" else {"schema": {"type": "integer", "minimum": 0}}
    return {"description": f"{_TOLD[told]}: {_WHAT[what]}. Absent where nothing limits them.", **kind}


_LASTS: dict[str, Any] = {"schema": {"type": "string"}, "example": "6m0s"}
_MOMENT: dict[str, Any] = {
    "schema": {"type": "string", "format": "date-time"}, "example": "2026-12-01T00:00:00Z"
}  # fmt: skip
_PAIRS = [(told, what) for what in _WHAT for told in _TOLD]

_OPENAI = {f"x-ratelimit-{told}-{what}": f"RateLimit{what.title()}{told.title()}" for told, what in _PAIRS}
_ANTHROPIC = {
    f"anthropic-ratelimit-{what}-{told}": f"AnthropicRateLimit{what.title()}{told.title()}"
    for told, what in _PAIRS
}
OPENAI, ANTHROPIC = tuple(_OPENAI), tuple(_ANTHROPIC)
NAMES = {**_OPENAI, **_ANTHROPIC}
"""Each header, and what describes it."""
HEADERS: dict[str, Any] = {
    name: _described(told, what, reset)
    for names, reset in ((_OPENAI, _LASTS), (_ANTHROPIC, _MOMENT))
    for name, (told, what) in zip(names.values(), _PAIRS, strict=True)
}
