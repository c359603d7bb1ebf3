"""How long an upstream wants to be left alone, as its headers say.

``Retry-After`` is seconds or a date (RFC 9110), ``retry-after-ms`` OpenAI's own.  ``x-ratelimit-reset`` is the
epoch's seconds (AkashML) or milliseconds (OpenRouter), or seconds from now; ``x-ratelimit-reset-requests`` and
``-tokens`` are times like ``6m0s`` or ``120ms`` (OpenAI, Groq), each of a limit that may not be the one reached.
"""

import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

_LONGEST_S = 7 * 86_400.0
"""A date far off is some clock's fault."""
_SPAN = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+(?:\.\d+)?)s)?(?:(\d+(?:\.\d+)?)ms)?")
_UNITS = (86_400.0, 3_600.0, 60.0, 1.0, 0.001)
_EPOCH = 1e9
"""What is larger is a moment, and no span of seconds."""


def wait_s(headers: Mapping[str, str], now: float) -> float | None:
    """The seconds; ``now`` is seconds since the epoch.  ``None`` where nothing is said, or nothing sensible."""
    asked = _milliseconds(headers.get("retry-after-ms", ""))
    if asked is None:
        asked = _retry_after(headers.get("retry-after", ""), now)
    if asked is None:
        asked = _reset(headers, now)
    return None if asked is None else min(max(0.0, asked), _LONGEST_S)


def _reset(headers: Mapping[str, str], now: float) -> float | None:
    """The latest reset of a limit that is used up; of any where none says so."""
    limits = [
        name.removeprefix("x-ratelimit-reset") for name in headers if name.startswith("x-ratelimit-reset")
    ]
    spent = [limit for limit in limits if headers.get(f"x-ratelimit-remaining{limit}", "").strip() == "0"]
    times = [_span(headers[f"x-ratelimit-reset{limit}"], now) for limit in spent or limits]
    return max((time for time in times if time is not None), default=None)


def _retry_after(text: str, now: float) -> float | None:
    if (seconds := _number(text)) is not None:
        return seconds
    try:
        return parsedate_to_datetime(text).timestamp() - now
    except (ValueError, TypeError, OverflowError):
        return None


def _span(text: str, now: float) -> float | None:
    number = _number(text)
    if number is not None:
        moment = number / 1000 if number > _EPOCH * 100 else number
        return moment - now if moment > _EPOCH else moment
    found = _SPAN.fullmatch(text.strip())
    if found is None or not any(found.groups()):
        return None
    return sum(unit * float(amount) for unit, amount in zip(_UNITS, found.groups(), strict=True) if amount)


def _milliseconds(text: str) -> float | None:
    number = _number(text)
    return None if number is None else number / 1000


def _number(text: str) -> float | None:
    return float(text) if re.fullmatch(r"\s*\d+(?:\.\d+)?\s*", text, re.ASCII) else None
