"""The data stream's decoder, on replies like those of the app and on others it may meet."""

import json
import tracemalloc
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from akashchat.errors import AnswerCut, GatewayError, ProtocolError, UpstreamError
from akashchat.model.events import Event, Failure, Finish, FinishReason, ReasoningDelta, TextDelta, Usage
from akashchat.upstreams.akash.strange import Strangeness
from akashchat.upstreams.akash.stream import DataStream
from akashchat.wire.json import whole_text
from akashchat.wire.lines import MAX_LINE_BYTES
from tests.support.answers import check, cut

START = b'f:{"messageId":"msg-Au6IIcx0a2uodMNVEtzfKONw"}\n'


def line(code: str, payload: Any, *, ascii_only: bool = False) -> bytes:
    """One line as JavaScript writes it: halves of pairs escaped, nearly all else raw."""
    text = json.dumps(payload, ensure_ascii=ascii_only, separators=(",", ":"))
    escaped = "".join(f"\\u{ord(c):04x}" if "\ud800" <= c <= "\udfff" else c for c in text)
    return f"{code}:{escaped}\n".encode()


def end(reason: Any = "stop", usage: Any = (11, 7)) -> bytes:
    """Both finishing lines."""
    asked, answered = usage or (None, None)
    told = {"promptTokens": asked, "completionTokens": answered}
    step = {"finishReason": reason, "usage": told, "isContinued": False}
    return line("e", step) + line("d", {"finishReason": reason, "usage": told})


def decoded(*pieces: bytes) -> list[Event]:
    """The events of a reply in these pieces."""
    stream = DataStream()
    events = [event for piece in pieces for event in stream.decode(piece)] + stream.flush()
    check(events)
    return events


def texts(events: list[Event]) -> list[str]:
    """The pieces of text."""
    return [event.text for event in events if isinstance(event, TextDelta)]


def failure(events: list[Event]) -> GatewayError:
    """How an answer failed."""
    last = events[-1]
    assert isinstance(last, Failure)
    return last.error


STOPPED = Finish(FinishReason.STOP, Usage(11, 7))


# -- text


@given(st.lists(st.text(max_size=12), max_size=6), st.booleans(), st.lists(st.integers(0, 400), max_size=6))
@example(["\ud83d", "\ude00", "\ud83d"], False, [])
@example(["a\u2028b\u2029c\u0085d\x7f\x0b\x0c\x1c"], False, [])
def test_any_words_arrive(words: list[str], ascii_only: bool, places: list[int]) -> None:
    """Whatever JavaScript can say in whatever pieces, escaped or raw: it arrives, halves of pairs replaced."""
    body = START + b"".join(line("0", word, ascii_only=ascii_only) for word in words) + end()
    events = decoded(*cut(body, [min(place, len(body)) for place in places]))
    assert "".join(texts(events)) == whole_text("".join(words))
    assert events[-1] == STOPPED
    assert all(texts(events))


LINES = st.lists(
    st.sampled_from(
        ['0:"', '"', "\\", "\\n", ",", " ", "a", ":", "0:", "\\ud83d", "\\ude00", "3:", "d:{}", "é"]
    ).map(str.encode)
    | st.sampled_from([b'"\n', b'"\n0:"', b"\n", b'"\n3:"x"\n', b"\xff"]),
    max_size=14,
).map(b"".join)
"""Lines right and wrong, with all that could blur their borders."""


ENDS = st.sampled_from([
    b'd:{"finishReason":"stop","usage":{"promptTokens":3,"completionTokens":4}}\n',
    b'e:{}\nd:{"finishReason":"length","usage":{"promptTokens":3,"completionTokens":4},"new":[1]}\n',
    b'd:{"usage":{"promptTokens":3,"completionTokens":4,"reasoningTokens":2},"finishReason":"stop"}\n',
    b'd:{"finishReason":"error","usage":{"promptTokens":3,"completionTokens":4}}\n',
    b'd:{"finishReason":"odd","usage":{"promptTokens":3,"completionTokens":-4}}\n',
    b'd:{"finishReason":"stop","usage":{"promptTokens":true,"completionTokens":1e3}}\n',
    b'd:{"finishReason":null,"usage":null}\n', b"d:{}\r\n", b'f:{}\n0:"a"\nd:{}\n', b"d:\xff}\n", b"d:{}", b"f:{}\n",
])  # fmt: skip
"""Ends of answers, usual and not."""


