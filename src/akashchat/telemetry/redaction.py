"""What words are kept without: keys, tokens, addresses of mail, numbers of cards and telephones.

Patterns find what looks like one.  They miss what does not, and take away what only looks so: this makes a store of
words less dangerous, and not harmless.  Each pattern looks at a character a bounded number of times.
"""

import re
from collections.abc import Callable
from typing import Any

import msgspec

_SECRET_NAMES = re.compile(
    r"(?:^|[_\-.]|(?<=[a-z0-9])(?=[A-Z]))(?i:api_?key|key|token|secret|password|passwd|authorization|cookie)$"
)
"""Fields whose text is a secret whatever it looks like; ``accessToken`` is one, ``monkey`` is none."""

_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[^-]{0,20000}(?:-----END [A-Z ]{0,30}PRIVATE KEY-----)?"),
     "[key]"),
    (re.compile(r"(?i)\b(bearer|basic)\s{1,4}[A-Za-z0-9._~+/=-]{8,}"), r"\1 [key]"),
    # OpenAI's, Anthropic's and many others', ours, AkashML's, GitHub's, Slack's, Google's, Amazon's, Hugging Face's
    (re.compile(
        r"(?<![A-Za-z0-9])(?:(?:sk|pk|rk|ak|akml|gsk|xai|nvapi|hf|glpat|pplx)[-_]|gh[pousr]_|github_pat_|xox[a-z]-|"
        r"AIza|AKIA|ASIA|ya29\.)[A-Za-z0-9_\-]{12,}"
     ), "[key]"),
    (re.compile(r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*)?"), "[key]"),
    (re.compile(r"(?<![\w.%+-])[\w.%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}"), "[e-mail]"),
)  # fmt: skip
_DIGITS = re.compile(r"(?<![\w.])\+?\(?\d(?:[ ().\-/]{0,2}\d){6,18}(?![\w])")
"""What may be the number of a card or a telephone."""


def redacted_body(body: bytes) -> bytes:
    """A request's body; JSON stays JSON, and what is none is taken as a text."""
    try:
        value = msgspec.json.decode(body)
        return msgspec.json.encode(_redacted(value))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return redacted(body.decode("utf-8", "replace")).encode()


def redacted(text: str) -> str:
    """A text, with a word in brackets in the place of each secret."""
    for pattern, instead in _PATTERNS:
        text = pattern.sub(instead, text)
    return _DIGITS.sub(_number, text)


def _redacted(value: Any, name: str = "") -> Any:
    if isinstance(value, str):
        return "[key]" if value and _SECRET_NAMES.search(name) else redacted(value)
    if isinstance(value, list):
        return [_redacted(item, name) for item in value]
    if isinstance(value, dict):
        return {redacted(key): _redacted(item, key) for key, item in value.items()}
    if isinstance(value, int) and not isinstance(value, bool) and _is_card(str(abs(value))):
        return "[card]"
    return value


def _number(found: re.Match[str]) -> str:
    text = found[0]
    digits = re.sub(r"\D", "", text)
    if _is_card(digits):
        return "[card]"
    return "[telephone]" if any(is_one(text, digits) for is_one in _TELEPHONES) else text


_TELEPHONES: tuple[Callable[[str, str], bool], ...] = (
    lambda text, digits: text.startswith("+") and 8 <= len(digits) <= 15,
    lambda text, digits: "(" in text and ")" in text and 9 <= len(digits) <= 12,
    lambda text, digits: bool(re.fullmatch(r"\d{3}[ .\-]\d{3}[ .\-]\d{4}", text)) and len(digits) == 10,
    lambda text, digits: bool(re.fullmatch(r"0\d{1,4}[ /\-]\d[\d ]{4,9}", text)) and 7 <= len(digits) <= 12,
)
"""How a telephone's number is told from a date or a sum: the whole world's, and as it is written at home."""


def _is_card(digits: str) -> bool:
    """Whether the check digit is right: of other numbers of that length one in ten passes.

    https://www.iso.org/standard/70484.html
    """
    if not 13 <= len(digits) <= 19 or digits[0] not in "23456":
        return False
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return sum(figure - 9 if figure > 9 else figure for figure in doubled) % 10 == 0
