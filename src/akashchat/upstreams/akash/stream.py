"""Akash's answer, decoded: the AI SDK's data stream, version 1.

One line a part, ``<code>:<JSON>``; the end is a line ``d:``.
"""

import re
from typing import Annotated, TypeAlias

import msgspec
from msgspec import Meta, Struct

from akashchat.errors import ProtocolError
from akashchat.model.events import TERMINAL, Event, Finish, ReasoningDelta, TextDelta, Usage
from akashchat.upstreams.akash.failures import explained
from akashchat.upstreams.akash.sdk import REASONS, SdkStream, usage_of
from akashchat.upstreams.akash.strange import Strangeness
from akashchat.upstreams.quoting import quoted
from akashchat.wire.json import decode_any, decode_text, whole_text
from akashchat.wire.lines import Lines

_PART = re.compile(rb"[0-9a-z]:")

_TEXTS = re.compile(rb'^(?:0:"[^\n]*"\n)+', re.MULTILINE)
"""Lines of text in a row, of which nearly every answer consists."""

_SHORTEST = 6
"""From so many bytes on, what does not begin as a line is no part of one either: no field of an event is longer."""

_FEW = 6
"""So many lines are read one by one sooner than runs of text are looked for among them."""

_decode_text = msgspec.json.Decoder(str).decode
_decode_texts = msgspec.json.Decoder(list[str]).decode


def _plain(data: bytes) -> list[Event] | None:
    """The events of whole lines of text, all at once; ``None`` when it is something else, or could be.

    Such lines are one JSON array but for what stands between them.  Each must begin with a quote and end
    with another one that is not escaped; so a border always closes a string, lines can only be too many
    strings and never too few, and an equal count means that each line was exactly one.
    """
    if data[:3] != b'0:"' or data[-2:] != b'"\n':
        return None
    try:
        if data.find(b"\n") == len(data) - 1:
            return [TextDelta(text)] if (text := _decode_text(data[2:-1])) else []
        lines = data.count(b"\n")
        if b'\\"\n' in data or b'0:"\n' in data or data.count(b'"\n0:"') != lines - 1:
            return None
        texts = _decode_texts(b"[" + data[2:-1].replace(b'"\n0:"', b'","') + b"]")
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    return [TextDelta(text) for text in texts if text] if len(texts) == lines else None


_ENDING = re.compile(rb'(?:f:[^\n]*\n)?((?:0:"[^\n]*"\n)*)(?:e:[^\n]*\n)?d:([^\n]*)\n')
"""How nearly every answer ends, and a short one is as a whole."""

_Tokens: TypeAlias = Annotated[int, Meta(ge=0, lt=2**53)]


class _Figures(Struct, forbid_unknown_fields=True):
    promptTokens: _Tokens  # noqa: N815  Akash's spelling
    completionTokens: _Tokens  # noqa: N815


class _End(Struct):
    finishReason: str  # noqa: N815
    usage: _Figures


_decode_end = msgspec.json.Decoder(_End).decode


def _ended(data: bytes) -> list[Event] | None:
    """The events of lines of text and the usual end; ``None`` when it is something else, or could be."""
    if data[-2:] != b"}\n" or (found := _ENDING.fullmatch(data)) is None:
        return None
    events = _plain(found[1]) if found[1] else []
    try:
        end = _decode_end(found[2])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    if events is None or end.finishReason not in REASONS:
        return None
    usage = Usage(end.usage.promptTokens, end.usage.completionTokens)
    return [*events, Finish(REASONS[end.finishReason], usage)]


_PASSED_OVER = frozenset(b"fijkh28bc9a14567")
"""Steps, sources, files, annotations, signatures, tool calls, and calls of older versions."""


