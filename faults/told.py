"""What a caller was told, in no dialect at all."""

from dataclasses import dataclass
from typing import Final

WHOLE: Final = "whole"
EMPTY: Final = "empty"
PICTURE: Final = "picture"
SHORT: Final = "truncated, and told as whole"
"""Outcomes beside the codes of errors; the last is never right."""


class Wrong(Exception):
    """What came breaks the rules of its dialect, or has not exactly one end."""


@dataclass(frozen=True, kw_only=True)
class Told:
    """An answer with its reason to end, or a failure with its code where the dialect has codes."""

    text: str = ""
    reason: str = ""
    failed: bool = False
    code: str = ""
    message: str = ""
    picture: bool = False
    model: str = ""
    output_tokens: int | None = None


def failure(code: object, message: object) -> Told:
    """A failure; it must say something."""
    check(isinstance(message, str) and len(message) > 4, f"a failure without a message: {message!r}")
    return Told(failed=True, code=str(code or ""), message=str(message))


def check(holds: object, complaint: str) -> None:
    """Complain unless it holds."""
    if not holds:
        raise Wrong(complaint)
