"""The few habits of JavaScript that the app's behaviour rests on.

Akash Chat is a Node program: what is falsy, what ``Number()`` makes of a value and how ``JSON.stringify``
escapes a string all show on the wire. Nothing here knows Akash.
"""

import json
import math
import re
from datetime import UTC, datetime
from typing import Any, Final, NoReturn

MISSING: Final = object()
"""What JavaScript calls ``undefined``: a field that is not there, as opposed to one that is null."""

_LONE_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def stringify(value: Any) -> str:
    """Write a value as ``JSON.stringify`` does: compact, not ASCII-only, lone surrogates escaped."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return _LONE_SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def parse(raw: bytes) -> Any:
    """Read JSON as ``JSON.parse`` does; raises ``ValueError`` where it throws."""

    def refuse(constant: str) -> NoReturn:
        raise ValueError(f"{constant} is not JSON")

    try:
        return json.loads(raw.decode("utf-8", "replace"), parse_constant=refuse)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def is_truthy(value: Any) -> bool:
    """Whether ``if (value)`` holds: empty lists and objects do, NaN does not."""
    if isinstance(value, (list, dict)):
        return True
    if isinstance(value, float) and math.isnan(value):
        return False
    return value is not MISSING and bool(value)


def to_number(value: Any) -> float:
    """What ``Number(value)`` gives."""
    if value is None:
        return 0.0
    if isinstance(value, (bool, int, float)):
        return float(value)
    if isinstance(value, str):
        try:
            return float(value.strip() or 0)
        except ValueError:
            return float("nan")
    return float("nan")


def is_number(value: Any) -> bool:
    """Whether ``typeof value === "number"``."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def shown(value: Any) -> str:
    """What a template string prints for a value."""
    if value is MISSING:
        return "undefined"
    return value if isinstance(value, str) else stringify(value)


def cut_utf16(text: str, units: int) -> str:
    """``text.slice(0, units)``: the length is counted in UTF-16 code units, so a pair may be torn."""
    encoded = text.encode("utf-16-le", "surrogatepass")[: 2 * units]
    return encoded.decode("utf-16-le", "surrogatepass")


def whole(number: float) -> float:
    """The same number, printed by JSON without a needless ``.0``."""
    return int(number) if math.isfinite(number) and number == int(number) else number


def iso_time(seconds: float) -> str:
    """``new Date(seconds * 1000).toISOString()``."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
