"""An answer's bytes in whichever protocol they come, told apart by the reply's headers and first bytes."""

import re
from collections.abc import Mapping

from akashchat.model.events import Event
from akashchat.upstreams.akash.strange import MAX_KEPT_BYTES, NoticingDecoder, Strange, Strangeness
from akashchat.upstreams.akash.stream import DataStream
from akashchat.upstreams.akash.ui_stream import UiMessageStream

_BEGINS_DATA = re.compile(rb"[0-9a-z]:")
_BEGINS_UI = re.compile(rb":|data:|event:|id:|retry:")
_MAY_BE_UI = re.compile(rb"[A-Za-z_-]+(?:[:\r\n]|\Z)")
"""A field that is none of the protocol's is no event's data, but an event may have it."""
_LONGEST = len(b"event:")
_BLANK = b"\r\n \t"
_BOM = b"\xef\xbb\xbf"


class AnswerStream:
    """Decodes an answer in either protocol.

    First bytes that can only be one of them decide, whatever the headers say, as a proxy may have changed these;
    headers decide where the bytes could be either, or have not come.  Whoever reads on after the first events
    takes ``decode`` anew, and has the protocol's own.  An answer in the newer protocol is strange by itself; ``room``
    is for so many bytes of one.
    """

    __slots__ = ("_begun", "_decoder", "_headers", "_room", "decode")

    complete = False
    """Its end is always told."""

    def __init__(self, headers: Mapping[str, str], room: int = MAX_KEPT_BYTES) -> None:
        self._headers = headers
        self._room = room
        self._begun = b""
        self._decoder: NoticingDecoder | None = None
        self.decode = self._first

    @property
    def strange(self) -> Strange | None:
        """See ``NoticingDecoder``."""
        return self._decoder.strange if self._decoder is not None else None

    def flush(self) -> list[Event]:
        """See ``Decoder``."""
        if self._decoder is not None:
            return self._decoder.flush()
        decoder = self._chosen(self._headers_say_ui())
        return [*decoder.decode(self._begun), *decoder.flush()]

    def _first(self, data: bytes) -> list[Event]:
        if self._decoder is not None:
            return self._decoder.decode(data)
        self._begun += data
        self._begun = start = self._begun.removeprefix(_BOM).lstrip(_BLANK)
        if _BEGINS_DATA.match(start):
            ui = False
        elif _BEGINS_UI.match(start):
            ui = True
        elif len(start) < _LONGEST:
            return []
        else:
            ui = self._headers_say_ui() and bool(_MAY_BE_UI.match(start))
        return self._chosen(ui).decode(start)

    def _headers_say_ui(self) -> bool:
        if "x-vercel-ai-data-stream" in self._headers:
            return False
        typed = self._headers.get("content-type", "").strip().lower()
        return "x-vercel-ai-ui-message-stream" in self._headers or typed.startswith("text/event-stream")

    def _chosen(self, ui: bool) -> NoticingDecoder:
        decoder: NoticingDecoder = UiMessageStream(self._newer()) if ui else DataStream()
        self._decoder = decoder
        self.decode = decoder.decode
        return decoder

    def _newer(self) -> Strange:
        strange = Strange(self._room)
        strange.note(Strangeness.UI_STREAM, "an answer")
        return strange
