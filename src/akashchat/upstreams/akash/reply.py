"""Akash's replies that are not a stream: what a refusal means, and who is told what.

Status alone says little: 403 has three meanings (our session, the model's tier, a bot check), so content
type and keys are looked at too.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct

from akashchat.errors import (
    BotCheck,
    ContextLengthExceeded,
    GatewayError,
    ImageFailed,
    ModelNotFound,
    ProtocolError,
    QuotaExhausted,
    RateLimited,
    SessionRejected,
    UpstreamError,
    UpstreamTimeout,
    UpstreamUnavailable,
)
from akashchat.upstreams.akash.failures import explained
from akashchat.upstreams.quoting import quoted
from akashchat.wire.json import decode_any

_LONGEST_WAIT_S = 7 * 86_400.0
"""The quota's window is four hours; a date far off is some clock's fault."""

_HTML = ("text/html", "application/xhtml+xml")
_BOT_MARKS = (b"just a moment", b"cf-challenge", b"challenge-platform", b"attention required", b"cf_chl")
_BOT_CHECK = (
    "a bot check stands before Akash Chat and answers instead of it; open the site in a browser and give "
    "the gateway that browser's cookie and User-Agent (AKASHCHAT_AKASH_COOKIE, AKASHCHAT_AKASH_USER_AGENT), "
    "or reach Akash through another address (AKASHCHAT_AKASH_PROXY)"
)


class Refusal(Struct, frozen=True):
    """A reply that is no answer: status, media type, headers (names in lower case), body."""

    status: int
    media_type: str
    headers: Mapping[str, str]
    body: bytes

    def error(self, now: float) -> GatewayError:
        """What it means; ``now`` is seconds since the epoch, to tell how long a limit lasts."""
        if self.is_bot_check():
            return BotCheck(_BOT_CHECK)
        said = self._json()
        match self.status:
            case 400:
                return self._bad_request()
            case 401 | 403:
                return self._forbidden(said)
            case 429:
                return self._limited(said, now)
            case 500:
                return _failed(said)
            case status if status > 500 or status == 408:
                return _away(status)
            case _:
                return self._unexpected()

    def is_bot_check(self) -> bool:
        """A page where none is due, with the words of a check or with the status of one."""
        if self.media_type not in _HTML:
            return False
        start = self.body.lower()
        return self.status == 403 or any(mark in start for mark in _BOT_MARKS)

    def _forbidden(self, said: dict[str, Any]) -> GatewayError:
        if said.get("success") is False or self.status == 401:
            return SessionRejected("Akash does not accept the gateway's session")
        title = str(said.get("error", ""))
        if title == "Model not available":
            return ModelNotFound(_model_not_available(said), param="model")
        if "access token" in title.lower():
            return UpstreamError(
                f"this Akash Chat is private ({quoted(title)}): "
                "AKASHCHAT_AKASH_ACCESS_TOKEN must hold its token"
            )
        return UpstreamError(f"Akash forbids it: {quoted(title or self._text()[:300]) or 'no reason given'}")

    def _limited(self, said: dict[str, Any], now: float) -> GatewayError:
        reset = reset_time(self.headers, said)
        if reset is None:
            wait = self.headers.get("retry-after", "")
            return RateLimited(
                "Akash takes no more requests for the moment",
                retry_after_s=min(float(wait), _LONGEST_WAIT_S) if wait.isdecimal() else None,
            )
        return quota_exhausted(reset, now)

    def _bad_request(self) -> GatewayError:
        text = self._text()
        error = explained(text)
        if isinstance(error, ContextLengthExceeded):
            return ContextLengthExceeded("the conversation is too long for this model", param="messages")
        return error

    def _unexpected(self) -> GatewayError:
        """A status that has no meaning of its own here."""
        if self.media_type in _HTML:
            return ProtocolError(f"Akash answered with a web page instead of an answer (HTTP {self.status})")
        if 300 <= self.status < 400:
            place = quoted(self.headers.get("location", "nowhere"))
            return ProtocolError(f"Akash redirects to {place}; is AKASH_BASE_URL right?")
        if self.status == 404:
            return UpstreamError("Akash Chat has no such address; is AKASH_BASE_URL right?")
        return UpstreamError(f"Akash answered HTTP {self.status}: {quoted(self._text()[:300])}")

    def _json(self) -> dict[str, Any]:
        try:
            value = decode_any(self.body)
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}

    def _text(self) -> str:
        return self.body.decode("utf-8", "replace")


def _failed(said: dict[str, Any]) -> GatewayError:
    if said.get("error") == "Error generating image":
        return ImageFailed(f"Akash could not generate the image: {quoted(str(said.get('message')))}")
    return UpstreamError("Akash failed (HTTP 500) and does not say why")


def _away(status: int) -> GatewayError:
    if status in (408, 504, 522, 524):
        return UpstreamTimeout(f"Akash did not answer in time (HTTP {status})")
    return UpstreamUnavailable(f"Akash is out of service (HTTP {status})")


def quota_exhausted(reset: float, now: float) -> QuotaExhausted:
    """The quota of this address is spent until ``reset``, seconds since the epoch."""
    wait = _wait(reset, now)
    return QuotaExhausted(
        f"Akash's token quota for this address is spent; it starts anew at {moment(now + wait)}",
        retry_after_s=wait,
    )


def quota_kept(reset: float, now: float) -> QuotaExhausted:
    """What is left of the quota is for other callers, until ``reset``."""
    wait = _wait(reset, now)
    return QuotaExhausted(
        "Akash's token quota for this address is nearly spent, and what is left is kept for callers who had less of "
        f"it than you; it starts anew at {moment(now + wait)}",
        retry_after_s=wait,
    )


def moment(seconds: float) -> str:
    """A moment in seconds since the epoch, for people here."""
    return datetime.fromtimestamp(seconds).astimezone().isoformat(timespec="seconds")


def _wait(reset: float, now: float) -> float:
    return min(max(1.0, reset - now), _LONGEST_WAIT_S)


def reset_time(headers: Mapping[str, str], said: Mapping[str, Any]) -> float | None:
    """When a quota starts anew, in seconds since the epoch: a header of the app's, or a field."""
    stamp = headers.get("x-tokenlimit-reset", "")
    if stamp.isdecimal() and len(stamp) < 12:
        return float(stamp)
    moment = said.get("resetTime")
    if isinstance(moment, str):
        try:
            return datetime.fromisoformat(moment).timestamp()
        except (ValueError, OverflowError):
            return None
    return None


def _model_not_available(said: dict[str, Any]) -> str:
    offered = said.get("available_models")
    rows = offered if isinstance(offered, list) else []
    ids = [str(row["id"]) for row in rows if isinstance(row, dict) and "id" in row]
    allowed = f"; available are {', '.join(ids[:50])}" if ids else ""
    return f"this model is not available to the gateway at Akash{allowed}"