@given(st.lists(LINES | LINES.map(lambda lines: b'0:"' + lines + b'"\n') | ENDS, max_size=3))
@example([b'f:{}\n0:"a"\ne:{}\nd:{"finishReason":"stop","usage":{"promptTokens":3,"completionTokens":4}}\n'])
@example([b'0:"\n0:", "x"\n'])
@example([b'0:"a", "\n0:", "b"\n'])
@example([b'0:"a\\"\n0:"b"\n'])
@example([b'0:"\\ud83d"\n', b'0:"\\ude00"\n0:"a"\n'])
def test_the_fast_path_is_the_slow_path(reads: list[bytes]) -> None:
    """Texts and a usual end are decoded at once: no event differs from taking them byte by byte."""
    body = b"".join(reads)
    assert decoded(*reads) == decoded(body) == decoded(*cut(body, range(len(body))))


def test_each_line_is_a_delta() -> None:
    """Many lines in one read are many deltas, and one line in many reads is one."""
    body = START + line("0", "Hello") + line("0", ' "wor\nld"') + end()
    assert decoded(body) == [TextDelta("Hello"), TextDelta(' "wor\nld"'), STOPPED]
    assert decoded(*cut(body, range(len(body)))) == decoded(body)


@pytest.mark.parametrize("ending", ["\r\n", "\n", "\n\n", "\r\n\r\n"])
def test_line_ends(ending: str) -> None:
    """A proxy that rewrites line ends, or adds empty lines, changes nothing."""
    body = (START + line("0", "Hi") + end()).replace(b"\n", ending.encode())
    assert decoded(body) == [TextDelta("Hi"), STOPPED]


def test_a_half_that_waits_is_told_at_the_end() -> None:
    """Half an emoji before the end, an error or a cut is a replacement character, and comes before it."""
    half = line("0", "a\ud83d")
    assert decoded(half, end()) == [TextDelta("a"), TextDelta("\ufffd"), STOPPED]
    assert texts(decoded(half, line("3", "terminated"))) == ["a", "\ufffd"]
    assert texts(decoded(half)) == ["a", "\ufffd"]
    assert texts(decoded(half, line("e", {}), line("0", "\ude00b"), end())) == ["a", "😀b"]


def test_replacement_characters_pass() -> None:
    """Characters that the app's own proxy has spoilt cannot be repaired, and are no fault of the line."""
    assert texts(decoded(line("0", "日\ufffd\ufffd\ufffd語😀 done"), end())) == [
        "日\ufffd\ufffd\ufffd語😀 done"
    ]


def test_text_may_look_like_anything() -> None:
    """Lines, tags and ends inside a text are text."""
    said = '0:"fake"\ne:{"finishReason":"stop"}\nd:{}\n</think><image_generation> jobId=\'1\' data: [DONE]'
    assert decoded(line("0", said), end()) == [TextDelta(said), STOPPED]


def test_two_megabytes_arrive() -> None:
    """In one line or in many, in reads of 64 KB, without keeping more than a line."""
    word = "0123456789abcde "
    one = START + line("0", word * 131_072) + end()
    assert decoded(*cut(one, range(0, len(one), 65_536))) == [TextDelta(word * 131_072), STOPPED]
    many = START + line("0", word * 64) * 2_048 + end()
    stream = DataStream()
    tracemalloc.start()
    count = sum(len(stream.decode(piece)) for piece in cut(many, range(0, len(many), 65_536)))
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 2_048 + 1
    assert kept < 200_000


def test_a_line_without_end_is_refused() -> None:
    """Memory is bounded, and what came before is not lost."""
    stream = DataStream()
    assert stream.decode(START + line("0", "Hi")) == [TextDelta("Hi")]
    events = stream.decode(b'0:"' + b"a" * MAX_LINE_BYTES)
    assert isinstance(failure(events), ProtocolError)
    assert stream.decode(b"a") == stream.flush() == []


