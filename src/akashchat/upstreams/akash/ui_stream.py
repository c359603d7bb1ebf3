"""An answer in the AI SDK's UI message stream, the protocol of its versions 5 to 7, decoded.

https://ai-sdk.dev/docs/ai-sdk-ui/stream-protocol.  Akash Chat does not speak it today; its library's next version
would have it do so.  One server-sent event a chunk, ``{"type": …}``, the end is a chunk ``finish``, and ``[DONE]``
stands behind the last.
"""

from contextlib import suppress
from typing import Any

import msgspec
from msgspec import Struct

from akashchat.errors import AnswerCut, ProtocolError, UpstreamError
from akashchat.model.events import (
    TERMINAL,
    Event,
    Failure,
    Finish,
    FinishReason,
    ImageReady,
    ReasoningDelta,
    TextDelta,
    Usage,
)
from akashchat.upstreams.akash.failures import NO_TOOLS, explained
from akashchat.upstreams.akash.pictures import picture_data
from akashchat.upstreams.akash.sdk import INCOMPLETE, SdkStream, usage_of
from akashchat.upstreams.akash.strange import Strange, Strangeness
from akashchat.upstreams.quoting import quoted
from akashchat.wire.frames import Frames
from akashchat.wire.json import decode_halves, whole_text

_PASSED_OVER = frozenset(
    """
    text-start text-end reasoning-start reasoning-end reasoning-file custom source-url source-document
    tool-input-start tool-input-delta tool-input-available tool-output-available tool-output-error
    tool-output-denied tool-approval-request tool-approval-response steering-message finish-step
    """.split()  # noqa: SIM905  a table
)
"""Nothing a client could be shown.  The tools are the app's own, which it runs itself: none can be offered to it."""


class _Chunk(Struct, rename="camel"):
    """What is read of any chunk; the rest passes unseen."""

    type: str
    delta: str | None = None
    error_text: str | None = None
    reason: Any = None
    finish_reason: Any = None
    message_metadata: Any = None
    url: Any = None


_NO_EVENT = "an event that is none"

_decode = msgspec.json.Decoder(_Chunk).decode


class UiMessageStream(SdkStream):
    """Bytes of one reply in, events out."""

    __slots__ = ("_frames", "_said", "_tool_failed", "_usage")

    def __init__(self, strange: Strange | None = None) -> None:
        super().__init__(strange)
        self._frames = Frames(strict=True)
        self._usage: Usage | None = None
        self._said = False
        """Whether this step has said something, which cannot be taken back."""
        self._tool_failed = False

    def decode(self, data: bytes) -> list[Event]:
        """The events that ended in ``data``; after the terminal event, none."""
        events: list[Event] = []
        if self._over:
            return events
        try:
            for frame in self._frames.feed(data):
                self._frame(frame.data, events)
                if events and type(events[-1]) in TERMINAL:
                    break
        except ProtocolError as error:
            self._broken(Strangeness.BROKEN_LINE, _NO_EVENT, error.message, events)
            if self.strange is not None:
                self.strange.keep(data)
        return events

    def _rest(self, events: list[Event]) -> None:
        with suppress(ProtocolError):
            if rest := self._frames.flush():
                self._frame(rest.data, events)

    def _frame(self, payload: bytes, events: list[Event]) -> None:
        try:
            if payload.strip() == b"[DONE]":
                self._fail(AnswerCut(INCOMPLETE), events)
            else:
                self._chunk(_read(payload), events)
        except (ValueError, msgspec.MsgspecError, RecursionError):
            shown = quoted(payload[:80].decode("utf-8", "replace"))
            problem = f"Akash sent an event that is not its protocol: {shown}"
            self._broken(Strangeness.BROKEN_LINE, _NO_EVENT, problem, events)
        if self.strange is not None:
            self.strange.keep(b"data: " + payload + b"\n\n")

    def _chunk(self, chunk: _Chunk, events: list[Event]) -> None:
        match chunk.type:
            case "text-delta":
                if text := self._text.feed(_given(chunk.delta)):
                    self._say(TextDelta(text), events)
            case "reasoning-delta":
                if text := self._thoughts.feed(_given(chunk.delta)):
                    self._say(ReasoningDelta(text), events)
            case "file":
                self._file(chunk.url, events)
            case "error":
                self._fail(explained(whole_text(_given(chunk.error_text))), events)
            case "abort":
                self._fail(_aborted(chunk.reason), events)
            case "finish":
                self._finish(chunk, events)
            case _:
                self._beside(chunk, events)

    def _beside(self, chunk: _Chunk, events: list[Event]) -> None:
        """What says nothing by itself, but may change what follows."""
        match chunk.type:
            case "start" | "message-metadata":
                self._learn(chunk.message_metadata)
            case "start-step":
                self._said = False
            case "reset-step":
                if self._said:
                    self._fail(AnswerCut("Akash took back what it had answered"), events)
            case "tool-input-error":
                self._tool_failed = True
            case kind if kind not in _PASSED_OVER and not kind.startswith("data-"):
                self._note(Strangeness.UNKNOWN_CHUNK, f"chunk {kind}")

    def _say(self, event: Event, events: list[Event]) -> None:
        self._said = True
        events.append(event)

    def _finish(self, chunk: _Chunk, events: list[Event]) -> None:
        self._learn(chunk.message_metadata)
        said = chunk.finish_reason
        # The first of these versions gave no reasons at all.  The later ones have no ``unknown`` any more:
        # where a backend ends without a reason they write ``other``.
        end = (
            Finish(FinishReason.STOP, self._usage)
            if said is None
            else self._ended("unknown" if said == "other" else said, self._usage)
        )
        if self._tool_failed and isinstance(end, Finish) and end.reason is FinishReason.TOOL_CALLS:
            end = Failure(UpstreamError(NO_TOOLS))
        self._end(end, events)

    def _learn(self, metadata: Any) -> None:
        """Usage is where the app puts it, if it does: within what it says of a message, or among it."""
        if isinstance(metadata, dict):
            places = (metadata.get("totalUsage"), metadata.get("usage"), metadata)
            self._usage = next(filter(None, map(usage_of, places)), self._usage)

    def _file(self, url: Any, events: list[Event]) -> None:
        """Models give files as ``data:`` URLs; of these, pictures are what an answer can hold."""
        picture = picture_data(url) if isinstance(url, str) and url.startswith("data:") else None
        if picture is not None:
            media_type, data = picture
            self._say(ImageReady(name="", media_type=media_type, job_id="", prompt="", data=data), events)


def _read(payload: bytes) -> _Chunk:
    try:
        return _decode(payload)
    except msgspec.ValidationError:
        raise
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return msgspec.convert(decode_halves(payload), _Chunk)


def _given(text: str | None) -> str:
    if text is None:
        raise ValueError("a text is missing")
    return text


def _aborted(reason: Any) -> AnswerCut:
    why = f": {quoted(whole_text(reason))}" if isinstance(reason, str) and reason.strip() else ""
    return AnswerCut(f"the answer was broken off inside Akash{why}")
