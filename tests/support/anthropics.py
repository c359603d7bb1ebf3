"""Anthropic's official client as a referee: it reads the bytes we write."""

import msgspec
from anthropic._streaming import ServerSentEvent, SSEDecoder
from anthropic.lib.streaming._messages import accumulate_event
from anthropic.types import Message, RawMessageStreamEvent
from hypothesis import strategies as st
from pydantic import TypeAdapter

from akashchat.model.events import Single, ToolCallDelta, ToolCallStart
from tests.support.answers import TEXTS, answers, in_pieces

_EVENT: TypeAdapter[RawMessageStreamEvent] = TypeAdapter(RawMessageStreamEvent)
_QUIET = ("ping", "error")


def frames(stream: bytes) -> list[ServerSentEvent]:
    """The events of a stream, as the official client sees them."""
    return list(SSEDecoder().iter_bytes(iter([stream])))


def told(stream: bytes) -> list[RawMessageStreamEvent]:
    """The events that tell of the message, each of them valid and named by its type."""
    found = []
    for frame in frames(stream):
        assert frame.json()["type"] == frame.event
        if frame.event not in _QUIET:
            found.append(_EVENT.validate_json(frame.data, strict=True))
    return found


def joined(stream: bytes) -> Message:
    """A stream put together by the official client."""
    message = None
    buffers: dict[int, bytes] = {}
    for event in told(stream):
        message = accumulate_event(event=event, current_snapshot=message, json_bufs=buffers)
    assert message is not None
    return message


def check_order(stream: bytes) -> None:
    """Fail unless the blocks stand one after the other, each with its start, its deltas and its stop."""
    names = [frame.event for frame in frames(stream) if frame.event != "ping"]
    assert names[0] == "message_start"
    assert names[-1] in ("message_stop", "error")
    assert names.count("message_start") == 1
    failed = names[-1] == "error"
    assert names.count("error") == failed
    opened: int | None = None
    blocks = 0
    for frame in frames(stream)[1:]:
        data = frame.json()
        match frame.event:
            case "content_block_start":
                assert opened is None
                assert data["index"] == blocks
                opened, blocks = blocks, blocks + 1
            case "content_block_delta":
                assert data["index"] == opened
            case "content_block_stop":
                assert data["index"] == opened
                opened = None
            case "message_delta" | "message_stop":
                assert opened is None
    if not failed:
        assert names[-2:] == ["message_delta", "message_stop"]
        assert names.count("message_delta") == 1


def blocks(message: Message) -> list[dict[str, object]]:
    """The blocks of a message, without what the client's helper adds to them."""
    return [block.model_dump(exclude={"parsed_output"}) for block in message.content]


def said(message: Message, kind: str, field: str) -> str:
    """All of a message that is of one kind."""
    return "".join(getattr(block, field) for block in message.content if block.type == kind)


def calls(message: Message) -> list[tuple[str, str, object]]:
    """The calls of a message."""
    return [(block.id, block.name, block.input) for block in message.content if block.type == "tool_use"]


_ARGUMENTS = st.dictionaries(TEXTS, st.integers() | TEXTS | st.none(), max_size=2).map(
    lambda value: msgspec.json.encode(value).decode() if all(map(_small, value.values())) else "{}"
) | st.sampled_from(["", " ", "\n{}", '{"a": [1, {"b": null}]} '])


def _small(value: object) -> bool:
    return not isinstance(value, int) or abs(value) < 2**53


@st.composite
def called(draw: st.DrawFn) -> list[Single]:
    """An answer whose calls have objects as their arguments, in pieces."""
    events: list[Single] = []
    for event in draw(answers()):
        if not isinstance(event, ToolCallDelta):
            events.append(event)
        if isinstance(event, ToolCallStart):
            events += [ToolCallDelta(event.id, piece) for piece in draw(in_pieces(_ARGUMENTS))]
    return events
