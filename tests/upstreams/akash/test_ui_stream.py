"""The UI message stream's decoder, on what the library was seen to write and on what it may."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from akashchat.errors import AnswerCut, GatewayError, ProtocolError, RateLimited, UpstreamError
from akashchat.model.events import (
    Event,
    Failure,
    Finish,
    FinishReason,
    ImageReady,
    ReasoningDelta,
    TextDelta,
    Usage,
)
from akashchat.upstreams.akash.strange import Strange, Strangeness
from akashchat.upstreams.akash.ui_stream import UiMessageStream
from akashchat.wire.json import whole_text
from tests.support.answers import check, cut

OBSERVED: dict[str, dict[str, Any]] = json.loads(
    (Path(__file__).parents[2] / "data" / "ui_streams.json").read_text("utf-8")
)

DONE = b"data: [DONE]\n\n"
STOPPED = Finish(FinishReason.STOP)
CUT = Failure(AnswerCut("Akash's answer ended before it was complete"))


def chunk(kind: str, /, **fields: Any) -> bytes:
    """One chunk as JavaScript writes it: halves of pairs escaped, nearly all else raw."""
    text = json.dumps({"type": kind, **fields}, ensure_ascii=False, separators=(",", ":"))
    escaped = "".join(f"\\u{ord(c):04x}" if "\ud800" <= c <= "\udfff" else c for c in text)
    return f"data: {escaped}\n\n".encode()


def said(text: str) -> bytes:
    """A piece of text."""
    return chunk("text-delta", id="t1", delta=text)


def thought(text: str) -> bytes:
    """A piece of the thoughts."""
    return chunk("reasoning-delta", id="r1", delta=text)


START = chunk("start") + chunk("start-step") + chunk("text-start", id="t1")
END = chunk("text-end", id="t1") + chunk("finish-step") + chunk("finish", finishReason="stop") + DONE


def decoded(*pieces: bytes) -> list[Event]:
    """The events of a reply in these pieces; nothing comes behind the last."""
    stream = UiMessageStream()
    events = [event for piece in pieces for event in stream.decode(piece)] + stream.flush()
    assert stream.decode(START + END) == stream.flush() == []
    check(events)
    return events


def texts(events: list[Event]) -> str:
    """The text, joined."""
    return "".join([event.text for event in events if isinstance(event, TextDelta)])


def failure(events: list[Event]) -> GatewayError:
    """How an answer failed."""
    last = events[-1]
    assert isinstance(last, Failure)
    return last.error


# -- what was seen

SEEN: dict[str, list[Event]] = {
    "ok": [ReasoningDelta("Let me think"), TextDelta('Hello "x"\n'), STOPPED],
    "upstream throws": [Failure(UpstreamError("Akash: boom"))],
    "error part": [TextDelta("par"), Failure(UpstreamError("Akash: An error occurred."))],
    "ai5 abort": [Failure(AnswerCut("the answer was broken off inside Akash"))],
    "ai6 abort": [Failure(AnswerCut("the answer was broken off inside Akash: This operation was aborted"))],
    "length": [TextDelta("x"), Finish(FinishReason.LENGTH, Usage(11, 7))],
}


@pytest.mark.parametrize("name", OBSERVED)
def test_what_the_library_was_seen_to_write(name: str) -> None:
    """Both versions, whole, byte by byte, and with other line ends."""
    body = OBSERVED[name]["body"].encode()
    events = SEEN[name if name in SEEN else name[4:]]
    assert decoded(body) == events
    assert decoded(*cut(body, range(len(body)))) == events
    assert decoded(body.replace(b"\n", b"\r\n")) == events


@given(st.sampled_from(sorted(OBSERVED)), st.lists(st.integers(0, 900), max_size=8))
def test_pieces_change_nothing(name: str, places: list[int]) -> None:
    """However the network tears it."""
    body = OBSERVED[name]["body"].encode()
    assert decoded(*cut(body, [min(place, len(body)) for place in places])) == decoded(body)


@given(st.sampled_from(sorted(OBSERVED)), st.integers(0, 900))
def test_an_answer_that_stops_is_cut(name: str, place: int) -> None:
    """Wherever it is cut before its end, no answer passes for complete."""
    body = OBSERVED[name]["body"].encode()
    events = decoded(body[:place])
    if isinstance(events[-1], Finish):
        assert b'"finish"' in body[:place]


# -- garbage

PIECES = st.lists(
    st.sampled_from(
        [START, END, DONE, said("a"), b"data: ", b"{}", b"\n\n", b"\n", b"null", b'"', b"<", b"\xff"]
    )
    | st.binary(max_size=6),
    max_size=12,
)


@given(PIECES)
@example([b"data: " + b"[" * 100_000 + b"\n\n"])
@example([b'data: {"type":"text-delta","delta":"\\ud83d"}\n\n'])
def test_garbage_is_an_answer_that_failed(pieces: list[bytes]) -> None:
    """Events and one end, whatever comes; and the same byte by byte."""
    body = b"".join(pieces)
    assert decoded(*pieces) == decoded(body)
    if len(body) < 2_000:
        assert decoded(*cut(body, range(len(body)))) == decoded(body)


@pytest.mark.parametrize(
    "body",
    [
        b"data: {}\n\n",
        b"data: null\n\n",
        b"data: [1]\n\n",
        b'data: {"type":1}\n\n',
        b'data: {"type":"text-delta"}\n\n',
        b'data: {"type":"text-delta","id":"t","delta":1}\n\n',
        b'data: {"type":"text-delta","delta":"\\x"}\n\n',
        b'data: {"type":"error"}\n\n',
        b"data: Internal Server Error\n\n",
        b"<!DOCTYPE html>\n<html>\n",
        b'{"error":"x"}\n',
    ],
)
def test_what_is_not_the_protocol_is_told(body: bytes) -> None:
    """It ends the answer, as nothing behind it can be believed, and what came before stays."""
    events = decoded(START + said("a") + body + said("b") + END)
    assert texts(events) == "a"
    assert isinstance(failure(events), ProtocolError)


# -- text


@given(st.lists(st.text(max_size=8), max_size=6), st.lists(st.text(max_size=8), max_size=6))
@example(["\ud83d", "\ude00", "\ud83d"], ["\ude00"])
@example(["a\u2028b\u2029c\u0085d\x7f\x0b\x0c\x1c\r\n"], [])
def test_any_words_arrive(words: list[str], thoughts: list[str]) -> None:
    """Text and thoughts, each joined over its deltas, halves that stay alone replaced."""
    body = b"".join(map(thought, thoughts)) + b"".join(map(said, words))
    events = decoded(START + body + END)
    assert texts(events) == whole_text("".join(words))
    told = "".join([event.text for event in events if isinstance(event, ReasoningDelta)])
    assert told == whole_text("".join(thoughts))
    assert events[-1] == STOPPED


def test_halves_belong_to_their_own_text() -> None:
    """Half an emoji of the text is not joined with half a one of the thoughts that come in between."""
    events = decoded(said("a\ud83d") + thought("\ude00 hm") + said("\ude00b") + END)
    assert texts(events) == "a😀b"
    assert ReasoningDelta("\ufffd hm") in events


def test_a_half_that_waits_is_told_at_the_end() -> None:
    """As a replacement character, before the end, however the answer ends."""
    for end in (END, chunk("error", errorText="x"), chunk("abort"), DONE, b""):
        assert texts(decoded(said("a\ud83d") + end)) == "a\ufffd"


def test_bytes_that_are_no_utf_8_cost_a_character() -> None:
    """A character torn by a proxy does not end the answer."""
    assert texts(decoded(b'data: {"type":"text-delta","delta":"a\xf0\x9f b"}\n\n' + END)) == "a\ufffd b"


def test_empty_deltas_say_nothing() -> None:
    """They are no events."""
    assert decoded(said("") + thought("") + END) == [STOPPED]


def test_a_chunk_may_span_lines() -> None:
    """And comments may stand anywhere."""
    body = b': keep-alive\n\ndata: {"type":"text-delta",\n: again\ndata: "id":"t","delta":"a"}\n\n:\n\n'
    assert decoded(body + END) == [TextDelta("a"), STOPPED]


# -- ends


@pytest.mark.parametrize(
    ("reason", "metadata", "end"),
    [
        ("stop", None, STOPPED),
        ("length", None, Finish(FinishReason.LENGTH)),
        ("content-filter", None, Finish(FinishReason.CONTENT_FILTER)),
        ("tool-calls", None, Finish(FinishReason.TOOL_CALLS)),
        (None, None, STOPPED),
        ("other", {"usage": {"inputTokens": 1, "outputTokens": 2}}, Finish(FinishReason.STOP, Usage(1, 2))),
        ("other", None, Finish(FinishReason.LENGTH)),
        ("unknown", {"usage": {"inputTokens": 1, "outputTokens": 2}}, Finish(FinishReason.STOP, Usage(1, 2))),
        ("unknown", None, Finish(FinishReason.LENGTH)),
        ("brand-new", None, Finish(FinishReason.LENGTH)),
        ({"odd": 1}, None, Finish(FinishReason.LENGTH)),
        ("error", None, Failure(UpstreamError("the model failed inside Akash, which does not say why"))),
        ("interrupted", None, Failure(AnswerCut("the model was interrupted inside Akash"))),
    ],
)
def test_reasons(reason: object, metadata: object, end: Event) -> None:
    """The library's reasons in our words; an end nobody gives a reason for is honest about a possible cut."""
    fields = {} if reason is None else {"finishReason": reason}
    fields |= {} if metadata is None else {"messageMetadata": metadata}
    assert decoded(START + said("a") + chunk("finish", **fields) + DONE) == [TextDelta("a"), end]


