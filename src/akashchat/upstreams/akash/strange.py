"""What Akash sends that it did not use to send.

A codec that meets something strange goes on where it can.  It notes what it was, and keeps some of what
came from there on, so that whoever mends the codec has something to look at.
"""

import enum
import re
from typing import Protocol

from akashchat.upstreams.decoder import Decoder
from akashchat.upstreams.quoting import quoted


class Strangeness(enum.StrEnum):
    """The ways in which a reply may be new."""

    UNKNOWN_CODE = "unknown_code"
    """A data stream with a line of a code that the protocol did not have."""
    UNKNOWN_CHUNK = "unknown_chunk"
    """A UI message stream with a chunk of a type that the protocol did not have."""
    BROKEN_LINE = "broken_line"
    """A stream with a line that is not its protocol."""
    UNKNOWN_END = "unknown_end"
    """An answer that ended for a reason the protocol did not have."""
    UI_STREAM = "ui_stream"
    """An answer in the protocol of the library's later versions."""
    WEB_PAGE = "web_page"
    """A page, where an answer is due, or JSON."""
    MODELS = "models_schema"
    """A model list of another form."""
    SESSION = "session_schema"
    """A session told in another form."""
    QUOTA = "quota_schema"
    """A word on the quota in another form."""
    IMAGE = "image_schema"
    """A word on a picture in another form."""


MAX_KEPT_BYTES = 64 * 1024
"""Of each reply.  A strange line of a stream is short; a model list takes some tens of kilobytes."""

_LONGEST_LINE = 4 * 1024
_ODD = re.compile(r"[^\w.:/ \-]")


class Strange:
    """What is strange about one reply: each kind with its first instance, and the bytes from there on.

    ``room`` is for so many of the first kind's; each further kind has room of its own, so that what was wanted no more
    of one does not hide another.
    """

    __slots__ = ("_begins", "_room", "kept", "kinds")

    def __init__(self, room: int = MAX_KEPT_BYTES) -> None:
        self.kinds: dict[Strangeness, str] = {}
        self.kept: list[bytes] = []
        self._begins: dict[Strangeness, int] = {}
        self._room = room

    def note(self, kind: Strangeness, what: str) -> None:
        """One more strange thing; ``what`` names it, and is shown to operators."""
        if kind in self.kinds:
            return
        if self.kinds:
            self._room = MAX_KEPT_BYTES
        self.kinds[kind] = named(what)
        self._begins[kind] = len(self.kept)

    def keep(self, data: bytes) -> None:
        """Some of what came: whole lines, up to a limit."""
        if not self._room:
            return
        if len(data) > _LONGEST_LINE:
            data = data[:_LONGEST_LINE] + b"\n"
        if len(data) <= self._room:
            self._room -= len(data)
            self.kept.append(data)

    def body(self, kind: Strangeness) -> bytes:
        """What was kept from where this kind was first seen."""
        return b"".join(self.kept[self._begins[kind] :])


class NoticingDecoder(Decoder, Protocol):
    """A decoder that notices what is strange."""

    @property
    def strange(self) -> Strange | None:
        """What is strange about the reply, as far as it was read."""
        ...


def named(what: str) -> str:
    """A word of the upstream's for one of its things, fit to be shown: short, and of no odd characters."""
    return quoted(_ODD.sub("?", what[:80]))
