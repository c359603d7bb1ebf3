"""Ollama's streams and replies, read by the official client's own types."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ollama import ChatResponse, GenerateResponse

from akashchat.dialects.base import Dialect, Stamp
from akashchat.dialects.ollama import OllamaChat, OllamaGenerate
from akashchat.errors import GatewayError, InvalidToolCall, UpstreamError
from akashchat.model.events import (
    Event,
    Failure,
    Finish,
    FinishReason,
    ReasoningDelta,
    TextDelta,
    ToolCallDelta,
    ToolCallStart,
    Usage,
)
from akashchat.model.reply import Fold
from akashchat.model.request import Request
from tests.support.answers import TEXTS, answers
from tests.support.dialects import STAMP

REQUESTS = st.builds(
    Request, model=TEXTS | st.just('""'), messages=st.just(()), thoughts=st.booleans(), stream=st.just(True)
)
DIALECTS = st.sampled_from([OllamaChat(), OllamaGenerate()])


def written(
    dialect: Dialect, request: Request, events: list[Event], stamp: Stamp = STAMP
) -> list[dict[str, Any]]:
    """The lines of a stream, as the official client parts them: wherever Python sees the end of one."""
    encoder = dialect.encoder(request, stamp)
    stream = encoder.start() + encoder.ping() + b"".join(encoder.encode(event) for event in events)
    assert stream.endswith(b"\n")
    return [json.loads(line) for line in stream.decode().splitlines()]


def told(line: dict[str, Any]) -> dict[str, Any]:
    """What a line says, in either dialect; it is valid."""
    if "message" in line:
        ChatResponse.model_validate(line)
        return {"thinking": "", "tool_calls": [], **line["message"]}
    GenerateResponse.model_validate(line)
    return {"thinking": "", "tool_calls": [], "content": line["response"], **line}


def whole(dialect: Dialect, request: Request, events: list[Event]) -> dict[str, Any]:
    """The reply."""
    fold = Fold()
    fold.feed(events)
    return json.loads(dialect.render_reply(fold.replies(), request, STAMP))


@given(answers(images=False, calls=False), REQUESTS, DIALECTS)
def test_a_stream_says_what_a_whole_reply_does(
    answer: list[Event], request: Request, dialect: Dialect
) -> None:
    """The same text, and a last line that is the last; or an error that is."""
    lines = written(dialect, request, answer)
    end = answer[-1]
    if isinstance(end, Failure):
        assert lines[-1] == {"error": end.error.message}
        assert not any(line.get("done") for line in lines)
        with pytest.raises(GatewayError):
            whole(dialect, request, answer)
        return
    reply = whole(dialect, request, answer)
    assert [line["done"] for line in lines] == [False] * (len(lines) - 1) + [True]
    assert "".join(told(line)["content"] for line in lines) == told(reply)["content"]
    assert {line["model"] for line in lines} == {reply["model"]} == {request.model}
    if request.thoughts != "shown":
        assert not any(told(line)["thinking"] for line in (*lines, reply))
    assert lines[-1]["done_reason"] == reply["done_reason"]
    assert lines[-1]["eval_count"] == reply["eval_count"]


@given(answers(), REQUESTS, DIALECTS)
def test_any_answer_is_lines_of_json(answer: list[Event], request: Request, dialect: Dialect) -> None:
    """One end: ``done``, or an error; nothing behind it."""
    lines = written(dialect, request, answer)
    ends = [i for i, line in enumerate(lines) if "error" in line or line["done"]]
    assert ends == [len(lines) - 1]


@given(TEXTS, REQUESTS, st.booleans())
def test_the_fast_way_is_the_slow_way(text: str, request: Request, chat: bool) -> None:
    """For every text and every model's name."""
    encoder = (OllamaChat() if chat else OllamaGenerate()).encoder(request, STAMP)
    assert encoder.encode(TextDelta(text)) == encoder._line(text)  # type: ignore[attr-defined]


REQUEST = Request(model="m", messages=())
CALLS: list[Event] = [
    TextDelta("So: "), ToolCallStart("c1", "f"), ToolCallDelta("c1", '{"a"'), ToolCallDelta("c1", ":1}"),
    ToolCallStart("c2", "g"), Finish(FinishReason.TOOL_CALLS, Usage(1, 2, estimated=True)),
]  # fmt: skip


def test_calls_come_whole() -> None:
    """Each in a line of its own with an object for arguments, in a stream as in a reply."""
    expected = [
        {"id": "c1", "function": {"index": 0, "name": "f", "arguments": {"a": 1}}},
        {"id": "c2", "function": {"index": 1, "name": "g", "arguments": {}}},
    ]
    lines = written(OllamaChat(), REQUEST, CALLS)
    assert [call for line in lines for call in told(line)["tool_calls"]] == expected
    reply = whole(OllamaChat(), REQUEST, CALLS)
    assert reply["message"]["tool_calls"] == expected
    assert reply["done_reason"] == lines[-1]["done_reason"] == "stop"
    assert reply["estimated"] is True


@pytest.mark.parametrize("arguments", ["{", "[1]", "1", '"x"', "[" * 100_000, '{"a": 1e999}'])
def test_calls_that_cannot_be_said(arguments: str) -> None:
    """An error that ends the answer, never arguments that were made up."""
    events = [ToolCallStart("c", "f"), ToolCallDelta("c", arguments), Finish(FinishReason.TOOL_CALLS)]
    lines = written(OllamaChat(), REQUEST, events)
    if "error" in lines[-1]:
        assert "'f'" in lines[-1]["error"]
        with pytest.raises(InvalidToolCall):
            whole(OllamaChat(), REQUEST, events)
    else:
        assert isinstance(lines[1]["message"]["tool_calls"][0]["function"]["arguments"], dict)


def test_a_call_that_was_cut_is_not_told() -> None:
    """The failure is."""
    events = [ToolCallStart("c", "f"), ToolCallDelta("c", '{"a"'), Failure(UpstreamError("gone"))]
    assert written(OllamaChat(), REQUEST, events)[1:] == [{"error": "gone"}]


def test_durations_are_those_of_the_clock() -> None:
    """Nanoseconds: before the first word, and after it."""
    moments = iter([2.0, 5.0])
    stamp = Stamp("1", 0, str, lambda: next(moments))
    events = [ReasoningDelta("Hm"), TextDelta("Yes"), Finish(FinishReason.LENGTH, Usage(3, 4))]
    last = written(OllamaChat(), REQUEST, events, stamp)[-1]
    assert last == {
        "model": "m", "created_at": "1970-01-01T00:00:00Z", "message": {"role": "assistant", "content": ""},
        "done": True, "done_reason": "length", "total_duration": 5_000_000_000, "load_duration": 0,
        "prompt_eval_count": 3, "prompt_eval_duration": 2_000_000_000, "eval_count": 4,
        "eval_duration": 3_000_000_000,
    }  # fmt: skip
