"""A Chat Completions stream, written.

The role comes first, then the deltas, then one finish, then usage where it was asked for, then ``[DONE]``.
A failure becomes an ``error`` object in a frame of its own and ends the stream without a finish and
without ``[DONE]``: whoever reads it knows that the answer is not complete.
"""

from collections.abc import Sequence
from typing import Any, Literal, TypeAlias, assert_never

from msgspec import Struct

from akashchat.dialects.base import Encoder, Stamp
from akashchat.dialects.chat.functions import FunctionsRequest, finish_reason
from akashchat.dialects.openai import error_object, usage_object
from akashchat.dialects.pictures import markdown
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
)
from akashchat.model.request import Request
from akashchat.wire import sse
from akashchat.wire.json import encode

ReasoningForm: TypeAlias = Literal["reasoning_content", "reasoning", "both", "tags"]


class ChatOptions(Struct, frozen=True, kw_only=True):
    """How thoughts are told, and how the progress of a picture: as thoughts, or as comments."""

    reasoning: ReasoningForm = "reasoning_content"
    progress: Literal["reasoning", "comment"] = "reasoning"


REASONING_FIELDS: dict[ReasoningForm, tuple[str, ...]] = {
    "reasoning_content": ("reasoning_content",),
    "reasoning": ("reasoning",),
    "both": ("reasoning_content", "reasoning"),
    "tags": (),
}


class ChatEncoder(Encoder):
    """Writes one answer; ``index`` and ``alone`` tell whether it is one of several.

    Between two text deltas only the text changes, so the chunk around it is written once: ``text`` is
    ``head + json(text) + tail``, equal to what ``_chunk`` would give for every string.  Many texts are written as
    one JSON array, of which each border ``","`` becomes a chunk's end and the next one's beginning.  Within a string
    a quote follows a backslash, so only a text that ends with a quote and a comma looks like a border; what its own
    opening quote may seem to begin is taken by the border before it, and so that the first has one, an empty text
    goes before.
    """

    __slots__ = (
        "_alone",
        "_calls",
        "_custom",
        "_index",
        "_options",
        "_reason",
        "_request",
        "_stamp",
        "_text",
        "_thinking",
    )

    def __init__(
        self, request: Request, stamp: Stamp, options: ChatOptions, *, index: int = 0, alone: bool = True
    ) -> None:
        self._request = request
        self._stamp = stamp
        self._options = options
        self._index = index
        self._alone = alone
        self._calls: dict[str, int] = {}
        self._custom: set[str] = set()
        self._thinking = False
        self._text = self._cut({"content": ""})
        fields = REASONING_FIELDS[options.reasoning]
        self._reason = self._cut(dict.fromkeys(fields, "")) if len(fields) == 1 else None

    def start(self) -> bytes:
        """The role."""
        return self._chunk({"role": "assistant", "content": ""})

    def ping(self) -> bytes:
        """A comment."""
        return sse.PING

    def comment(self, text: str) -> bytes:
        """See ``Encoder``."""
        return sse.comment(text)

    def encode(self, event: Event) -> bytes:
        """One event as frames."""
        if type(event) is TextDelta and not self._thinking:
            head, tail = self._text
            return head + encode(event.text) + tail
        return self._encode(event)

    def encode_all(self, events: Sequence[Event]) -> bytes:
        """See ``Encoder``; texts in a row are written at once."""
        texts = [event.text for event in events if type(event) is TextDelta]
        if self._thinking or len(texts) < len(events):
            return super().encode_all(events)
        array = encode(["", *texts])
        if b'\\","' in array:
            return super().encode_all(events)
        head, tail = self._text
        chunks = array[2:-1].replace(b'","', b'"%b%b"' % (tail, head)) + tail
        return chunks[1 + len(tail) :]

    def _encode(self, event: Event) -> bytes:
        if self._thinking and not isinstance(event, ReasoningDelta | Progress):
            return self._stop_thinking() + self._encode(event)
        match event:
            case TextDelta(text):
                return self._chunk({"content": text})
            case ReasoningDelta(text):
                return self._thought(text)
            case Progress(message):
                return self._progress(message)
            case ImageReady():
                return self._chunk({"content": markdown(event, self._stamp)})
            case ToolCallStart(call_id, name):
                return self._start_call(call_id, name)
            case ToolCallDelta(call_id, arguments):
                return self._arguments(call_id, arguments)
            case Finish():
                return self._finish(event)
            case Failure(error):
                return sse.frame(encode(error_object(error))) if self._alone else b""
            case Choice():
                raise TypeError("a choice within a choice")
            case _:
                assert_never(event)

    def _thought(self, text: str) -> bytes:
        if self._reason is not None:
            head, tail = self._reason
            return head + encode(text) + tail
        if fields := REASONING_FIELDS[self._options.reasoning]:
            return self._chunk(dict.fromkeys(fields, text))
        opening = "" if self._thinking else "<think>\n"
        self._thinking = True
        return self._chunk({"content": opening + text})

    def _stop_thinking(self) -> bytes:
        self._thinking = False
        return self._chunk({"content": "\n</think>\n\n"})

    def _progress(self, message: str) -> bytes:
        if self._options.progress == "comment" or self._options.reasoning == "tags":
            return sse.comment(message)
        return self._thought(message + "\n")

    def _start_call(self, call_id: str, name: str) -> bytes:
        self._calls[call_id] = len(self._calls)
        if name in freeform(self._request):
            self._custom.add(call_id)
            return self._call(
                call_id, {"id": call_id, "type": "custom", "custom": {"name": name, "input": ""}}
            )
        function = {"name": name, "arguments": ""}
        if isinstance(self._request, FunctionsRequest):
            return self._chunk({"function_call": function})
        return self._call(call_id, {"id": call_id, "type": "function", "function": function})

    def _arguments(self, call_id: str, arguments: str) -> bytes:
        if isinstance(self._request, FunctionsRequest):
            return self._chunk({"function_call": {"arguments": arguments}})
        if call_id in self._custom:
            return self._call(call_id, {"custom": {"input": arguments}})
        return self._call(call_id, {"function": {"arguments": arguments}})

    def _call(self, call_id: str, delta: dict[str, Any]) -> bytes:
        return self._chunk({"tool_calls": [{"index": self._calls[call_id], **delta}]})

    def _finish(self, event: Finish) -> bytes:
        chunk = self._chunk({}, finish_reason(event.reason, self._request))
        if not self._alone:
            return chunk
        return chunk + usage_frame(event, self._request, self._stamp) + sse.DONE

    def _cut(self, delta: dict[str, str]) -> tuple[bytes, bytes]:
        """A chunk around its last empty string, which comes after everything a caller can choose."""
        head, _, tail = self._chunk(delta).rpartition(b'""')
        return head, tail

    def _chunk(self, delta: dict[str, Any], finish_reason: str | None = None) -> bytes:
        choice = {"index": self._index, "delta": delta, "finish_reason": finish_reason}
        return sse.frame(encode({**envelope(self._request, self._stamp), "choices": [choice]}))


