"""The decoder of Chat Completions' streams, on what many servers send and on what none should."""

import json
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from openai.lib.streaming.chat import ChatCompletionStreamState
from openai.types.chat import ChatCompletionChunk

from akashchat.dialects.chat.stream import ChatEncoder, ChatOptions
from akashchat.errors import (
    AnswerCut,
    ContextLengthExceeded,
    GatewayError,
    ProtocolError,
    RateLimited,
    UpstreamError,
    UpstreamUnavailable,
)
from akashchat.model.events import (
    Event,
    Finish,
    FinishReason,
    Progress,
    ReasoningDelta,
    TextDelta,
    ToolCallDelta,
    ToolCallStart,
    Usage,
)
from akashchat.model.request import Request
from akashchat.upstreams.openai.answer import Answer
from akashchat.upstreams.openai.plain import Plain
from akashchat.wire.lines import MAX_LINE_BYTES
from tests.support.answers import FINISHES, answers, cut
from tests.support.dialects import STAMP
from tests.support.keyed import call, chunk, finish, frames, text, usage
from tests.upstreams.openai.decoding import EXCHANGE, ChatStream, calls, decoded, failure, said, thought

STOPPED = Finish(FinishReason.STOP, Usage(11, 7))
WHOLE = frames(
    chunk({"role": "assistant", "content": ""}),
    chunk({"reasoning_content": "Hm 🤔. "}),
    text("Grüße 👋"),
    text(" und\u2028mehr"),
    call(id="call_9", name="weather", arguments=""),
    call(arguments='{"city": "Wien'),
    call(arguments='"}'),
    finish("tool_calls"),
    usage(),
)
EVENTS: list[Event] = [
    ReasoningDelta("Hm 🤔. "),
    TextDelta("Grüße 👋"),
    TextDelta(" und\u2028mehr"),
    ToolCallStart("call_9", "weather"),
    ToolCallDelta("call_9", '{"city": "Wien'),
    ToolCallDelta("call_9", '"}'),
    Finish(FinishReason.TOOL_CALLS, Usage(11, 7)),
]


# -- four ways


def test_a_whole_answer() -> None:
    """Thoughts, text, a call, a reason and usage."""
    assert decoded(WHOLE) == EVENTS


def test_byte_by_byte() -> None:
    """However it is torn, it is the same."""
    assert decoded(*[WHOLE[i : i + 1] for i in range(len(WHOLE))]) == EVENTS


@given(st.lists(st.integers(0, len(WHOLE)), max_size=12))
def test_any_split(places: list[int]) -> None:
    """Also within a character, and between the two bytes of a line's end."""
    assert decoded(*cut(WHOLE, places)) == EVENTS
    crlf = WHOLE.replace(b"\n", b"\r\n")
    assert decoded(*cut(crlf, places)) == EVENTS


_SCRAPS = st.sampled_from([
    b"data: ", b"data:", b"event: error\n", b": ping\n", b"\n\n", b"\r\n", b"[DONE]", b"\xef\xbb\xbf", b"\xff", b"{",
    b'{"choices":[{"delta":{"content":"a"}}]}', b'{"choices":[{"finish_reason":"stop"}]}', b'{"error":"x"}', b"null",
    b'{"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"name":"f","arguments":"{"}}]}}]}',
    b'{"choices":[{"delta":{"tool_calls":[{"id":"a","function":{"arguments":"}"}},{"index":1}]}}]}', b"[[[",
    b"}", b'"\\ud83d"',
])  # fmt: skip
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(), max_size=4) | st.just("stop"),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from([
            "choices", "delta", "message", "content", "reasoning", "tool_calls", "index", "id", "function", "name",
            "arguments", "finish_reason", "usage", "prompt_tokens", "completion_tokens", "error", "code", "type",
        ]),
        inner,
        max_size=4,
    ),
    max_leaves=20,
)  # fmt: skip


@given(st.lists(_SCRAPS | st.binary(max_size=8), max_size=30))
def test_garbage(pieces: list[bytes]) -> None:
    """Events or a failure, and never anything else."""
    decoded(*pieces)


