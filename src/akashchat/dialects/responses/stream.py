"""A Responses stream, written.

First the response as it begins; then each item of its output from ``added`` to ``done``, one after the other;
then exactly one of ``response.completed``, ``.incomplete`` and ``.failed`` with the response as it is.  Events are
numbered from 0 without gaps.  An item that a failure interrupts has no ``done``.
https://platform.openai.com/docs/api-reference/responses-streaming
"""

from collections.abc import Callable
from typing import Any, TypeAlias, assert_never

from akashchat.dialects.base import Encoder, Stamp
from akashchat.dialects.pictures import markdown
from akashchat.dialects.responses.blocks import Block, Call, Message, Thoughts
from akashchat.dialects.responses.output import Fields, Status, image_item
from akashchat.dialects.responses.reply import INCOMPLETE, ResponsesOptions, finished, response_object
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
from akashchat.model.request import Request
from akashchat.wire import sse
from akashchat.wire.json import encode

Frame: TypeAlias = Callable[[str, bytes], bytes]
"""An event's name and its JSON as bytes on the wire."""


class ResponsesEncoder(Encoder):
    """Writes one response.

    Between two text deltas only the text and the number change, so the event around them is written once:
    it is ``head + json(text) + middle + number + tail``, equal to what ``_event`` would give for every string.
    """

    __slots__ = (
        "_block",
        "_cut",
        "_frame",
        "_framed",
        "_items",
        "_number",
        "_options",
        "_request",
        "_spoke",
        "_stamp",
        "_texts",
        "final",
    )

    def __init__(
        self, request: Request, stamp: Stamp, options: ResponsesOptions, frame: Frame = sse.named
    ) -> None:
        self._request = request
        self._stamp = stamp
        self._options = options
        self._frame = frame
        self._framed = frame is sse.named
        self._number = 0
        self._items: list[Fields] = []
        self._block: Block | None = None
        self._cut: tuple[bytes, bytes, bytes] | None = None
        self._texts: list[str] = []
        self._spoke = False
        self.final: Fields | None = None
        """The response as it ended, once it has."""

    def start(self) -> bytes:
        """The response as it begins."""
        begun = response_object(self._request, self._stamp, self._options, "in_progress")
        return self._event("response.created", response=begun) + self._event(
            "response.in_progress", response=begun
        )

    def ping(self) -> bytes:
        """A comment."""
        return sse.PING if self._framed else b""

    def comment(self, text: str) -> bytes:
        """See ``Encoder``."""
        return sse.comment(text) if self._framed else b""

    def encode(self, event: Event) -> bytes:
        """One event as frames."""
        if type(event) is TextDelta and self._cut is not None and event.text:
            text = event.text
            self._texts.append(text)
            head, middle, tail = self._cut
            self._number += 1
            return b"%b%b%b%d%b" % (head, encode(text), middle, self._number - 1, tail)
        return self._encode(event)

    def _encode(self, event: Event) -> bytes:
        match event:
            case TextDelta(text):
                return self._say(text)
            case ReasoningDelta(text):
                return self._think(text)
            case Progress(message):
                return sse.comment(message) if self._framed else b""
            case ImageReady():
                return self._close("completed") + self._show(event)
            case ToolCallStart(call_id, name):
                closed = self._close("completed")
                self._spoke = True
                return closed + self._open(Call(self._request, self._stamp, len(self._items), call_id, name))
            case ToolCallDelta(_, arguments):
                return self._more(arguments)
            case Finish():
                return self._finish(event)
            case Failure():
                return self._fail(event)
            case Choice():
                raise TypeError("this dialect has one answer")
            case _:
                assert_never(event)

    def _say(self, text: str) -> bytes:
        if not text:
            return b""
        opened = b""
        if not isinstance(self._block, Message):
            self._spoke = True
            opened = self._close("completed") + self._open(Message(self._stamp, len(self._items)))
        written = opened + self._more(text)
        if opened and self._block is not None:
            self._cut, self._texts = self._around(self._block), self._block.texts
        return written

    def _think(self, text: str) -> bytes:
        if not text:
            return b""
        opened = b""
        if not isinstance(self._block, Thoughts):
            opened = self._close("completed") + self._open(
                Thoughts(self._request, self._stamp, len(self._items))
            )
        return opened + self._more(text)

    def _show(self, image: ImageReady) -> bytes:
        """A picture, and a message that shows it to clients that know only text."""
        self._spoke = True
        index = len(self._items)
        item = image_item(self._stamp, index, image)
        place = {"item_id": item["id"], "output_index": index}
        begun = {**item, "status": "in_progress", "result": None}
        written = [self._event("response.output_item.added", output_index=index, item=begun)]
        states = ("in_progress", "generating", "completed")
        written += [self._event(f"response.image_generation_call.{state}", **place) for state in states]
        written.append(self._event("response.output_item.done", output_index=index, item=item))
        self._items.append(item)
        message = self._open(Message(self._stamp, len(self._items)))
        text = self._more(markdown(image, self._stamp))
        return b"".join(written) + message + text + self._close("completed")

    def _open(self, block: Block) -> bytes:
        self._block = block
        added = self._event("response.output_item.added", output_index=block.index, item=block.begun())
        return added + b"".join([self._event(name, **fields) for name, fields in block.opening()])

    def _more(self, text: str) -> bytes:
        """More of the item under way."""
        block = self._block
        if block is None:
            return b""
        block.texts.append(text)
        return self._event(block.delta, **block.place, delta=text) if block.delta and text else b""

    def _close(self, status: Status) -> bytes:
        """The item under way is whole, or as whole as it will be."""
        block, self._block, self._cut = self._block, None, None
        if block is None:
            return b""
        item = block.done(status)
        self._items.append(item)
        written = [self._event(name, **fields) for name, fields in block.closing()]
        written.append(self._event("response.output_item.done", output_index=block.index, item=item))
        return b"".join(written)

    def _finish(self, event: Finish) -> bytes:
        status: Status = "incomplete" if event.reason in INCOMPLETE else "completed"
        written = self._close(status)
        if not self._spoke:
            written += self._open(Message(self._stamp, len(self._items))) + self._close(status)
        usage = event.usage or Usage(0, 0, estimated=True)
        return written + self._end(
            finished(self._request, self._stamp, self._options, event.reason, usage, self._items)
        )

    def _fail(self, event: Failure) -> bytes:
        if self._block is not None:
            self._items.append(self._block.done("incomplete"))
            self._block = self._cut = None
        failed = response_object(
            self._request, self._stamp, self._options, "failed", self._items, error=event.error
        )
        return self._end(failed)

    def _end(self, response: Fields) -> bytes:
        self.final = response
        return self._event(f"response.{response['status']}", response=response)

    def _around(self, block: Block) -> tuple[bytes, bytes, bytes]:
        """A delta around its text and its number, which are its last; nothing in it is a caller's."""
        number = self._number
        head, _, rest = self._event(block.delta, **block.place, delta="").rpartition(b'""')
        self._number = number
        middle, _, tail = rest.rpartition(str(number).encode())
        return head, middle, tail

    def _event(self, name: str, /, **fields: Any) -> bytes:
        number = self._number
        self._number += 1
        return self._frame(name, encode({"type": name, **fields, "sequence_number": number}))


def json_line(name: str, data: bytes) -> bytes:  # noqa: ARG001  a Frame
    """An event as a line of JSON, where messages need no frames."""
    return data + b"\n"