class DataStream(SdkStream):
    """Bytes of one reply in, events out."""

    __slots__ = ("_afresh", "_lines")

    def __init__(self) -> None:
        super().__init__()
        self._lines = Lines()
        self._afresh = True
        """Whether nothing of what came before matters to a line of text."""

    def decode(self, data: bytes) -> list[Event]:
        """The events that ended in ``data``; after the terminal event, none."""
        if self._afresh:
            if (said := _plain(data)) is not None:
                return said
            if self.strange is None and (ended := _ended(data)) is not None:
                self._over, self._afresh = True, False
                return ended
        events: list[Event] = []
        if data.count(b"\n") <= _FEW:
            self._read(data, events)
            return events
        start = data.find(b"\n") + 1 or len(data) if self._lines.held else 0
        self._read(data[:start], events)
        for run in _TEXTS.finditer(data, start):
            self._read(data[start : run.start()], events)
            said = _plain(run[0]) if self._afresh else None
            if said is None:
                self._read(run[0], events)
            else:
                events += said
            start = run.end()
        self._read(data[start:], events)
        return events

    def _read(self, data: bytes, events: list[Event]) -> None:
        """The long way, line by line."""
        if not data or self._over:
            return
        try:
            for line in self._lines.feed(data):
                self._line(line, events)
                if events and type(events[-1]) in TERMINAL:
                    break
        except ProtocolError as error:
            self._fail(error, events)
        self._afresh = not (self._lines.held or self._text.held or self._over)

    def _rest(self, events: list[Event]) -> None:
        if rest := self._lines.flush():
            self._torn = _may_go_on(rest)
            self._line(rest, events)

    def _line(self, line: bytes, events: list[Event]) -> None:
        line = line.rstrip(b"\r")
        if not line or line[:2] == b"e:":
            return  # a step's end: the answer's end says the same, and more surely
        if _PART.match(line):
            try:
                self._part(line[:1], line[2:], events)
            except (ValueError, RecursionError, msgspec.MsgspecError):
                self._broken(Strangeness.BROKEN_LINE, "a line that is none", _not_understood(line), events)
        else:
            kind = Strangeness.WEB_PAGE if _begins_page(line) else Strangeness.BROKEN_LINE
            self._broken(kind, "in place of a line", _not_a_stream(line), events)
        if self.strange is not None:
            self.strange.keep(line + b"\n")

    def _part(self, code: bytes, payload: bytes, events: list[Event]) -> None:
        match code:
            case b"0":
                if text := self._text.feed(decode_text(payload)):
                    events.append(TextDelta(text))
            case b"g":
                if text := self._thoughts.feed(decode_text(payload)):
                    events.append(ReasoningDelta(text))
            case b"3":
                self._fail(explained(whole_text(decode_text(payload))), events)
            case b"d":
                self._finish(payload, events)
            case _ if code[0] not in _PASSED_OVER:
                self._note(Strangeness.UNKNOWN_CODE, f"code {code.decode()}")

    def _finish(self, payload: bytes, events: list[Event]) -> None:
        finish = decode_any(payload)
        if not isinstance(finish, dict):
            raise ValueError("not an object")  # noqa: TRY004  the data is wrong, no argument
        self._end(self._ended(finish.get("finishReason"), usage_of(finish.get("usage"))), events)


def _may_go_on(rest: bytes) -> bool:
    """Whether this is the beginning of a line, as far as can be seen."""
    return bool(_PART.match(rest)) or len(rest) < _SHORTEST


def _not_a_stream(line: bytes) -> str:
    """Say what stands where a line of the data stream should."""
    if line.startswith((b"data:", b"event:")):
        return "Akash answered with a newer stream format (server-sent events) in the middle of the old one"
    if _begins_page(line):
        return "Akash answered with a web page instead of a stream"
    return _not_understood(line)


def _begins_page(line: bytes) -> bool:
    return line.lstrip()[:1] == b"<"


def _not_understood(line: bytes) -> str:
    return f"Akash sent a line that is not its protocol: {quoted(line[:80].decode('utf-8', 'replace'))}"
