"""Streams in Ollama's words, written: a JSON object a line.

A call comes whole, in a line of its own, since its arguments are an object here.  The last line has ``done``.  A
failure is a line with ``error`` and nothing else, and ends the stream.  The sign of life is a line without
text: this framing has no comments, and clients fail over an empty line.
"""

from typing import Any, assert_never

from akashchat.dialects.base import Encoder, Stamp
from akashchat.dialects.ollama.reply import call_object, ending, envelope, render_error
from akashchat.dialects.pictures import markdown
from akashchat.errors import GatewayError
from akashchat.model.events import (
    Choice,
    Event,
    Failure,
    Finish,
    ImageReady,
    Progress,
    ReasoningDelta,
    TextDelta,
    ToolCallDelta,
    ToolCallStart,
    Usage,
)
from akashchat.model.request import Request, ToolCall
from akashchat.wire.json import encode
from akashchat.wire.lines import unbroken


class LineEncoder(Encoder):
    """Writes one answer, to a chat or to a prompt.

    Between two text deltas of one answer only the text changes: ``text`` is ``head + json(text) + tail``,
    equal to what ``_line`` would give for every string.
    """

    def __init__(self, request: Request, stamp: Stamp, *, chat: bool) -> None:
        self._request = request
        self._stamp = stamp
        self._chat = chat
        self._envelope = envelope(request, stamp)
        self._calls = 0
        self._call: tuple[ToolCallStart, list[str]] | None = None
        self._first_s: float | None = None
        self._over = False
        head, _, tail = self._line("").rpartition(b'""')
        self._text = head, tail

    def start(self) -> bytes:
        """Nothing: the first line is the first word."""
        return b""

    def ping(self) -> bytes:
        """A line without text."""
        return self._line("")

    def comment(self, text: str) -> bytes:  # noqa: ARG002
        """Lines of JSON have no comments."""
        return b""

    def encode(self, event: Event) -> bytes:
        """One event as lines; nothing after a call that cannot be said."""
        if self._over:
            return b""
        if self._first_s is None:
            self._first_s = self._stamp.elapsed()
        if type(event) is TextDelta and self._call is None:
            head, tail = self._text
            return head + _json(event.text) + tail
        try:
            return self._whole_call(event) + self._encode(event)
        except GatewayError as error:
            self._over = True
            return unbroken(render_error(error)) + b"\n"

    def _encode(self, event: Event) -> bytes:
        match event:
            case TextDelta(text):
                return self._line(text)
            case ReasoningDelta(text):
                return self._thought(text)
            case Progress(message):
                return self._thought(message + "\n")
            case ImageReady():
                return self._line(markdown(event, self._stamp))
            case ToolCallStart():
                self._call = (event, [])
                return b""
            case ToolCallDelta(_, arguments):
                if self._call is not None:
                    self._call[1].append(arguments)
                return b""
            case Finish():
                return self._finish(event)
            case Failure(error):
                return unbroken(render_error(error)) + b"\n"
            case Choice():
                raise TypeError("nobody can ask for several answers here")
            case _:
                assert_never(event)

    def _whole_call(self, event: Event) -> bytes:
        """The call that ends where something else begins."""
        if self._call is None or isinstance(event, ToolCallDelta):
            return b""
        (start, arguments), self._call = self._call, None
        if isinstance(event, Failure):
            return b""
        call = call_object(self._calls, ToolCall(start.id, start.name, "".join(arguments)))
        self._calls += 1
        return self._line("", tool_calls=[call])

    def _thought(self, text: str) -> bytes:
        return self._line("", thinking=text) if self._request.thoughts == "shown" else b""

    def _finish(self, event: Finish) -> bytes:
        usage = event.usage or Usage(0, 0, estimated=True)
        end = ending(event.reason, usage, self._stamp.elapsed(), self._first_s or 0.0)
        return _json({**self._envelope, **self._said(""), "done": True, **end}) + b"\n"

    def _line(self, text: str, **more: Any) -> bytes:
        return _json({**self._envelope, "done": False, **self._said(text, **more)}) + b"\n"

    def _said(self, text: str, **more: Any) -> dict[str, Any]:
        """The text comes last, after everything a caller can choose."""
        if self._chat:
            return {"message": {"role": "assistant", **more, "content": text}}
        return {key: value for key, value in more.items() if key != "tool_calls"} | {"response": text}


def _json(value: Any) -> bytes:
    """Ollama's own client breaks lines wherever Python does."""
    return unbroken(encode(value))