FIGURES = [
    {"usage": {"inputTokens": 11, "outputTokens": 7, "totalTokens": 18}},
    {"usage": {"promptTokens": 11, "completionTokens": 7}},
    {"totalUsage": {"inputTokens": 11, "outputTokens": 7, "inputTokenDetails": {}}},
    {"inputTokens": 11, "outputTokens": 7},
    {"promptTokens": 11, "completionTokens": 7, "model": "x"},
    {"usage": {"inputTokens": 11.0, "outputTokens": 7}},
]


@pytest.mark.parametrize("metadata", FIGURES)
def test_usage_where_the_app_tells_it(metadata: dict[str, Any]) -> None:
    """In either spelling, with the end, with the beginning, or by itself."""
    finish = Finish(FinishReason.STOP, Usage(11, 7))
    at_end = chunk("finish", finishReason="stop", messageMetadata=metadata)
    assert decoded(START + at_end) == [finish]
    alone = chunk("message-metadata", messageMetadata=metadata)
    assert decoded(START + alone + END) == [finish]
    assert decoded(chunk("start", messageMetadata=metadata) + END) == [finish]


@pytest.mark.parametrize("details", [{"reasoningTokens": 5}, {"outputTokenDetails": {"reasoningTokens": 5}}])
def test_tokens_of_thoughts(details: dict[str, Any]) -> None:
    """Where the library tells them they are told on."""
    usage = {"inputTokens": 11, "outputTokens": 7, **details}
    finish = Finish(FinishReason.STOP, Usage(11, 7, reasoning_tokens=5))
    assert decoded(chunk("finish", finishReason="stop", messageMetadata={"usage": usage})) == [finish]


