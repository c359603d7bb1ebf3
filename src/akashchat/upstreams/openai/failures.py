"""What such an upstream says when something went wrong, and what it means.

The object is OpenAI's ``{"error": {"message", "type", "param", "code"}}``, or one of those others write: the same
without ``error`` around it (vLLM), ``error`` as a text, FastAPI's ``detail`` as a text or a list.  ``code`` is a
word, or a status as number or text (LiteLLM, OpenRouter).  As each has its own words, meaning is read off code,
type and message together; a table's rows are tried from the top.
"""

import re
from typing import Any

from msgspec import Struct

from akashchat.errors import (
    BadRequest,
    ContentRefused,
    ContextLengthExceeded,
    GatewayError,
    KeyRejected,
    ModelNotFound,
    OutOfCredit,
    QuotaExhausted,
    RateLimited,
    UpstreamError,
    UpstreamSlow,
    UpstreamUnavailable,
)
from akashchat.upstreams.quoting import quoted
from akashchat.wire.json import whole_text


class Said(Struct, frozen=True):
    """An error as it was told: ``words`` is its code and type, ``status`` 0 where it names none."""

    message: str = ""
    words: str = ""
    param: str | None = None
    status: int = 0


_WORDS: tuple[tuple[type[GatewayError], re.Pattern[str]], ...] = tuple(
    (kind, re.compile("|".join(patterns), re.IGNORECASE))
    for kind, *patterns in (
        (
            ContextLengthExceeded,
            r"context[ _-]?(?:length|window|size)",  # OpenAI, vLLM, SGLang, llama.cpp, LiteLLM's class
            r"maximum (?:context|prompt length|allowed input)|exceed_context",
            r"(?:prompt|input) is too long|too many (?:input )?tokens|reduce the length of",
            r"input token count \+ max_tokens|max_new_tokens. must be",  # Together, with 403; Text Generation Inference
        ),
        (
            ContentRefused,
            r"content[ _-]?(?:filter|policy|management)|responsible ?ai",  # OpenAI, Azure
            r"\bflagged\b|data_inspection_failed|safety system|guardrail",  # OpenRouter, with 403; Alibaba
        ),
        # Accounts, where it is not said with 402.
        (
            OutOfCredit,
            r"budget.{0,12}exceeded|insufficient[ _](?:credit|balance|fund)|credit balance is too low",
        ),
        (KeyRejected, r"(?:invalid|incorrect)[ _]api[ _]key|authentication_error"),
        (
            ModelNotFound,
            r"\bmodel:?\s+\S{1,200}\s+(?:does not exist|(?:was |is )?not (?:found|available))",  # OpenAI, vLLM, Ollama
            r"model_not_found|unknown model|model not (?:exist|found)",  # OpenAI, DeepSeek
            r"invalid model name|not a valid model",  # LiteLLM, OpenRouter
        ),
    )
)
_READ = frozenset({400, 403, 404, 413, 422, 451})
"""The statuses whose words are looked at; with 500 only a prompt too long is, as older servers answer so."""

_SPENT = re.compile(r"insufficient_quota|exceeded your current quota|credit_balance_exhausted", re.IGNORECASE)

_KINDS: dict[int, type[GatewayError]] = {
    400: BadRequest, 422: BadRequest, 413: ContextLengthExceeded, 451: ContentRefused,
    401: KeyRejected, 403: KeyRejected, 402: OutOfCredit,
    408: UpstreamSlow, 504: UpstreamSlow, 522: UpstreamSlow, 524: UpstreamSlow,
    429: RateLimited,
    # 529: AkashML has no healthy backend (Anthropic: overloaded); 498: Groq has no room; 52x, 530: Cloudflare.
    498: UpstreamUnavailable, 502: UpstreamUnavailable, 503: UpstreamUnavailable, 520: UpstreamUnavailable,
    521: UpstreamUnavailable, 523: UpstreamUnavailable, 529: UpstreamUnavailable, 530: UpstreamUnavailable,
}  # fmt: skip
"""By status, where words say nothing more; any other is an ``UpstreamError``."""

_STATUSES = {
    "invalid_request_error": 400, "badrequesterror": 400, "authentication_error": 401, "permission_error": 403,
    "not_found_error": 404, "rate_limit_error": 429, "rate_limit_exceeded": 429, "insufficient_quota": 429,
    "overloaded_error": 529, "timeout_error": 504,
}  # fmt: skip
"""By type or code, for an error in a stream, which has no status of its own."""


def said(value: Any) -> Said:
    """An error's object, read."""
    if not isinstance(value, dict):
        return Said(whole_text(value)) if isinstance(value, str) else Said()
    inner = value.get("error")
    if isinstance(inner, str):
        return Said(whole_text(inner), _word(value.get("code")))
    found = inner if isinstance(inner, dict) else value
    words = [_word(found.get("code")), _word(found.get("type"))]
    param = found.get("param")
    return Said(
        _message(found.get("message", found.get("detail"))),
        " ".join(filter(None, words)),
        whole_text(param) if isinstance(param, str) else None,
        _status(found, words),
    )


def is_error(chunk: dict[str, Any]) -> bool:
    """Whether what stands in a stream, or for a reply, is an error."""
    return bool(chunk.get("error")) or chunk.get("object") == "error"


def meaning(
    status: int, told: Said, upstream: str, *, secret: str = "", wait_s: float | None = None
) -> GatewayError:
    """The error behind a status and what was said with it; ``wait_s`` is how long to leave the upstream alone."""
    kind = _kind(status, f"{told.words} {told.message}")
    message = quoted(told.message or told.words, secret) or f"HTTP {status}, and no reason given"
    if issubclass(kind, KeyRejected):
        return kind(f"{upstream} does not accept the gateway's key: {message}")
    param = _PARAMS.get(kind, told.param if issubclass(kind, BadRequest) else None)
    waits = issubclass(kind, RateLimited | UpstreamUnavailable)
    return kind(f"{upstream}: {message}", param=param, retry_after_s=wait_s if waits else None)


_PARAMS: dict[type[GatewayError], str] = {ContextLengthExceeded: "messages", ModelNotFound: "model"}


def _kind(status: int, text: str) -> type[GatewayError]:
    if status == 429 and _SPENT.search(text):
        return QuotaExhausted
    read = _WORDS if status in _READ else _WORDS[:1] if status == 500 else ()
    for kind, pattern in read:
        if pattern.search(text):
            return kind
    return _KINDS.get(status, UpstreamError)


def _status(found: dict[str, Any], words: list[str]) -> int:
    for name in ("code", "status", "status_code", "http_status_code"):
        value = found.get(name)
        number = int(value) if isinstance(value, str) and value.isdecimal() and len(value) == 3 else value
        if type(number) is int and 400 <= number <= 599:
            return number
    return next((_STATUSES[word.lower()] for word in words if word.lower() in _STATUSES), 0)


def _word(value: Any) -> str:
    return whole_text(value) if isinstance(value, str) and not value.isdecimal() else ""


def _message(value: Any) -> str:
    """A message, or FastAPI's list of what is wrong where."""
    if isinstance(value, dict):
        value = value.get("detail", value.get("message"))
    if isinstance(value, list):
        return "; ".join(filter(None, map(_fault, value)))
    return whole_text(value) if isinstance(value, str) else ""


def _fault(value: Any) -> str:
    if not isinstance(value, dict):
        return _word(value)
    place = value.get("loc")
    where = whole_text(".".join(map(str, place))) if isinstance(place, list) else ""
    return ": ".join(filter(None, [where, _word(value.get("msg"))]))
