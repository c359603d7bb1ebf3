"""Chat streams, read by the official client's own decoder and types."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.chat import ChatCompletionChunk

from akashchat.dialects.base import Encoder
from akashchat.dialects.chat import Chat
from akashchat.dialects.chat.reply import render_reply
from akashchat.dialects.chat.stream import (
    REASONING_FIELDS,
    ChatEncoder,
    ChatOptions,
    ChoicesEncoder,
    ReasoningForm,
)
from akashchat.dialects.pictures import markdown
from akashchat.errors import UpstreamError
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
    ToolCallStart,
    Usage,
)
from akashchat.model.reply import Fold
from akashchat.model.request import Request
from akashchat.wire import json, sse
from tests.support.answers import FINISHES, TEXTS, answers, several
from tests.support.dialects import STAMP
from tests.support.referee import chunks, frames, joined

FORMS = st.builds(
    ChatOptions,
    reasoning=st.sampled_from(get_args(ReasoningForm)),
    progress=st.sampled_from(["reasoning", "comment"]),
)
REQUESTS = st.builds(
    Request,
    model=TEXTS | st.just('""'),
    messages=st.just(()),
    stream=st.just(True),
    include_usage=st.booleans(),
    n=st.just(1),
)


def written(encoder: Encoder, events: list[Event]) -> bytes:
    """The whole stream of an answer."""
    return encoder.start() + b"".join(encoder.encode(event) for event in events)


def of_choice(stream: bytes, index: int) -> list[ChatCompletionChunk]:
    """The chunks of one answer among several."""
    return [chunk for chunk in chunks(stream) if chunk.choices and chunk.choices[0].index == index]


def check_end(stream: bytes, end: Event, request: Request) -> None:
    """A complete answer ends in ``[DONE]``, with usage before it where asked; a failed one in its error."""
    datas = [frame.data for frame in frames(stream)]
    if isinstance(end, Failure):
        assert "[DONE]" not in datas
        last = json_of(datas[-1])
        assert last["error"]["message"] == end.error.message
        assert last["error"]["code"] == end.error.code
        assert not any("error" in json_of(data) for data in datas[:-1])
        return
    assert datas.count("[DONE]") == 1
    assert datas[-1] == "[DONE]"
    usages = [chunk.usage for chunk in chunks(stream) if chunk.usage is not None]
    asked = request.include_usage and isinstance(end, Finish) and end.usage is not None
    assert len(usages) == asked
    if asked:
        assert json_of(datas[-2])["choices"] == []
        assert usages[0].prompt_tokens == end.usage.input_tokens
        assert usages[0].completion_tokens == end.usage.output_tokens
        details = usages[0].completion_tokens_details
        assert (details.reasoning_tokens if details else 0) == end.usage.reasoning_tokens
        assert usages[0].total_tokens == end.usage.input_tokens + end.usage.output_tokens


def json_of(data: str) -> dict:
    """One frame's data."""
    return json.decode_body(data.encode(), dict)


@given(answers(), REQUESTS, FORMS)
def test_a_stream_has_the_form_that_clients_expect(
    answer: list[Event], request: Request, options: ChatOptions
) -> None:
    """The role first and once, one id and one model, at most one finish, and an honest end."""
    stream = written(ChatEncoder(request, STAMP, options), answer)
    found = chunks(stream)
    assert {(chunk.id, chunk.created, chunk.model) for chunk in found} == {
        ("chatcmpl-0123abcd", 1_800_000_000, request.model)
    }
    spoken = [chunk.choices[0] for chunk in found if chunk.choices]
    assert [choice.delta.role for choice in spoken] == ["assistant"] + [None] * (len(spoken) - 1)
    reasons = [choice.finish_reason for choice in spoken if choice.finish_reason]
    end = answer[-1]
    assert reasons == ([end.reason.value] if isinstance(end, Finish) else [])
    if reasons:
        assert spoken[-1].finish_reason
    check_end(stream, end, request)


@given(answers(), REQUESTS, FORMS.filter(lambda options: options.reasoning != "tags"))
def test_the_official_client_puts_an_answer_together(
    answer: list[Event], request: Request, options: ChatOptions
) -> None:
    """What it joins from the deltas is what the fold of the same events holds."""
    message = joined(written(ChatEncoder(request, STAMP, options), answer)).current_completion_snapshot
    fold = Fold()
    fold.feed([*answer[:-1], Finish(FinishReason.STOP)])
    (reply,) = fold.replies().choices
    (choice,) = message.choices
    pictures = [markdown(event, STAMP) for event in answer if isinstance(event, ImageReady)]
    if not pictures:
        assert choice.message.content == reply.text
    assert choice.message.content == "".join(said(event) for event in answer)
    assert [
        (call.id, call.function.name, call.function.arguments) for call in choice.message.tool_calls or []
    ] == [(call.id, call.name, call.arguments) for call in reply.calls]
    thoughts = "".join(thought(event, options) for event in answer)
    for field in REASONING_FIELDS[options.reasoning]:
        assert (choice.message.model_extra or {}).get(field, "") == thoughts


def said(event: Event) -> str:
    """What a client shows of an event."""
    match event:
        case TextDelta(text):
            return text
        case ImageReady():
            return markdown(event, STAMP)
        case _:
            return ""


def thought(event: Event, options: ChatOptions) -> str:
    """What a client shows of an event where it shows thoughts."""
    match event:
        case ReasoningDelta(text):
            return text
        case Progress(message) if options.progress == "reasoning":
            return message + "\n"
        case _:
            return ""