@given(st.lists(_VALUES, max_size=5))
@example(
    [{"choices": [{"delta": {"tool_calls": [{"function": {"name": "f", "arguments": {"\ud800": 1}}}]}}]}]
)
@example([{"error": {"message": "\ud800", "code": 429, "param": "\udfff"}}])
def test_wrong_types(values: list[Any]) -> None:
    """JSON of any shape is an answer or a failure."""
    decoded(frames(*values))


@given(answers(images=False, ends=FINISHES))
def test_what_we_write_ourselves_is_read_again(events: list[Any]) -> None:
    """Two codecs that were written apart agree on the protocol."""
    events = [event for event in events if not isinstance(event, Progress)]
    assume(all(name for _, name, _ in calls(events)))
    request = Request(model="m", messages=(), stream=True, include_usage=True)
    encoder = ChatEncoder(request, STAMP, ChatOptions())
    wire = b"".join([encoder.start(), *map(encoder.encode, events)])
    read = decoded(wire)
    assert said(read) == said(events)
    assert thought(read) == thought(events)
    asked, answered = (
        [(name, text.strip() or "{}") for _, name, text in calls(one)] for one in (events, read)
    )
    assert asked == answered


def test_the_official_client_reads_the_same() -> None:
    """What OpenAI's package makes of the stream is what the decoder makes of it."""
    state = ChatCompletionStreamState()
    for frame in WHOLE.decode().split("\n\n"):
        data = frame.removeprefix("data: ")
        if data and data != "[DONE]":
            list(state.handle_chunk(ChatCompletionChunk.model_validate_json(data)))
    (choice,) = state.get_final_completion().choices
    events = decoded(WHOLE)
    assert choice.message.content == said(events)
    (theirs,) = choice.message.tool_calls or []
    assert [(theirs.id, theirs.function.name, theirs.function.arguments)] == calls(events)
    assert choice.finish_reason == "tool_calls"


# -- the fast path

_BORDERS = st.sampled_from([
    {}, {"usage": None}, {"obfuscation": "x"}, {"choices": []}, {"system_fingerprint": '"content": "no"'},
])  # fmt: skip
_DELTAS = st.fixed_dictionaries(
    {
        "content": st.text(st.characters(exclude_categories=["Cs"]), max_size=4)
        | st.sampled_from(['"', "\\", '","a":"', "}"])
    },
    optional={
        "role": st.just("assistant"),
        "reasoning_content": st.sampled_from(["", "hm"]),
        "refusal": st.sampled_from([None, "no"]),
        "tool_calls": st.just(
            [{"index": 0, "id": "a", "function": {"name": "f", "arguments": '{"content": "x"}'}}]
        ),
    },
)
_CHUNKS = st.builds(
    lambda delta, border, reason: chunk(delta, finish_reason=reason, **border),
    _DELTAS,
    _BORDERS,
    st.sampled_from([None, None, None, "stop"]),
)


@given(st.lists(_CHUNKS, max_size=8), st.booleans())
def test_frames_read_by_their_borders_are_read_right(chunks: list[Any], raw: bool) -> None:
    """The fast path gives what the slow one gives, whatever comes between frames of plain text."""
    sent = [json.dumps(one, ensure_ascii=not raw).encode() for one in chunks]
    slow = Answer(EXCHANGE)
    expected: list[Event] = []
    for data in sent:
        if not slow.over:
            slow.take(json.loads(data), expected)
    slow.end(expected)
    assert decoded(*[b"data: " + data + b"\n\n" for data in sent]) == expected


def test_plain_text_is_read_by_its_borders() -> None:
    """Once a frame has shown them."""
    plain = Plain(lambda data: json.loads(data)["choices"][0]["delta"]["content"])
    first, second = (frames(text(said_), done=False)[6:-2] for said_ in ("a", 'b"\\\n😀'))
    assert plain.text(first) is None
    plain.learn(first)
    assert (plain.text(first), plain.text(second)) == ("a", 'b"\\\n😀')
    assert plain.text(first.replace(b"chatcmpl-1", b"chatcmpl-2")) is None
    assert plain.text(first.replace(b'"a"', b'"a", "refusal": "no"')) is None


# -- framing


