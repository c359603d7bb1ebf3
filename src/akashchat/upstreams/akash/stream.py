"""Akash's answer, decoded: the AI SDK's data stream, version 1.

One line a part, ``<code>:<JSON>``.  A decoder never raises: what the protocol does not allow becomes a
``Failure``, and so does an end without its ``d:`` line, because an answer that stops is not an answer
that is complete.
"""

import re

import msgspec

from akashchat.errors import AnswerCut, GatewayError, ProtocolError
from akashchat.model.events import (
    TERMINAL,
    Event,
    Failure,
    Finish,
    ReasoningDelta,
    TextDelta,
)
from akashchat.upstreams.akash.ends import ended, new_in_end, usage_of
from akashchat.upstreams.akash.failures import explained
from akashchat.upstreams.akash.strange import Strange, Strangeness
from akashchat.upstreams.quoting import quoted
from akashchat.wire.json import decode_any, decode_text, whole_text
from akashchat.wire.lines import Lines
from akashchat.wire.surrogates import Surrogates

_PART = re.compile(rb"[0-9a-z]:")

_TEXTS = re.compile(rb'^(?:0:"[^\n]*"\n)+', re.MULTILINE)
"""Lines of text in a row, of which nearly every answer consists."""

_SHORTEST = 6
"""From so many bytes on, what does not begin as a line is no part of one either: no field of an event is longer."""

_FEW = 6
"""So many lines are read one by one sooner than runs of text are looked for among them."""

_decode_text = msgspec.json.Decoder(str).decode
_decode_texts = msgspec.json.Decoder(list[str]).decode


def _plain(data: bytes) -> list[str] | None:
    """The texts of whole lines of text, all at once; ``None`` when it is something else, or could be.

    Such lines are one JSON array but for what stands between them.  Each must begin with a quote and end
    with another one that is not escaped; so a border always closes a string, lines can only be too many
    strings and never too few, and an equal count means that each line was exactly one.
    """
    if data[:3] != b'0:"' or data[-2:] != b'"\n':
        return None
    try:
        if data.find(b"\n") == len(data) - 1:
            return [_decode_text(data[2:-1])]
        lines = data.count(b"\n")
        if b'\\"\n' in data or b'0:"\n' in data or data.count(b'"\n0:"') != lines - 1:
            return None
        texts = _decode_texts(b"[" + data[2:-1].replace(b'"\n0:"', b'","') + b"]")
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    return texts if len(texts) == lines else None


_PASSED_OVER = frozenset(b"fijkh28bc9a14567")
"""Steps, sources, files, annotations, signatures, tool calls, and calls of older versions."""


