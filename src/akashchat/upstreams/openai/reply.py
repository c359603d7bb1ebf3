"""What comes whole: a refusal, and an answer from who does not stream though asked to."""

import re
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from akashchat.errors import GatewayError, ProtocolError
from akashchat.model.events import Event, Failure
from akashchat.upstreams.openai.answer import Answer, Exchange
from akashchat.upstreams.openai.failures import Said, meaning, said
from akashchat.upstreams.openai.waits import wait_s
from akashchat.upstreams.quoting import quoted
from akashchat.wire.json import decode_any

_NOWHERE = re.compile(r"\W*(?:404\W*)?(?:(?:page|file|route|path|url) )?(?:not found)?\W*", re.IGNORECASE)
"""What servers say of an address that is none, and of nothing else."""
_HTML = ("text/html", "application/xhtml+xml")


class Refusal(Struct, frozen=True):
    """A reply that is no answer: status, media type, headers (names in lower case), body."""

    status: int
    media_type: str
    headers: Mapping[str, str]
    body: bytes

    def error(self, upstream: str, now: float, secret: str = "") -> GatewayError:
        """What it means; ``now`` is seconds since the epoch, ``secret`` what must not be repeated."""
        if 300 <= self.status < 400:
            place = quoted(self.headers.get("location", "nowhere"), secret)
            return ProtocolError(f"{upstream} redirects to {place}; is its base_url right?")
        page = self.media_type in _HTML
        if page and (self.status < 500 and self.status not in (408, 429)):
            return ProtocolError(
                f"{upstream} answered with a web page (HTTP {self.status}); is its base_url right, and does nothing "
                "stand before it?"
            )
        told = Said() if page else self._said()
        if self.status == 404 and _NOWHERE.fullmatch(told.message):
            told = Said("there is no such address (HTTP 404); is its base_url right?")
        return meaning(self.status, told, upstream, secret=secret, wait_s=wait_s(self.headers, now))

    def _said(self) -> Said:
        try:
            return said(decode_any(self.body))
        except ValueError:
            return Said(self.body.decode("utf-8", "replace"))


class WholeReply:
    """Decodes a whole ``chat.completion``: its one choice is an answer in a single piece."""

    __slots__ = ("_body", "_exchange", "_over")

    complete = False
    """Nothing is known of it before its end."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._body: list[bytes] = []
        self._over = False

    def decode(self, data: bytes) -> list[Event]:
        """No events: JSON means nothing before its end."""
        self._body.append(data)
        return []

    def flush(self) -> list[Event]:
        """All of them."""
        if self._over:
            return []
        self._over = True
        answer = Answer(self._exchange)
        events: list[Event] = []
        try:
            value: Any = decode_any(b"".join(self._body))
        except ValueError:
            return [Failure(ProtocolError(f"{self._exchange.upstream}'s answer is not JSON"))]
        answer.take(value, events)
        answer.end(events)
        return events
