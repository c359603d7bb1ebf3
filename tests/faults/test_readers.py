"""The judges of the fault matrix: what breaks a dialect's rules, or has not exactly one end, is found out."""

import json
from typing import Any

import pytest

from faults.dialects import DIALECTS, Dialect
from faults.fault import Fault
from faults.told import SHORT, WHOLE, Told, Wrong
from faults.wire import Seen

BY_NAME = {dialect.name: dialect for dialect in DIALECTS}
LINES = ("ollama chat", "ollama generate")
ERROR = {
    "error": {"message": "it was cut", "type": "server_error", "code": "upstream_answer_cut", "param": None}
}


def chunk(text: str = "", reason: str | None = None) -> dict[str, Any]:
    """A chunk of Chat Completions."""
    return {"model": "m", "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": reason}]}


def part(text: str = "", reason: str | None = None) -> dict[str, Any]:
    """A chunk of Completions."""
    return {"model": "m", "choices": [{"index": 0, "text": text, "finish_reason": reason}]}


def line(text: str = "", reason: str = "") -> dict[str, Any]:
    """A line of Ollama's chat."""
    end = {"done_reason": reason} if reason else {}
    return {"model": "m", "message": {"role": "assistant", "content": text}, "done": bool(reason), **end}


def said(text: str = "", reason: str = "") -> dict[str, Any]:
    """A line of Ollama's generate."""
    end = {"done_reason": reason} if reason else {}
    return {"model": "m", "response": text, "done": bool(reason), **end}


BEGUN = {
    "type": "message_start",
    "message": {"model": "m", "stop_reason": None, "usage": {"output_tokens": 0}},
}
OPENED = {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
DELTA = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "all of it"}}
CLOSED = {"type": "content_block_stop", "index": 0}
ENDED = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 3}}
OVER = {"type": "message_stop"}
BROKEN = {"type": "error", "error": {"type": "api_error", "message": "it was cut"}}


def response(kind: str, status: str, text: str = "all of it", error: Any = None) -> dict[str, Any]:
    """An event of Responses with the response in it."""
    content = [{"type": "output_text", "text": text}]
    output = [{"type": "message", "content": content}]
    inside = {"status": status, "output": output, "error": error, "model": "m", "usage": None}
    return {"type": f"response.{kind}", "response": {**inside, "incomplete_details": None}}


def word(text: str) -> dict[str, Any]:
    """An event of Responses with a piece of text."""
    return {"type": "response.output_text.delta", "delta": text}


FAILED = response("failed", "failed", error={"code": "server_error", "message": "it was cut"})
COMPLETED = response("completed", "completed")
DONE = "[DONE]"

RIGHT: dict[str, list[list[Any]]] = {
    "chat": [[chunk("all of it"), chunk(reason="stop"), DONE]],
    "completions": [[part("all of it"), part(reason="stop"), DONE]],
    "messages": [[BEGUN, OPENED, DELTA, CLOSED, ENDED, OVER]],
    "responses": [[word("all "), word("of it"), COMPLETED]],
    "ollama chat": [[line("all of it"), line(reason="stop")], [line("all of it", "stop")]],
    "ollama generate": [[said("all of it"), said(reason="stop")]],
}
FAILURES: dict[str, list[list[Any]]] = {
    "chat": [[chunk("all"), ERROR], [ERROR]],
    "completions": [[part("all"), ERROR]],
    "messages": [[BEGUN, OPENED, DELTA, BROKEN], [BEGUN, BROKEN]],
    "responses": [[word("all "), FAILED]],
    "ollama chat": [[line("all"), {"error": "it was cut"}]],
    "ollama generate": [[said("all"), {"error": "it was cut"}]],
}
WRONG: dict[str, list[list[Any]]] = {
    "chat": [
        [chunk("all of it")],
        [chunk("all of it"), DONE],
        [chunk("all of it"), chunk(reason="stop")],
        [chunk("all of it"), chunk(reason="stop"), DONE, DONE],
        [chunk("all of it"), chunk(reason="stop"), chunk(reason="stop"), DONE],
        [chunk("all"), chunk(reason="stop"), chunk(" of it"), DONE],
        [chunk("all"), chunk(reason="stop"), ERROR],
        [chunk("all"), ERROR, DONE],
        [chunk("all"), ERROR, ERROR],
        [chunk("all"), {"error": {**ERROR["error"], "message": ""}}],
    ],
    "completions": [[part("all of it"), DONE], [part("all"), ERROR, DONE]],
    "messages": [
        [BEGUN, OPENED, DELTA],
        [BEGUN, OPENED, DELTA, CLOSED, OVER],
        [BEGUN, OPENED, DELTA, CLOSED, ENDED],
        [BEGUN, OPENED, DELTA, ENDED, OVER],
        [BEGUN, OPENED, DELTA, CLOSED, ENDED, OVER, OVER],
        [BEGUN, OPENED, DELTA, CLOSED, ENDED, BROKEN],
        [BEGUN, OPENED, DELTA, BROKEN, OVER],
        [OPENED, DELTA, CLOSED, ENDED, OVER],
        [BEGUN, BEGUN, OPENED, DELTA, CLOSED, ENDED, OVER],
    ],
    "responses": [
        [word("all ")],
        [word("all "), FAILED, FAILED],
        [word("all "), COMPLETED],
        [COMPLETED, word("all of it")],
        [word("all of it"), COMPLETED, FAILED],
    ],
    "ollama chat": [
        [line("all of it")],
        [line("all", "stop"), line(" of it", "stop")],
        [{"error": "it was cut"}, line("all", "stop")],
        [line("all", "stop"), {"error": "it was cut"}],
    ],
    "ollama generate": [[said("all of it")], [said("all", "stop"), {"error": "it was cut"}]],
}