@pytest.mark.parametrize(
    "wire",
    [
        b": OPENROUTER PROCESSING\n\n" + frames(text("Hi"), finish(), usage()),
        b"\xef\xbb\xbf" + frames(text("Hi"), finish(), usage()),
        frames(text("Hi"), finish(), usage()).replace(b"data: ", b"data:"),
        frames(text("Hi"), finish(), usage()).replace(b"data: ", b"event: message\nid: 1\nretry: 3\ndata: "),
        frames(text("Hi"), finish(), usage()).replace(b", ", b",\ndata: "),
        frames(text("Hi"), finish()) + b"data: more\n\n",
        b"data:\n\n\n\n" + frames(text("Hi"), finish(), usage(), done=False),
        frames(text("Hi"), finish(), usage(), done=False).rstrip(b"\n"),
    ],
    ids=["comments", "BOM", "no space", "other fields", "many lines", "more behind", "blank", "no last line"],
)
def test_the_framing_that_the_standard_allows(wire: bytes) -> None:
    """Comments, names, many lines of data, and what comes behind the end."""
    events = decoded(wire)
    assert said(events) == "Hi"
    assert isinstance(events[-1], Finish)


def test_a_line_of_a_megabyte() -> None:
    """Nothing is too long but what nobody could mean."""
    assert said(decoded(frames(text("x" * 2**20), finish()))) == "x" * 2**20
    assert isinstance(failure(decoded(b"data: " + b"x" * (MAX_LINE_BYTES + 1))), ProtocolError)