@pytest.mark.parametrize(
    "metadata",
    [
        None,
        [],
        "x",
        {},
        {"usage": None},
        {"usage": {"inputTokens": 1}},
        {"usage": {"inputTokens": -1, "outputTokens": 1}},
        {"usage": {"inputTokens": "1", "outputTokens": "1"}},
        {"usage": {"inputTokens": True, "outputTokens": 1}},
    ],
)
def test_usage_that_is_none(metadata: object) -> None:
    """Missing usage is missing, not zero, and does not undo what was told before."""
    assert decoded(chunk("finish", finishReason="stop", messageMetadata=metadata)) == [STOPPED]
    before = chunk("message-metadata", messageMetadata=FIGURES[0])
    after = chunk("finish", finishReason="stop", messageMetadata=metadata)
    assert decoded(before + after) == [Finish(FinishReason.STOP, Usage(11, 7))]


def test_an_end_without_done_is_an_end() -> None:
    """The last chunk says all; also without the empty line behind it."""
    whole = START + said("a") + chunk("finish", finishReason="stop")
    assert decoded(whole) == decoded(whole[:-1]) == decoded(whole[:-2]) == [TextDelta("a"), STOPPED]


@pytest.mark.parametrize(
    "end", [b"", DONE, chunk("finish-step"), chunk("finish-step") + DONE, b'data: {"type":"fin']
)
def test_an_answer_without_its_end_is_cut(end: bytes) -> None:
    """However properly the stream ended."""
    assert decoded(START + said("a") + end) == [TextDelta("a"), CUT]