def cases(table: dict[str, list[list[Any]]]) -> list[tuple[str, list[Any]]]:
    """The streams of a table, each with its dialect."""
    return [(name, events) for name, streams in table.items() for events in streams]


def seen(dialect: str, events: list[Any]) -> Seen:
    """A stream on the wire."""
    if dialect in LINES:
        body = "".join(json.dumps(event) + "\n" for event in events)
        return Seen(200, {"content-type": "application/x-ndjson"}, body.encode())
    frames = []
    for number, event in enumerate(events):
        named = f"event: {event['type']}\n" if "type" in event else ""
        numbered = {**event, "sequence_number": number} if dialect == "responses" else event
        frames.append(f"{named}data: {event if event == DONE else json.dumps(numbered)}\n\n")
    return Seen(200, {"content-type": "text/event-stream"}, "".join([": hello\n\n", *frames]).encode())


def read(dialect: str, events: list[Any]) -> Told:
    """What the dialect's reader makes of a stream."""
    found: Dialect = BY_NAME[dialect]
    return found.read(seen(dialect, events))


@pytest.mark.parametrize(("dialect", "events"), cases(RIGHT))
def test_an_answer_is_read(dialect: str, events: list[Any]) -> None:
    """All of it, and why it ended."""
    told = read(dialect, events)
    assert (told.text, told.reason, told.failed) == ("all of it", "stop", False)


@pytest.mark.parametrize(("dialect", "events"), cases(FAILURES))
def test_a_failure_is_read(dialect: str, events: list[Any]) -> None:
    """Whatever was said before it."""
    told = read(dialect, events)
    assert (told.failed, told.message) == (True, "it was cut")


@pytest.mark.parametrize(("dialect", "events"), cases(WRONG))
def test_what_has_not_exactly_one_end_is_wrong(dialect: str, events: list[Any]) -> None:
    """No end, two of them, one that is followed by something, one of each kind."""
    with pytest.raises(Wrong):
        read(dialect, events)


@pytest.mark.parametrize("dialect", [name for name in RIGHT if name not in LINES])
def test_a_stream_must_not_end_within_an_event(dialect: str) -> None:
    """Even where HTTP ended as it should."""
    (events, *_) = RIGHT[dialect]
    cut = seen(dialect, events)
    with pytest.raises(Wrong, match="within an event"):
        BY_NAME[dialect].read(Seen(200, cut.headers, cut.body[:-1]))


def test_a_part_that_is_told_as_the_whole_is_never_right() -> None:
    """The one thing that must not happen has a name, and no fault expects it."""
    fault = Fault(name="f", play=lambda _: None, alone="whole empty", text="all of it")
    assert fault.outcome(Told(text="all of it", reason="stop")) == WHOLE
    assert fault.outcome(Told(text="all of", reason="stop")) == SHORT
    assert fault.outcome(Told(text="all of", reason="length")) == "length"
    assert SHORT not in fault.expected("alone") | fault.expected("backed")
