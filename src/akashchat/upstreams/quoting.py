"""What an upstream says, fit to be shown to whoever asked."""

import re

_SECRET = re.compile(
    r"\b(?:sk|akml|key)-[\w.\-]+|(?:(?<=key=)|(?<=bearer )|(?<=session_token=)|(?<=cf_clearance=))[^\s,]+",
    re.IGNORECASE,
)
_LONGEST = 500


def quoted(text: str, secret: str = "") -> str:
    """A text of the upstream's, fit to be shown: one line, no secrets, the one named among them, not too long."""
    if secret:
        text = text.replace(secret, "…")
    shown = _SECRET.sub("…", " ".join(text.split()))
    return shown if len(shown) <= _LONGEST else shown[:_LONGEST] + "…"