@pytest.mark.parametrize("halves", [(r"\ud83d", r"\ude00"), (r"a\ud83d", r"\ude00b")])
def test_a_character_cut_in_two_by_javascript(halves: tuple[str, str]) -> None:
    """Halves of a pair in two chunks are one character."""
    wire = b"".join(
        [b'data: {"choices":[{"delta":{"content":"%s"}}]}\n\n' % half.encode() for half in halves]
    )
    assert "😀" in said(decoded(wire + frames(finish())))
    assert said(decoded(wire[: len(wire) // 2] + frames(finish()))).endswith("�")


# -- the end


@pytest.mark.parametrize(
    ("wire", "end"),
    [
        (frames(text("a"), finish(), usage()), STOPPED),
        (frames(text("a"), finish(), usage(), done=False), STOPPED),
        (frames(text("a"), finish(), done=False), Finish(FinishReason.STOP)),
        (frames(text("a"), finish()), Finish(FinishReason.STOP)),
        (frames(text("a"), {**finish(), "usage": usage()["usage"]}), STOPPED),
        (frames(text("a"), finish(), finish(), usage()), STOPPED),
        (frames({**text("a"), "usage": usage(11, 1)["usage"]}, finish(), usage()), STOPPED),
        (frames(text("a"), finish(), usage(0, 0)), Finish(FinishReason.STOP)),
        (frames(text("a"), finish("length")), Finish(FinishReason.LENGTH)),
        (frames(text("a"), finish("model_length")), Finish(FinishReason.LENGTH)),
        (frames(text("a"), finish("content_filter")), Finish(FinishReason.CONTENT_FILTER)),
        (frames(text("a"), finish("end_turn")), Finish(FinishReason.STOP)),
        (frames(text("a"), finish("tool_calls")), Finish(FinishReason.STOP)),
        (frames(text("a"), finish("never heard of")), Finish(FinishReason.LENGTH)),
        (frames(text("a"), finish("never heard of"), usage()), STOPPED),
    ],
)
def test_an_answer_is_complete_once_a_reason_was_given(wire: bytes, end: Finish) -> None:
    """With [DONE] or without; usage where it was told."""
    assert decoded(wire)[-1] == end


@pytest.mark.parametrize(
    "wire",
    [
        frames(text("a"), done=False),
        frames(text("a")),
        frames(),
        b"",
        frames(text("a"), usage()),
        frames(text("a"), done=False) + b'data: {"choices":[{"del',
        frames(text("a"), finish("abort")),
        frames(text("a"), finish("error")),
        frames(text("a"), finish("insufficient_system_resource")),
    ],
)
def test_an_answer_without_a_reason_was_cut(wire: bytes) -> None:
    """Also where [DONE] stands behind it, or usage."""
    assert isinstance(failure(decoded(wire)), AnswerCut)


def test_it_knows_when_only_the_end_is_missing() -> None:
    """A connection that is lost behind the reason takes nothing with it."""
    stream = ChatStream(EXCHANGE)
    stream.decode(frames(text("a"), done=False))
    assert not stream.complete
    stream.decode(frames(finish(), done=False))
    assert stream.complete
    assert stream.flush() == [Finish(FinishReason.STOP)]


# -- failures


@pytest.mark.parametrize(
    ("frame", "kind"),
    [
        ({"error": {"message": "boom"}}, UpstreamError),
        (
            {"error": {"message": "boom", "code": 502, "metadata": {"provider": "x"}}, "choices": []},
            UpstreamUnavailable,
        ),
        ({"error": {"message": "slow down", "code": "429"}}, RateLimited),
        ({"error": {"message": "slow down", "type": "rate_limit_error"}}, RateLimited),
        ({"error": "boom"}, UpstreamError),
        ({"object": "error", "message": "maximum context length is 5", "code": 400}, ContextLengthExceeded),
        (
            {"choices": [{"error": {"message": "x", "code": 503}, "finish_reason": "error"}]},
            UpstreamUnavailable,
        ),
    ],
)
def test_an_error_in_a_stream_is_a_failure(frame: Any, kind: type[GatewayError]) -> None:
    """By the same table as a refusal, and [DONE] behind it changes nothing."""
    events = decoded(frames(text("so far"), frame, finish()))
    assert said(events) == "so far"
    assert type(failure(events)) is kind


def test_an_event_named_error() -> None:
    """Some name the frame and leave the object bare."""
    events = decoded(b'event: error\ndata: {"message": "boom"}\n\n')
    assert failure(events) == UpstreamError("theirs: boom")


@pytest.mark.parametrize(
    "data", ["{", "<html>", '{"choices": [}', "5", "[]", "null", "[" * 10_000, '"' + "x" * 9]
)
def test_a_malformed_frame_is_a_failure(data: str) -> None:
    """What was said before it stays said."""
    events = decoded(frames(text("a"), done=False) + f"data: {data}\n\n".encode() + frames(finish()))
    assert said(events) == "a"
    assert isinstance(failure(events), ProtocolError)


def test_failures_hold_no_secret() -> None:
    """The key does not come back, whatever the upstream repeats."""
    wire = frames({"error": {"message": "bad key hush-hush", "code": 500}})
    assert "hush" not in failure(decoded(wire)).message
    assert "hush" not in failure(decoded(b"data: {hush-hush\n\n")).message


# -- what a delta may hold


@pytest.mark.parametrize(
    "delta",
    [
        {"reasoning_content": "why", "content": "so"},
        {"reasoning": "why", "content": "so"},
        {"reasoning": "why", "reasoning_content": "why", "content": "so"},
        {
            "content": [
                {"type": "thinking", "thinking": [{"type": "text", "text": "why"}]},
                {"type": "text", "text": "so"},
            ]
        },
        {"reasoning": "why", "reasoning_details": [{"text": "why"}], "content": None, "refusal": "so"},
    ],
)
def test_thoughts_by_any_of_their_names(delta: Any) -> None:
    """DeepSeek's, OpenRouter's and vLLM's, Mistral's; those sent twice are told once."""
    events = decoded(frames(chunk(delta), finish()))
    assert (thought(events), said(events)) == ("why", "so")


def test_other_choices_are_not_ours() -> None:
    """One answer was asked for; what is numbered otherwise belongs to none."""
    other = chunk(
        choices=[{"index": 1, "delta": {"content": "no"}}, {"index": 0, "delta": {"content": "yes"}}]
    )
    assert said(decoded(frames(other, finish()))) == "yes"


def test_a_message_for_a_delta() -> None:
    """Who only pretends to stream sends the whole message in a chunk."""
    whole = chunk(choices=[{"index": 0, "message": {"content": "all"}, "finish_reason": "stop"}])
    assert said(decoded(frames(whole))) == "all"


def test_freeform_calls_are_unwrapped() -> None:
    """The text that a freeform tool takes, from the function that stood for it."""
    wire = frames(
        call(id="c1", name="patch", arguments='{"inp'), call(arguments='ut": "*** Begin\\n"}'), finish()
    )
    assert calls(decoded(wire)) == [("c1", "patch", "*** Begin\n")]
