"""The alarm for what Akash sends that it did not use to send.

Each strange reply is counted once for each of its kinds, and of each kind a few are kept, with other words in
them, for whoever mends the decoder.
"""

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from akashchat.clock import Clock
from akashchat.upstreams.akash.capture import Capture, write_capture
from akashchat.upstreams.akash.shapes import Shape
from akashchat.upstreams.akash.strange import MAX_KEPT_BYTES, Strange, Strangeness, named
from akashchat.upstreams.http.client import HttpReply
from akashchat.upstreams.pages import is_page
from akashchat.wire.json import decode_any

_KEPT_OF_A_KIND = 3
"""What goes on being strange is not stranger the fourth time."""


class Drift(Struct, frozen=True):
    """What is known of one kind: how often it was seen, what it was last, and when (seconds since the epoch)."""

    count: int
    what: str
    seen_at: float


class DriftAlarm:
    """Counts what is strange, by kind.

    ``tell`` is told of each kind as it is seen; ``keep`` takes a capture's name and file.
    """

    def __init__(
        self,
        clock: Clock,
        tell: Callable[[str], object] | None = None,
        keep: Callable[[str, bytes], object] | None = None,
    ) -> None:
        self._clock = clock
        self._tell = tell
        self._keep = keep
        self.seen: dict[Strangeness, Drift] = {}

    def stream(self, strange: Strange | None, path: str, reply: HttpReply) -> None:
        """A stream was read, and this is what was strange about it."""
        if strange is not None:
            for kind, what in strange.kinds.items():
                self._saw(kind, what, path, reply, strange.body(kind))

    def compare(self, kind: Strangeness, shape: Shape, path: str, reply: HttpReply, body: bytes) -> None:
        """A reply of JSON came; it is strange where it has another shape."""
        try:
            what = shape(decode_any(body))
        except ValueError:
            what = "not JSON"
        if what:
            self._saw(kind, what, path, reply, body)

    def refused(self, path: str, reply: HttpReply, body: bytes) -> None:
        """A reply came that is no answer; it is strange where it is a page."""
        if is_page(reply.media_type):
            self._saw(Strangeness.WEB_PAGE, f"{path} with {reply.status}", path, reply, body)

    def room(self, kind: Strangeness) -> int:
        """How much to hold of a reply that is strange in this way: nothing, once enough are kept."""
        kept = self.seen[kind].count if kind in self.seen else 0
        return MAX_KEPT_BYTES if self._keep is not None and kept < _KEPT_OF_A_KIND else 0

    def state(self) -> dict[str, Any]:
        """What was seen, for operators."""
        return {
            kind.value: {"count": drift.count, "what": drift.what, "seen_at": int(drift.seen_at)}
            for kind, drift in self.seen.items()
        }

    def _saw(self, kind: Strangeness, what: str, path: str, reply: HttpReply, body: bytes) -> None:
        before = self.seen.get(kind)
        count = before.count + 1 if before else 1
        now = self._clock.now()
        self.seen[kind] = Drift(count, named(what), now)
        if self._tell is not None:
            self._tell(kind.value)
        if self._keep is not None and count <= _KEPT_OF_A_KIND:
            name = f"{kind.value}-{int(now)}-{count}"
            capture = Capture(path, reply.status, reply.headers, body[:MAX_KEPT_BYTES], about=named(what))
            self._keep(name, write_capture(capture, name, reply.cookies))