def test_several_steps_are_one_answer() -> None:
    """The end of a step is not the end."""
    body = START + said("a") + chunk("finish-step") + chunk("start-step") + said("b") + END
    assert decoded(body) == [TextDelta("a"), TextDelta("b"), STOPPED]


# -- errors


@pytest.mark.parametrize("before", [b"", START, START + said("Half an ")])
@pytest.mark.parametrize(
    "after", [b"", DONE, chunk("finish", finishReason="stop") + DONE, said("After.") + END]
)
def test_an_error_ends_the_answer(before: bytes, after: bytes) -> None:
    """First, in the middle or at the end, followed by whatever: it is told once, and nothing after it."""
    events = decoded(before + chunk("error", errorText="Rate limit reached for requests") + after)
    assert failure(events) == RateLimited("Akash: Rate limit reached for requests")


def test_an_error_can_be_shown() -> None:
    """Halves of pairs, line breaks and secrets in its text do not reach the caller."""
    error = failure(decoded(chunk("error", errorText="bad\n \ud83d key=sk-abc123")))
    assert error.message == "Akash: bad \ufffd key=…"


@pytest.mark.parametrize("reason", [None, "", 7, {"x": 1}])
def test_an_abort_may_have_no_reason(reason: object) -> None:
    """It is a cut all the same, and never a completed answer."""
    body = START + said("a") + chunk("abort", reason=reason) + chunk("finish", finishReason="stop") + DONE
    assert failure(decoded(body)) == AnswerCut("the answer was broken off inside Akash")


def test_a_step_that_is_taken_back() -> None:
    """What was said cannot be: the answer fails; where nothing was said yet it goes on."""
    reset = chunk("reset-step")
    assert isinstance(failure(decoded(START + said("a") + reset + said("b") + END)), AnswerCut)
    assert decoded(START + reset + said("b") + END) == [TextDelta("b"), STOPPED]


def test_a_tool_that_there_is_none() -> None:
    """A model that ends on a call nobody can make has not answered; one that goes on has."""
    wrong = chunk(
        "tool-input-error", toolCallId="1", toolName="foo", input={}, errorText="An error occurred."
    )
    told = failure(decoded(START + wrong + chunk("finish", finishReason="tool-calls") + DONE))
    assert told == UpstreamError("the model tried to call a tool, and Akash Chat cannot offer it any")
    assert decoded(START + wrong + said("a") + END) == [TextDelta("a"), STOPPED]


# -- other chunks