# -- thoughts and other codes


def test_thoughts_as_the_library_knows_them() -> None:
    """The app does not send them yet; when it does, they are thoughts."""
    body = line("g", "I ") + line("g", "") + line("j", {"signature": "c2ln"}) + line("0", "Hi") + end()
    assert decoded(body) == [ReasoningDelta("I "), TextDelta("Hi"), STOPPED]


@pytest.mark.parametrize("code", "124567abchijkfqz89")
@pytest.mark.parametrize("payload", [{}, [{"status": 1}], "text", None])
def test_other_codes_are_passed_over(code: str, payload: object) -> None:
    """Data, sources, files, tool calls, legacy and unknown codes are nothing a client could be shown."""
    assert decoded(line("0", "a") + line(code, payload) + line("0", "b") + end()) == [
        TextDelta("a"),
        TextDelta("b"),
        STOPPED,
    ]


def test_steps_that_continue() -> None:
    """The end of a step is not the end: only the last line is, and its usage counts once."""
    step = line("e", {"finishReason": "stop", "usage": {"promptTokens": 1, "completionTokens": 1}})
    assert decoded(line("0", "a") + step + START + line("0", "b") + end()) == [
        TextDelta("a"),
        TextDelta("b"),
        STOPPED,
    ]


# -- ends


@pytest.mark.parametrize(
    ("reason", "usage", "finish"),
    [
        ("stop", (11, 7), Finish(FinishReason.STOP, Usage(11, 7))),
        ("stop", None, Finish(FinishReason.STOP)),
        ("other", (11, 7), Finish(FinishReason.STOP, Usage(11, 7))),
        ("length", None, Finish(FinishReason.LENGTH)),
        ("content-filter", (1, 0), Finish(FinishReason.CONTENT_FILTER, Usage(1, 0))),
        ("tool-calls", None, Finish(FinishReason.TOOL_CALLS)),
        ("unknown", (11, 7), Finish(FinishReason.STOP, Usage(11, 7))),
        ("unknown", None, Finish(FinishReason.LENGTH)),
        ("eos_token", None, Finish(FinishReason.LENGTH)),
        (None, (11, 7), Finish(FinishReason.STOP, Usage(11, 7))),
        (None, None, Finish(FinishReason.LENGTH)),
        ({"weird": 1}, None, Finish(FinishReason.LENGTH)),
        ("stop", (0, 0), Finish(FinishReason.STOP, Usage(0, 0))),
        ("stop", (11.0, 7.9), Finish(FinishReason.STOP, Usage(11, 7))),
        ("stop", (11, None), Finish(FinishReason.STOP)),
        ("stop", (-1, 7), Finish(FinishReason.STOP)),
        ("stop", ("11", "7"), Finish(FinishReason.STOP)),
        ("stop", (True, 7), Finish(FinishReason.STOP)),
        ("stop", (10**30, 7), Finish(FinishReason.STOP)),
    ],
)
def test_reasons_and_usage(reason: object, usage: object, finish: Finish) -> None:
    """The library's reasons in our words; an end nobody gives a reason for is honest about a possible cut."""
    assert decoded(START + line("0", "a") + end(reason, usage)) == [TextDelta("a"), finish]


@pytest.mark.parametrize(
    "payload", [{}, {"usage": None}, {"finishReason": "stop"}, {"finishReason": "stop", "usage": 1}]
)
def test_an_end_may_lack_its_figures(payload: dict[str, Any]) -> None:
    """Missing usage is missing, not zero."""
    (finish,) = decoded(line("d", payload))
    assert isinstance(finish, Finish)
    assert finish.usage is None


@pytest.mark.parametrize("payload", [None, [], "stop", 1])
def test_an_end_that_is_none_is_a_fault(payload: object) -> None:
    """An end whose content is of another kind does not complete an answer."""
    assert isinstance(failure(decoded(line("d", payload))), ProtocolError)


