"""A Messages stream, written.

``message_start``, then the blocks one after the other, each with its start, its deltas and its stop, then
``message_delta`` with the reason and the usage, then ``message_stop``.  At most one block is open.  What an
answer costs is known at its end: ``message_start`` tells zeros, ``message_delta`` the numbers that count.
A failure is an ``error`` event, and nothing follows it.

https://platform.claude.com/docs/en/build-with-claude/streaming
"""

from typing import Any, Literal, TypeAlias, assert_never

from akashchat.dialects.anthropic import delta_usage, error_object
from akashchat.dialects.base import Encoder, Stamp
from akashchat.dialects.messages.reply import (
    BLANK,
    SIGNATURE,
    arguments_of,
    message,
    stop,
    text_block,
    thinking_block,
    tool_block,
)
from akashchat.dialects.pictures import markdown
from akashchat.errors import InvalidToolCall
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
from akashchat.wire import sse
from akashchat.wire.json import encode

Kind: TypeAlias = Literal["", "text", "thinking", "tool_use"]
"""What the open block is, if one is open."""

PING = sse.named("ping", encode({"type": "ping"}))


class MessagesEncoder(Encoder):
    """Writes one answer.

    Between two text deltas of a block only the text changes, so the event around it is written once when the
    block opens: it is cut around its last empty string.
    """

    __slots__ = ("_arguments", "_call", "_cut", "_index", "_kind", "_over", "_request", "_stamp")

    def __init__(self, request: Request, stamp: Stamp) -> None:
        self._request = request
        self._stamp = stamp
        self._index = -1
        self._kind: Kind = ""
        self._cut = (b"", b"")
        self._call = ToolCallStart("", "")
        self._arguments: list[str] = []
        self._over = False

    def start(self) -> bytes:
        """The message, still empty."""
        empty = message(self._request, self._stamp, [], Usage(0, 0))
        return frame({"type": "message_start", "message": empty})

    def ping(self) -> bytes:
        """An event that means nothing."""
        return PING

    def comment(self, text: str) -> bytes:
        """See ``Encoder``."""
        return sse.comment(text)

    def encode(self, event: Event) -> bytes:
        """One event as frames; nothing once the stream has failed."""
        if type(event) is TextDelta and self._kind == "text" and event.text:
            head, tail = self._cut
            return head + encode(event.text) + tail
        if self._over:
            return b""
        try:
            return self._encode(event)
        except InvalidToolCall as error:
            return self._fail(Failure(error))

    def _encode(self, event: Event) -> bytes:
        match event:
            case TextDelta(text):
                return self._text(text)
            case ReasoningDelta(text):
                return self._thought(text)
            case Progress():
                return PING
            case ImageReady():
                return self._text(markdown(event, self._stamp))
            case ToolCallStart():
                return self._start_call(event)
            case ToolCallDelta(_, arguments):
                return self._argue(arguments)
            case Finish():
                return self._finish(event)
            case Failure():
                return self._fail(event)
            case Choice():
                raise TypeError("a choice where one answer was asked for")
            case _:
                assert_never(event)

    def _text(self, text: str) -> bytes:
        if not text:
            return b""
        opened = b"" if self._kind == "text" else self._open("text", text_block(""))
        return opened + self._delta({"type": "text_delta", "text": text})

    def _thought(self, text: str) -> bytes:
        if not text or self._request.thoughts == "hidden":
            return b""
        opened = b"" if self._kind == "thinking" else self._open("thinking", thinking_block(""))
        if self._request.thoughts == "omitted":
            return opened
        return opened + self._delta({"type": "thinking_delta", "thinking": text})

    def _start_call(self, call: ToolCallStart) -> bytes:
        opened = self._open("tool_use", tool_block(call.id, call.name, {}))
        self._call = call
        self._arguments = []
        return opened

    def _argue(self, text: str) -> bytes:
        if not self._arguments:
            text = text.lstrip(BLANK)  # clients read what they have as JSON, and a space is none
        if not text:
            return b""
        self._arguments.append(text)
        return self._delta({"type": "input_json_delta", "partial_json": text})

    def _finish(self, event: Finish) -> bytes:
        closed = self._close()
        told = {
            "type": "message_delta",
            "delta": stop(event.reason, event.stopped_by),
            "usage": delta_usage(event.usage or Usage(0, 0, estimated=True)),
        }
        return closed + frame(told) + frame({"type": "message_stop"})

    def _fail(self, event: Failure) -> bytes:
        self._over = True
        self._kind = ""
        return frame(error_object(event.error))

    def _open(self, kind: Kind, block: dict[str, Any]) -> bytes:
        closed = self._close()
        self._index += 1
        self._kind = kind
        if kind == "text":
            head, _, tail = self._delta({"type": "text_delta", "text": ""}).rpartition(b'""')
            self._cut = head, tail
        return closed + frame({"type": "content_block_start", "index": self._index, "content_block": block})

    def _close(self) -> bytes:
        """End the open block, if there is one; raises ``InvalidToolCall`` for a call that is none."""
        kind, self._kind = self._kind, ""
        signed = b""
        match kind:
            case "":
                return b""
            case "thinking":
                signed = self._delta({"type": "signature_delta", "signature": SIGNATURE})
            case "tool_use":
                arguments_of(ToolCall(self._call.id, self._call.name, "".join(self._arguments)))
            case "text":
                pass
            case _:
                assert_never(kind)
        return signed + frame({"type": "content_block_stop", "index": self._index})

    def _delta(self, delta: dict[str, str]) -> bytes:
        return frame({"type": "content_block_delta", "index": self._index, "delta": delta})


def frame(value: dict[str, Any]) -> bytes:
    """One event, named by its type."""
    return sse.named(value["type"], encode(value))
