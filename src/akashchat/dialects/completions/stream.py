"""A Completions stream, written.

The prompt comes first where its echo was asked for, then the text, then one finish for each answer, then usage
where it was asked for, then ``[DONE]``.  A failure ends the stream as in ``chat``.  Thoughts have no place in
this dialect: they stand beside the text, in the fields that ``chat`` has for them.
"""

from typing import Any, assert_never

from akashchat.dialects.base import Encoder, Stamp
from akashchat.dialects.chat.stream import REASONING_FIELDS, ChatOptions
from akashchat.dialects.openai import error_object, usage_object
from akashchat.dialects.pictures import markdown
from akashchat.model.events import (
    Choice,
    Event,
    Failure,
    Finish,
    FinishReason,
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


class CompletionEncoder(Encoder):
    """Writes all answers to a request.

    Between two text deltas of one answer only the text changes: see ``ChatEncoder``.
    """

    def __init__(self, request: Request, stamp: Stamp, options: ChatOptions) -> None:
        self._request = request
        self._stamp = stamp
        self._options = options
        self._fields = REASONING_FIELDS[options.reasoning]
        self._thinking: set[int] = set()
        self._cuts = [self._cut(index) for index in range(request.answers)]

    def start(self) -> bytes:
        """The prompts, where they were asked for."""
        if not self._request.echo:
            return b""
        return b"".join([self._chunk(i, prompt(self._request, i)) for i in range(self._request.answers)])

    def ping(self) -> bytes:
        """A comment."""
        return sse.PING

    def comment(self, text: str) -> bytes:
        """See ``Encoder``."""
        return sse.comment(text)

    def encode(self, event: Event) -> bytes:
        """One event as frames."""
        if isinstance(event, Choice):
            return self._encode(event.index, event.event)
        several = self._request.answers > 1
        match event:
            case Finish():
                end = b"" if several else self._finish(0, event)
                return end + self._usage(event) + sse.DONE
            case Failure(error):
                return sse.frame(encode(error_object(error)))
            case _:
                return self._encode(0, event)

    def _encode(self, index: int, event: Event) -> bytes:
        match event:
            case TextDelta(text):
                return self._said(index, text)
            case ReasoningDelta(text):
                return self._thought(index, text)
            case ImageReady():
                return self._said(index, markdown(event, self._stamp))
            case Progress(message):
                return sse.comment(message)
            case Finish():
                return self._finish(index, event)
            case ToolCallStart() | ToolCallDelta() | Failure():
                return b""  # no tools were asked for; a failure is told once, for all
            case Choice():
                raise TypeError("a choice within a choice")
            case _:
                assert_never(event)

    def _said(self, index: int, text: str) -> bytes:
        head, tail = self._cuts[index]
        return head + encode(self._after_thoughts(index) + text) + tail

    def _thought(self, index: int, text: str) -> bytes:
        if self._fields:
            return self._chunk(index, "", **dict.fromkeys(self._fields, text))
        opening = "" if index in self._thinking else "<think>\n"
        self._thinking.add(index)
        return self._chunk(index, opening + text)

    def _after_thoughts(self, index: int) -> str:
        """What closes thoughts that stand in the text."""
        if index not in self._thinking:
            return ""
        self._thinking.discard(index)
        return "\n</think>\n\n"

    def _finish(self, index: int, event: Finish) -> bytes:
        return self._chunk(index, self._after_thoughts(index), finish_reason=finish_reason(event.reason))

    def _usage(self, event: Finish) -> bytes:
        if not self._request.include_usage or event.usage is None:
            return b""
        usage = usage_object(event.usage)
        return sse.frame(encode({**envelope(self._request, self._stamp), "choices": [], "usage": usage}))

    def _cut(self, index: int) -> tuple[bytes, bytes]:
        """A chunk around its empty text, which comes after everything a caller can choose."""
        head, _, tail = self._chunk(index, "").rpartition(b'""')
        return head, tail

    def _chunk(self, index: int, text: str, **more: Any) -> bytes:
        choice = {"index": index, "logprobs": None, "finish_reason": None, **more, "text": text}
        usage = {"usage": None} if self._request.include_usage else {}
        return sse.frame(encode({**envelope(self._request, self._stamp), **usage, "choices": [choice]}))


def envelope(request: Request, stamp: Stamp) -> dict[str, Any]:
    """What whole replies and chunks have in common."""
    return {
        "id": f"cmpl-{stamp.id}",
        "object": "text_completion",
        "created": stamp.created,
        "model": request.model,
    }


def prompt(request: Request, index: int) -> str:
    """The prompt that an answer is to."""
    return (request.messages, *request.further)[index // request.n][0].text


def finish_reason(reason: FinishReason) -> str:
    """Why an answer is over, in this dialect's words, which know no tools."""
    return FinishReason.STOP.value if reason is FinishReason.TOOL_CALLS else reason.value