def test_an_answer_that_failed_inside_is_no_complete_one() -> None:
    """The reason ``error`` is a failure, also where no error line came before it."""
    assert failure(decoded(START + line("0", "a") + end("error", None))) == UpstreamError(
        "the model failed inside Akash, which does not say why"
    )


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\n",
        START,
        START + line("0", "a"),
        START + line("0", "a") + line("e", {"finishReason": "stop"}),
        START + line("0", "a") + b'0:"stops in mid',
        START + line("0", "a") + b"0",
        START + line("0", "a") + b'd:{"finishReason":"sto',
        START + b'0:"torn \xf0\x9f',
    ],
)
def test_an_answer_that_stops_is_cut(body: bytes) -> None:
    """Without its last line no answer is complete, however properly the connection ended."""
    assert failure(decoded(body)) == AnswerCut("Akash's answer ended before it was complete")


CUT = Failure(AnswerCut("Akash's answer ended before it was complete"))


@pytest.mark.parametrize(
    ("rest", "events"),
    [
        (b'0:"b"', [TextDelta("b"), CUT]),
        (b'd:{"finishReason":"stop","usage":null}', [Finish(FinishReason.STOP)]),
        (b'3:"terminated"', [Failure(AnswerCut("the model's answer was cut off inside Akash"))]),
        (b"e:{}", [CUT]),
        (b"\r", [CUT]),
    ],
)
def test_a_last_line_needs_no_end(rest: bytes, events: list[Event]) -> None:
    """What came whole is taken, also without its newline."""
    assert decoded(START + line("0", "a") + rest) == [TextDelta("a"), *events]


# -- errors


@pytest.mark.parametrize("before", [b"", START, START + line("0", "Half an ")])
@pytest.mark.parametrize("after", [b"", end("error", None), line("0", "After.") + end(), line("3", "again")])
def test_an_error_ends_the_answer(before: bytes, after: bytes) -> None:
    """First, in the middle or at the end, followed by whatever: it is told once, and nothing after it."""
    events = decoded(before + line("3", "[object Object]") + after)
    assert failure(events) == UpstreamError("the model failed inside Akash, which does not say why")
    assert texts(events) == (["Half an "] if b"Half" in before else [])


def test_an_error_can_be_shown() -> None:
    """Halves of pairs, line breaks and secrets in its text do not reach the caller."""
    error = failure(decoded(line("3", "bad\n \ud83d key=sk-abc123 session_token=00ff")))
    assert error.message == "Akash: bad \ufffd key=… session_token=…"


@pytest.mark.parametrize("payload", [None, {}, 1, ["x"]])
def test_an_error_that_is_no_text_is_a_failure_too(payload: object) -> None:
    """An answer never goes on behind an error line."""
    events = decoded(line("3", payload) + line("0", "a") + end())
    assert len(events) == 1
    assert isinstance(failure(events), ProtocolError)


# -- what is not the protocol


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"<!DOCTYPE html>\n<html>", "Akash answered with a web page instead of a stream"),
        (b"  <html>\n", "Akash answered with a web page instead of a stream"),
        (b'data: {"type":"start"}\n\n', "a newer stream format"),
        (b"event: x\ndata: {}\n\n", "a newer stream format"),
        (b'{"error":"x"}\n', 'a line that is not its protocol: {"error":"x"}'),
        (b"upstream connect error\n", "a line that is not its protocol: upstream connect error"),
        (b"00:1\n", "a line that is not its protocol: 00:1"),
        (b'0:"broken \\x escape"\n', "a line that is not its protocol"),
        (b'0:"no end\n', "a line that is not its protocol"),
        (b"0:1\n", "a line that is not its protocol: 0:1"),
        (b"0:null\n", "a line that is not its protocol: 0:null"),
        (b"g:{}\n", "a line that is not its protocol: g:{}"),
        (b"0:" + b"[" * 100_000 + b"\n", "a line that is not its protocol"),
        (b"\x1f\x8b\x08\x00\n", "a line that is not its protocol"),
    ],
)
def test_what_is_not_the_protocol_is_told(body: bytes, words: str) -> None:
    """What came instead is named, as far as is fit to be shown; nothing behind it is believed."""
    events = decoded(START + line("0", "a") + body + line("0", "b") + end())
    assert texts(events) == ["a"]
    error = failure(events)
    assert isinstance(error, ProtocolError)
    assert words in error.message
    assert len(error.message) < 700


