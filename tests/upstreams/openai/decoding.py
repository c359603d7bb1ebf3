"""What the tests of the decoders share."""

from akashchat.errors import GatewayError
from akashchat.model.events import Event, Failure, ReasoningDelta, TextDelta, ToolCallDelta, ToolCallStart
from akashchat.upstreams.openai.answer import Exchange
from akashchat.upstreams.openai.stream import ChatStream
from tests.support.answers import check

EXCHANGE = Exchange(upstream="theirs", token="f00d", freeform=frozenset({"patch"}), secret="hush-hush")


def decoded(*pieces: bytes) -> list[Event]:
    """The events of a reply in these pieces, which are an answer by the grammar."""
    stream = ChatStream(EXCHANGE)
    events = [event for piece in pieces for event in stream.decode(piece)] + stream.flush()
    assert not stream.decode(b"data: {}\n\n")
    assert not stream.flush()
    check(events)
    return events


def said(events: list[Event]) -> str:
    """The text of an answer."""
    return "".join([event.text for event in events if isinstance(event, TextDelta)])


def thought(events: list[Event]) -> str:
    """Its thoughts."""
    return "".join([event.text for event in events if isinstance(event, ReasoningDelta)])


def calls(events: list[Event]) -> list[tuple[str, str, str]]:
    """Its calls: id, name, arguments."""
    found: list[tuple[str, str, str]] = []
    for event in events:
        if isinstance(event, ToolCallStart):
            found.append((event.id, event.name, ""))
        elif isinstance(event, ToolCallDelta):
            call_id, name, arguments = found[-1]
            found[-1] = (call_id, name, arguments + event.arguments)
    return found


def failure(events: list[Event]) -> GatewayError:
    """How an answer failed."""
    last = events[-1]
    assert isinstance(last, Failure)
    return last.error