class DataStream:
    """Bytes of one reply in, events out."""

    __slots__ = ("_afresh", "_halves", "_lines", "_over", "_thoughts", "strange")

    complete = False
    """Its end is always told."""

    def __init__(self) -> None:
        self._lines = Lines()
        self._halves = Surrogates()
        self._thoughts = Surrogates()
        self.strange: Strange | None = None
        self._over = False
        self._afresh = True
        """Whether nothing of what came before matters to a line of text."""

    def decode(self, data: bytes) -> list[Event]:
        """The events that ended in ``data``; after the terminal event, none."""
        if self._afresh and (texts := _plain(data)) is not None:
            return [TextDelta(text) for text in texts if text]
        events: list[Event] = []
        if data.count(b"\n") <= _FEW:
            self._read(data, events)
            return events
        start = data.find(b"\n") + 1 or len(data) if self._lines.held else 0
        self._read(data[:start], events)
        for run in _TEXTS.finditer(data, start):
            self._read(data[start : run.start()], events)
            texts = _plain(run[0]) if self._afresh else None
            if texts is None:
                self._read(run[0], events)
            else:
                events += [TextDelta(text) for text in texts if text]
            start = run.end()
        self._read(data[start:], events)
        return events

    def _read(self, data: bytes, events: list[Event]) -> None:
        """The long way, line by line."""
        if not data or self._over:
            return
        try:
            for line in self._lines.feed(data):
                self._part(line, events)
                if events and type(events[-1]) in TERMINAL:
                    break
        except ProtocolError as error:
            self._fail(error, events)
        self._afresh = not (self._lines.held or self._halves.held or self._over)

    def flush(self) -> list[Event]:
        """What the end of the reply means."""
        events: list[Event] = []
        if self._over:
            return events
        if rest := self._lines.flush():
            self._part(rest, events)
        last = events[-1] if events else None
        match last:
            case Finish():
                return events
            case Failure(error) if not (isinstance(error, ProtocolError) and _may_go_on(rest)):
                return events
            case Failure():
                events.pop()  # not a wrong line, but a part of one
                if self.strange is not None:
                    self.strange.withdraw(Strangeness.BROKEN_LINE)
        self._fail(AnswerCut("Akash's answer ended before it was complete"), events)
        return events

    def _part(self, line: bytes, events: list[Event]) -> None:
        line = line.rstrip(b"\r")
        if not line or line[:2] == b"e:":
            return  # a step's end: the answer's end says the same, and more surely
        if not _PART.match(line):
            kind = Strangeness.WEB_PAGE if line.lstrip()[:1] == b"<" else Strangeness.BROKEN_LINE
            self._note(kind, "in place of a line").keep(line + b"\n")
            self._fail(ProtocolError(_not_a_stream(line)), events)
            return
        try:
            match line[:1]:
                case b"0":
                    if text := self._halves.feed(decode_text(line[2:])):
                        events.append(TextDelta(text))
                case b"g":
                    if text := self._thoughts.feed(decode_text(line[2:])):
                        events.append(ReasoningDelta(text))
                case b"3":
                    self._fail(explained(whole_text(decode_text(line[2:]))), events)
                case b"d":
                    self._finish(line[2:], events)
                case code if code[0] not in _PASSED_OVER:
                    self._note(Strangeness.UNKNOWN_CODE, f"code {code.decode()}")
        except (ValueError, RecursionError, msgspec.MsgspecError):
            self._note(Strangeness.BROKEN_LINE, "a line that is none")
            self._fail(ProtocolError(_not_understood(line)), events)
        if self.strange is not None:
            self.strange.keep(line + b"\n")

    def _finish(self, payload: bytes, events: list[Event]) -> None:
        finish = decode_any(payload)
        if not isinstance(finish, dict):
            raise ValueError("not an object")  # noqa: TRY004  the data is wrong, no argument
        said = finish.get("finishReason")
        if new := new_in_end(said):
            self._note(Strangeness.UNKNOWN_END, new)
        end = ended(said, usage_of(finish.get("usage")))
        self._end(events)
        events.append(end)

    def _note(self, kind: Strangeness, what: str) -> Strange:
        self.strange = self.strange or Strange()
        self.strange.note(kind, what)
        return self.strange

    def _fail(self, error: GatewayError, events: list[Event]) -> None:
        self._end(events)
        events.append(Failure(error))

    def _end(self, events: list[Event]) -> None:
        self._over = True
        if half := self._thoughts.flush():
            events.append(ReasoningDelta(half))
        if half := self._halves.flush():
            events.append(TextDelta(half))


def _may_go_on(rest: bytes) -> bool:
    """Whether this is the beginning of a line, as far as can be seen."""
    return bool(_PART.match(rest)) or len(rest) < _SHORTEST


def _not_a_stream(line: bytes) -> str:
    """Say what stands where a line of the data stream should."""
    if line.startswith((b"data:", b"event:")):
        return "Akash answered with a newer stream format (server-sent events) in the middle of the old one"
    if line.lstrip()[:1] == b"<":
        return "Akash answered with a web page instead of a stream"
    return _not_understood(line)


def _not_understood(line: bytes) -> str:
    return f"Akash sent a line that is not its protocol: {quoted(line[:80].decode('utf-8', 'replace'))}"