def test_bytes_that_are_no_utf_8_cost_a_character() -> None:
    """A character torn by a proxy does not end the answer."""
    assert decoded(b'0:"a\xf0\x9f b"\n' + end()) == [TextDelta("a\ufffd b"), STOPPED]


# -- what is strange


def strange(body: bytes) -> dict[Strangeness, str]:
    """What a reply's decoder noticed, whole and byte by byte."""
    noticed = []
    for pieces in ([body], cut(body, range(len(body)))):
        stream = DataStream()
        for piece in pieces:
            stream.decode(piece)
        stream.flush()
        noticed.append(stream.strange.kinds if stream.strange else {})
    assert noticed[0] == noticed[1]
    return noticed[0]


@pytest.mark.parametrize("code", "lmnopqrstuvwxyz")
def test_an_unknown_code_is_noticed(code: str) -> None:
    """The answer goes on, and so does what is kept of it."""
    body = START + line("0", "a") + line(code, {"x": 1}) + line("0", "b") + end()
    assert strange(body) == {Strangeness.UNKNOWN_CODE: f"code {code}"}
    stream = DataStream()
    stream.decode(body)
    assert stream.strange is not None
    assert stream.strange.body(Strangeness.UNKNOWN_CODE).startswith(line(code, {"x": 1}) + line("0", "b"))


@pytest.mark.parametrize("code", "fijkh28bc9a14567")
def test_known_codes_are_not_strange(code: str) -> None:
    """Nor is anything else that the app was seen to send."""
    assert strange(START + line(code, {}) + line("0", "a") + end()) == {}
    assert strange(START + line("0", "a")) == {}
    assert strange(START + line("0", "a") + b"d:{") == {}


@pytest.mark.parametrize("torn", [b'0:"b', b"d:{"])
def test_a_cut_after_something_strange_is_no_stranger(torn: bytes) -> None:
    """A line that was torn is none that is broken."""
    body = START + line("z", {}) + line("0", "a") + torn
    assert strange(body) == {Strangeness.UNKNOWN_CODE: "code z"}


@pytest.mark.parametrize("reason", ["bananas", "", None, 7])
def test_a_new_reason_to_end_is_strange(reason: Any) -> None:
    """It is taken for what it may be, and told."""
    body = START + line("0", "a") + line("d", {"finishReason": reason})
    assert list(strange(body)) == [Strangeness.UNKNOWN_END]
    assert list(strange(START + line("0", "a") + line("d", {"reason": "stop"}))) == [Strangeness.UNKNOWN_END]


@pytest.mark.parametrize(
    "reason", ["stop", "length", "content-filter", "tool-calls", "other", "unknown", "error"]
)
def test_a_known_reason_to_end_is_not(reason: str) -> None:
    """Whatever it means."""
    assert strange(START + line("0", "a") + line("d", {"finishReason": reason})) == {}


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"<!DOCTYPE html>\n", Strangeness.WEB_PAGE),
        (b"<!DOCTYPE html>", Strangeness.WEB_PAGE),
        (b'{"error":"x"}', Strangeness.BROKEN_LINE),
        (b'0:"broken \\x escape"\n', Strangeness.BROKEN_LINE),
        (b"data: {}\n", Strangeness.BROKEN_LINE),
        (b"d:[]\n", Strangeness.BROKEN_LINE),
    ],
)
def test_what_is_not_the_protocol_is_strange(body: bytes, kind: Strangeness) -> None:
    """And the line itself is kept."""
    assert list(strange(START + body)) == [kind]


def test_halves_belong_to_their_own_text() -> None:
    """Half an emoji of the text is not joined with half a one of the thoughts that come in between."""
    events = decoded(line("0", "a\ud83d") + line("g", "\ude00 hm") + line("0", "\ude00b") + end())
    assert "".join(texts(events)) == "a😀b"
    assert ReasoningDelta("\ufffd hm") in events
