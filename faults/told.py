"""What a caller was told, in no dialect at all."""

import json
from dataclasses import dataclass
from typing import Any, Final

WHOLE: Final = "whole"
EMPTY: Final = "empty"
PICTURE: Final = "picture"
CALLED: Final = "called"
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
    calls: tuple[tuple[str, Any], ...] = ()
    """Functions that were called, each with its arguments."""
    model: str = ""
    output_tokens: int | None = None


def failure(code: object, message: object) -> Told:
    """A failure; it must say something."""
    check(isinstance(message, str) and len(message) > 4, f"a failure without a message: {message!r}")
    return Told(failed=True, code=str(code or ""), message=str(message))


def arguments(text: str) -> Any:
    """The arguments of a call; they must be whole."""
    try:
        return json.loads(text)
    except ValueError:
        raise Wrong(f"a call whose arguments are {text!r}") from None


def check(holds: object, complaint: str) -> None:
    """Complain unless it holds."""
    if not holds:
        raise Wrong(complaint)