@given(TEXTS, REQUESTS, st.integers(0, 3), st.booleans())
def test_the_fast_path_is_the_slow_path(text: str, request: Request, index: int, alone: bool) -> None:
    """A text delta is spliced into a chunk that was written before: no byte differs from writing it anew."""
    encoder = ChatEncoder(request, STAMP, ChatOptions(), index=index, alone=alone)
    assert encoder.encode(TextDelta(text)) == encoder._chunk({"content": text})
    assert encoder.encode(ReasoningDelta(text)) == encoder._chunk({"reasoning_content": text})


BORDERS = st.text(st.sampled_from('",\\a'), max_size=4)
"""Texts that could be taken for what stands between two."""


@given(st.lists(TEXTS | BORDERS, min_size=1), REQUESTS, st.booleans())
def test_texts_at_once_are_texts_one_by_one(texts: list[str], request: Request, thought: bool) -> None:
    """Whatever their borders look like, and whatever stands between them."""
    encoder = ChatEncoder(request, STAMP, ChatOptions())
    events: list[Event] = [TextDelta(text) for text in texts]
    if thought:
        events.insert(len(events) // 2, ReasoningDelta("hm"))
    assert encoder.encode_all(events) == b"".join(encoder.encode(event) for event in events)


@given(st.lists(TEXTS.filter(bool), min_size=1), st.lists(TEXTS), FINISHES)
def test_thoughts_in_tags_stand_where_a_whole_reply_has_them(
    thoughts: list[str], texts: list[str], finish: Finish
) -> None:
    """With thoughts left in the text, the joined deltas are the content of the same answer not streamed."""
    options = ChatOptions(reasoning="tags")
    request = Request(model="m", messages=())
    answer = [*[ReasoningDelta(text) for text in thoughts], *[TextDelta(text) for text in texts], finish]
    streamed = joined(written(ChatEncoder(request, STAMP, options), answer)).current_completion_snapshot
    fold = Fold()
    fold.feed(answer)
    whole = json_of(render_reply(fold.replies(), request, STAMP, options).decode())
    assert streamed.choices[0].message.content == whole["choices"][0]["message"]["content"]


def test_tags_close_before_anything_else_comes() -> None:
    """Thoughts in tags end before text, a call, a picture, a finish or an error, but not for progress."""
    for event in (
        TextDelta("x"),
        ToolCallStart("1", "f"),
        Finish(FinishReason.STOP),
        Failure(UpstreamError("?")),
    ):
        encoder = ChatEncoder(Request(model="m", messages=()), STAMP, ChatOptions(reasoning="tags"))
        opened = chunks(encoder.encode(ReasoningDelta("hm")))
        assert [chunk.choices[0].delta.content for chunk in opened] == ["<think>\nhm"]
        assert encoder.encode(Progress("drawing")) == b": drawing\n\n"
        assert chunks(encoder.encode(event))[0].choices[0].delta.content == "\n</think>\n\n"


@given(several(3), REQUESTS, FORMS)
def test_several_answers_share_a_stream(events: list[Event], request: Request, options: ChatOptions) -> None:
    """Each index has its own role, its own text and its own finish; usage and ``[DONE]`` come once."""
    merged = Request(model=request.model, messages=(), include_usage=request.include_usage, n=3)
    stream = written(ChoicesEncoder(merged, STAMP, options), events)
    for index in range(3):
        mine = [event.event for event in events if isinstance(event, Choice) and event.index == index]
        spoken = [chunk.choices[0] for chunk in of_choice(stream, index)]
        assert [choice.delta.role for choice in spoken] == ["assistant"] + [None] * (len(spoken) - 1)
        reasons = [choice.finish_reason for choice in spoken if choice.finish_reason]
        assert reasons == [event.reason.value for event in mine if isinstance(event, Finish)]
        if options.reasoning != "tags":
            content = "".join(choice.delta.content or "" for choice in spoken)
            assert content == "".join(said(event) for event in mine)
    check_end(stream, events[-1], merged)


@pytest.mark.parametrize(("n", "kind"), [(1, ChatEncoder), (2, ChoicesEncoder)])
def test_the_dialect_chooses_the_encoder(n: int, kind: type) -> None:
    """One answer and several are written by different encoders; both keep silent connections awake."""
    encoder = Chat(ChatOptions()).encoder(Request(model="m", messages=(), n=n), STAMP)
    assert isinstance(encoder, kind)
    assert encoder.ping() == sse.PING
    assert frames(encoder.ping()) == []


@given(TEXTS)
def test_progress_in_comments_is_no_event(message: str) -> None:
    """Whatever an upstream says of a picture's progress stays within its comment."""
    encoder = ChatEncoder(Request(model="m", messages=()), STAMP, ChatOptions(progress="comment"))
    assert frames(encoder.encode(Progress(message))) == []
    events = [Progress(message), TextDelta("x"), Finish(FinishReason.STOP, Usage(1, 1))]
    assert joined(written(encoder, events)).current_completion_snapshot.choices[0].message.content == "x"


def test_progress_beside_several_answers_is_told_with_the_first() -> None:
    """Progress that belongs to no answer in particular is shown with the first."""
    encoder = ChoicesEncoder(Request(model="m", messages=(), n=2), STAMP, ChatOptions())
    (chunk,) = chunks(encoder.encode(Progress("drawing")))
    assert chunk.choices[0].index == 0
    assert chunk.choices[0].delta.model_extra == {"reasoning_content": "drawing\n"}
