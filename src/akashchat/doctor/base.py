"""What is looked at, and what is found."""

import enum
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from msgspec import Struct

from akashchat.errors import GatewayError
from akashchat.errors.remedies import remedy


class Verdict(enum.StrEnum):
    """How it is."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"


class Finding(Struct, frozen=True):
    """What was seen, and what to do about it."""

    verdict: Verdict
    seen: str
    remedy: str = ""


Look: TypeAlias = Callable[[], Awaitable[Finding]]

DEFAULT_LIMIT_S = 30.0


class Check(Struct, frozen=True, kw_only=True):
    """One thing to look at.

    ``subject`` is an upstream's name, or the gateway; ``needs`` are other checks of the same subject without which
    this one makes no sense.  ``look`` may raise a ``GatewayError``.
    """

    subject: str
    name: str
    look: Look
    needs: tuple[str, ...] = ()
    limit_s: float = DEFAULT_LIMIT_S


class Line(Struct, frozen=True, kw_only=True):
    """What came of a check."""

    subject: str
    check: str
    verdict: Verdict
    seen: str
    remedy: str
    seconds: float


def ok(seen: str) -> Finding:
    """All is well."""
    return Finding(Verdict.OK, seen)


def warning(seen: str, what_to_do: str) -> Finding:
    """It works, and may not for long, or not for everybody."""
    return Finding(Verdict.WARNING, seen, what_to_do)


def failed(seen: str, what_to_do: str) -> Finding:
    """It does not work."""
    return Finding(Verdict.FAILED, seen, what_to_do)


def skipped(why: str) -> Finding:
    """It was not looked at."""
    return Finding(Verdict.SKIPPED, why)


def failed_with(error: GatewayError, what_to_do: str = "") -> Finding:
    """It does not work, and the error says why."""
    return failed(error.message, what_to_do or remedy(type(error)))
