"""What a person writes for amounts and times."""

import re
import time
from datetime import datetime
from typing import Any

import typer

_TIMES = {"": 1, "k": 1000, "m": 1_000_000, "g": 1_000_000_000}
_SECONDS = {"m": 60, "h": 3600, "d": 86_400, "w": 7 * 86_400}


class Amount:
    """A whole number, such as ``500k`` or ``2M``; ``none`` is no limit."""

    def __init__(self, text: str) -> None:
        self.value: int | None = None
        if text.strip().lower() == "none":
            return
        found = re.fullmatch(r"([0-9][0-9_,]*)([kmg]?)", text.strip().lower())
        if found is None:
            raise typer.BadParameter(f"'{text}' is no number, such as 500000, 500k or 2M, and not 'none'")
        self.value = int(re.sub("[_,]", "", found[1])) * _TIMES[found[2]]


class Expiry:
    """A moment, or so much time from now; ``never`` is neither."""

    def __init__(self, text: str) -> None:
        self.value: float | None = None
        word = text.strip().lower()
        if word == "never":
            return
        if found := re.fullmatch(r"([0-9]{1,6})([mhdw])", word):
            self.value = time.time() + int(found[1]) * _SECONDS[found[2]]
            return
        try:
            self.value = datetime.fromisoformat(text.strip()).timestamp()
        except (ValueError, OverflowError):
            raise typer.BadParameter(
                f"'{text}' is no time, such as 30d, 12h or 2027-01-31, and not 'never'"
            ) from None


def fields(**given: Any) -> dict[str, Any]:
    """What was given of a key, as the API takes it: what was not named is left out, within too."""
    found: dict[str, Any] = {}
    for name, value in given.items():
        if isinstance(value, dict):
            if inner := fields(**value):
                found[name] = inner
        elif isinstance(value, Amount | Expiry):
            found[name] = value.value
        elif isinstance(value, list):
            found[name] = [one for one in value if one]
        elif value is not None:
            found[name] = value
    return found