KNOWN = """
    text-start text-end reasoning-start reasoning-end reasoning-file custom steering-message source-url
    source-document tool-input-start tool-input-delta tool-input-available tool-output-available tool-output-error
    tool-output-denied tool-approval-request tool-approval-response message-metadata start start-step finish-step
    data-weather data-
"""


@pytest.mark.parametrize("kind", [*KNOWN.split(), "brand-new", "", "Text-Delta", "\ud83d" * 200])
@pytest.mark.parametrize("fields", [{}, {"id": "1", "data": {"a": [1]}}, {"output": "text", "x": None}])
def test_other_chunks_are_passed_over(kind: str, fields: dict[str, Any]) -> None:
    """Steps, sources, the app's own tools and data, and what is not known, are nothing a client could be shown."""
    body = said("a") + chunk(kind, **fields) + said("b") + END
    assert decoded(body) == [TextDelta("a"), TextDelta("b"), STOPPED]


@pytest.mark.parametrize("kind", ["brand-new", "", "Text-Delta"])
def test_an_unknown_chunk_is_noticed(kind: str) -> None:
    """With what follows it; the known ones are not."""
    stream = UiMessageStream()
    stream.decode(START + chunk("data-x") + said("a"))
    assert stream.strange is None
    stream.decode(chunk(kind) + said("b") + chunk(kind) + END)
    assert stream.strange is not None
    assert stream.strange.kinds == {Strangeness.UNKNOWN_CHUNK: f"chunk {kind}".strip()}
    assert stream.strange.body(Strangeness.UNKNOWN_CHUNK).startswith(chunk(kind) + said("b"))


def test_a_reply_that_is_to_be_kept_is_kept() -> None:
    """From its first chunk on."""
    strange = Strange()
    strange.note(Strangeness.UI_STREAM, "an answer")
    stream = UiMessageStream(strange)
    stream.decode(START + said("a") + END)
    assert strange.body(Strangeness.UI_STREAM) == (START + said("a") + END).removesuffix(DONE)


def test_a_cut_after_something_strange_is_no_stranger() -> None:
    """An event that was torn is none that is broken."""
    strange = Strange()
    strange.note(Strangeness.UI_STREAM, "an answer")
    stream = UiMessageStream(strange)
    stream.decode(START + said("a") + b'data: {"type":"te')
    stream.flush()
    assert list(strange.kinds) == [Strangeness.UI_STREAM]


@pytest.mark.parametrize(("reason", "new"), [("bananas", True), (7, True), ("stop", False), (None, False)])
def test_a_new_reason_to_end_is_strange(reason: Any, new: bool) -> None:
    """The first of these versions gave none, so none is nothing new."""
    stream = UiMessageStream()
    stream.decode(START + said("a") + chunk("finish", finishReason=reason) + DONE)
    assert (stream.strange is not None) is new


def test_what_is_cut_is_not_strange() -> None:
    """A part of an event is no wonder at the end of a reply, whatever else was."""
    stream = UiMessageStream(Strange())
    stream.decode(START + said("a") + chunk("finish")[:-9])
    assert stream.flush() == [CUT]
    assert stream.strange is not None
    assert stream.strange.kinds == {}


def test_a_picture_is_part_of_the_answer() -> None:
    """Models give them as data URLs; other files and addresses are passed over."""
    png = b"\x89PNG\r\n\x1a\n...."
    url = f"data:image/png;base64,{base64.b64encode(png).decode()}"
    events = decoded(START + chunk("file", url=url, mediaType="image/png") + END)
    assert events == [ImageReady(name="", media_type="image/png", job_id="", prompt="", data=png), STOPPED]
    for other in (
        "data:text/plain;base64,YQ==",
        "https://example.com/a.png",
        "data:image/png;base64,!",
        None,
        1,
    ):
        assert decoded(START + chunk("file", url=other, mediaType="image/png") + END) == [STOPPED]