class ChoicesEncoder(Encoder):
    """Writes several answers into one stream."""

    def __init__(self, request: Request, stamp: Stamp, options: ChatOptions) -> None:
        self._request = request
        self._stamp = stamp
        self._encoders = [
            ChatEncoder(request, stamp, options, index=i, alone=False) for i in range(request.n)
        ]

    def start(self) -> bytes:
        """The roles."""
        return b"".join([encoder.start() for encoder in self._encoders])

    def ping(self) -> bytes:
        """A comment."""
        return sse.PING

    def comment(self, text: str) -> bytes:
        """See ``Encoder``."""
        return sse.comment(text)

    def encode(self, event: Event) -> bytes:
        """One event as frames."""
        match event:
            case Choice(index, inner):
                return self._encoders[index].encode(inner)
            case Finish():
                return usage_frame(event, self._request, self._stamp) + sse.DONE
            case Failure(error):
                return sse.frame(encode(error_object(error)))
            case _:
                return self._encoders[0].encode(event)


def usage_frame(event: Finish, request: Request, stamp: Stamp) -> bytes:
    """The chunk without choices that carries usage, where it was asked for."""
    if not request.include_usage or event.usage is None:
        return b""
    usage = usage_object(event.usage)
    return sse.frame(encode({**envelope(request, stamp), "choices": [], "usage": usage}))


def envelope(request: Request, stamp: Stamp) -> dict[str, Any]:
    """What every chunk of an answer has in common."""
    common = {
        "id": f"chatcmpl-{stamp.id}",
        "object": "chat.completion.chunk",
        "created": stamp.created,
        "model": request.model,
    }
    return {**common, "usage": None} if request.include_usage else common


def freeform(request: Request) -> set[str]:
    """The names of the tools whose calls are texts."""
    return {tool.name for tool in request.tools if tool.freeform}
