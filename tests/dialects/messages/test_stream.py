"""Messages streams, read by the official client's own decoder, types and accumulator."""

import pytest
from anthropic.types import Message
from hypothesis import given
from hypothesis import strategies as st

from akashchat.dialects.messages import Messages
from akashchat.dialects.messages.stream import MessagesEncoder
from akashchat.dialects.pictures import markdown
from akashchat.errors import InvalidToolCall, UpstreamError
from akashchat.model.events import (
    Choice,
    Event,
    Failure,
    Finish,
    FinishReason,
    ImageReady,
    Progress,
    ReasoningDelta,
    Single,
    TextDelta,
    ToolCallDelta,
    ToolCallStart,
    Usage,
)
from akashchat.model.reply import Fold
from akashchat.model.request import Request
from tests.support.answers import FINISHES, TEXTS, answers
from tests.support.anthropics import blocks, called, check_order, frames, joined, said, told
from tests.support.dialects import STAMP

REQUESTS = st.builds(
    Request,
    model=TEXTS | st.just('""'),
    messages=st.just(()),
    max_tokens=st.just(9),
    stream=st.just(True),
    thoughts=st.sampled_from(["shown", "omitted", "hidden"]),
)
SHOWN = Request(model="m", messages=(), thoughts="shown")


def written(events: list[Single], request: Request = SHOWN) -> bytes:
    """The whole stream of an answer."""
    encoder = Messages().encoder(request, STAMP)
    return encoder.start() + b"".join(encoder.encode(event) for event in events)


def whole(events: list[Single], request: Request = SHOWN) -> Message:
    """The same answer, not streamed."""
    fold = Fold()
    fold.feed(events)
    return Message.model_validate_json(Messages().render_reply(fold.replies(), request, STAMP), strict=True)


@given(answers(), REQUESTS)
def test_whatever_an_answer_holds_the_order_is_right(answer: list[Single], request: Request) -> None:
    """One message, one open block at most, and an end that tells what happened."""
    stream = written(answer, request)
    check_order(stream)
    if isinstance(answer[-1], Failure):
        assert frames(stream)[-1].event == "error"


@given(called(), REQUESTS)
def test_a_stream_is_the_whole_reply(answer: list[Single], request: Request) -> None:
    """What the official client puts together is what is answered to who does not stream."""
    stream = written(answer, request)
    check_order(stream)
    end = answer[-1]
    if isinstance(end, Failure):
        last = frames(stream)[-1].json()
        assert end.error.message in last["error"]["message"]
        return
    found, reply = joined(stream), whole(answer, request)
    assert blocks(found) == blocks(reply)
    ends = ("id", "model", "role", "type", "stop_reason", "stop_sequence", "stop_details")
    assert [getattr(found, end) for end in ends] == [getattr(reply, end) for end in ends]
    used = ("input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
    assert [getattr(found.usage, name) for name in used] == [getattr(reply.usage, name) for name in used]


@given(called())
def test_blocks_stand_in_the_order_of_the_answer(answer: list[Single]) -> None:
    """Text that follows a call has a block of its own behind it."""
    kinds: list[str] = []
    for event in answer:
        match event:
            case TextDelta(text) if text:
                kind = "text"
            case ImageReady():
                kind = "text"
            case ReasoningDelta(text) if text:
                kind = "thinking"
            case ToolCallStart():
                kind = "tool_use"
            case _:
                continue
        if kind == "tool_use" or kinds[-1:] != [kind]:
            kinds.append(kind)
    starts = [event for event in told(written(answer)) if event.type == "content_block_start"]
    assert [start.content_block.type for start in starts] == kinds


@given(TEXTS, REQUESTS, st.integers(0, 3))
def test_the_fast_path_is_the_slow_path(text: str, request: Request, before: int) -> None:
    """A text delta is spliced into an event that was written before: no byte differs from writing it anew."""
    encoder = MessagesEncoder(request, STAMP)
    for number in range(before):
        encoder.encode(ToolCallStart(str(number), "f"))
    encoder.encode(TextDelta("x"))
    assert encoder.encode(TextDelta(text)) == encoder._encode(TextDelta(text))


@given(st.lists(TEXTS.filter(bool), min_size=1), FINISHES)
def test_thoughts_are_shown_as_they_were_asked_for(thoughts: list[str], finish: Finish) -> None:
    """Their text; that there were some; or nothing."""
    answer = [*map(ReasoningDelta, thoughts), TextDelta("x"), finish]
    seen = {}
    for wish in ("shown", "omitted", "hidden"):
        message = joined(written(answer, Request(model="m", messages=(), thoughts=wish)))
        seen[wish] = [block.thinking for block in message.content if block.type == "thinking"]
    assert seen == {"shown": ["".join(thoughts)], "omitted": [""], "hidden": []}


@pytest.mark.parametrize("arguments", ["[]", "{", "1", "null", '{"a": NaN}', "{} {}", "[" * 5000])
def test_a_call_without_an_object_is_an_error(arguments: str) -> None:
    """As the last event of the stream, with nothing behind it; and in place of the whole reply."""
    answer = [
        ToolCallStart("1", "f"),
        ToolCallDelta("1", arguments),
        TextDelta("and more"),
        ReasoningDelta("and more"),
        Finish(FinishReason.TOOL_CALLS),
    ]
    stream = written(answer)
    check_order(stream)
    assert frames(stream)[-1].json()["error"]["type"] == "api_error"
    with pytest.raises(InvalidToolCall):
        whole(answer)


def test_nothing_follows_a_failure() -> None:
    """Also where somebody goes on."""
    encoder = MessagesEncoder(SHOWN, STAMP)
    encoder.encode(TextDelta("x"))
    assert frames(encoder.encode(Failure(UpstreamError("no"))))[0].event == "error"
    events: list[Event] = [
        TextDelta("y"),
        Progress("z"),
        Finish(FinishReason.STOP),
        Failure(UpstreamError("no")),
    ]
    assert [encoder.encode(event) for event in events] == [b""] * 4


def test_a_sign_of_life_is_a_ping() -> None:
    """By its own name, as clients know it; also while a picture is made."""
    encoder = MessagesEncoder(SHOWN, STAMP)
    for sent in (encoder.ping(), encoder.encode(Progress("drawing"))):
        (frame,) = frames(sent)
        assert (frame.event, frame.json()) == ("ping", {"type": "ping"})


def test_a_picture_is_text() -> None:
    """In Markdown, as Messages have no pictures in answers."""
    picture = ImageReady("job_1_00001_.webp", "image/webp", "1", "a fox")
    answer: list[Single] = [picture, Finish(FinishReason.STOP, Usage(1, 2))]
    assert said(joined(written(answer)), "text", "text") == markdown(picture, STAMP)
    assert said(whole(answer), "text", "text") == markdown(picture, STAMP)


@pytest.mark.parametrize(
    ("finish", "reason", "sequence"),
    [
        (Finish(FinishReason.STOP), "end_turn", None),
        (Finish(FinishReason.STOP, stopped_by="END"), "stop_sequence", "END"),
        (Finish(FinishReason.LENGTH), "max_tokens", None),
        (Finish(FinishReason.TOOL_CALLS), "tool_use", None),
        (Finish(FinishReason.CONTENT_FILTER), "refusal", None),
    ],
)
def test_the_reason_is_in_anthropics_words(finish: Finish, reason: str, sequence: str | None) -> None:
    """And which stop sequence it was."""
    for message in (joined(written([finish])), whole([finish])):
        assert (message.stop_reason, message.stop_sequence) == (reason, sequence)


def test_several_answers_are_none() -> None:
    """Messages know one answer; nobody can ask for more."""
    with pytest.raises(TypeError):
        MessagesEncoder(SHOWN, STAMP).encode(Choice(0, TextDelta("x")))


def test_a_block_of_text_costs_no_memory() -> None:
    """Of what it wrote an encoder keeps only the arguments of the call that is open."""
    encoder = MessagesEncoder(SHOWN, STAMP)
    for number in range(3):
        encoder.encode(ToolCallStart(str(number), "f"))
        encoder.encode(ToolCallDelta(str(number), "{}"))
    assert encoder._arguments == ["{}"]
