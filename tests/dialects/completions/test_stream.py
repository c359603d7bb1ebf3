"""Completions, streamed and whole, read by the official client's own decoder and types."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types import Completion

from akashchat.dialects.chat.stream import REASONING_FIELDS, ChatOptions, ReasoningForm
from akashchat.dialects.completions import Completions
from akashchat.errors import GatewayError
from akashchat.model.events import Event, Failure, Finish, FinishReason, ReasoningDelta, TextDelta
from akashchat.model.reply import Fold
from akashchat.model.request import Message, Request, TextPart
from akashchat.wire import json
from tests.support.answers import TEXTS, answers, several
from tests.support.dialects import STAMP
from tests.support.referee import frames

FORMS = st.builds(ChatOptions, reasoning=st.sampled_from(get_args(ReasoningForm)))


def said(text: str) -> tuple[Message, ...]:
    """A conversation of one turn."""
    return (Message("user", (TextPart(text),)),)


REQUESTS = st.builds(
    Request,
    model=TEXTS | st.just('""'),
    messages=TEXTS.map(said),
    stream=st.just(True),
    include_usage=st.booleans(),
    echo=st.booleans(),
)
SEVERAL = st.builds(
    Request,
    model=TEXTS,
    messages=TEXTS.map(said),
    further=st.tuples(TEXTS.map(said)),
    echo=st.booleans(),
    n=st.just(2),
)


def written(request: Request, events: list[Event], options: ChatOptions) -> list[str]:
    """The data of the stream's frames."""
    encoder = Completions(options).encoder(request, STAMP)
    stream = encoder.start() + b"".join(encoder.encode(event) for event in events)
    return [frame.data for frame in frames(stream) if frame.data]


def chunks(datas: list[str]) -> list[Completion]:
    """The chunks up to the end, each of them valid."""
    found = []
    for data in datas:
        if data != "[DONE]" and not data.startswith('{"error"'):
            value = json.decode_any(data.encode())
            for choice in value[
                "choices"
            ]:  # a chunk before the end has none, which the client's type forgets
                choice["finish_reason"] = choice["finish_reason"] or "stop"
            found.append(Completion.model_validate(value, strict=True))
    return found


def texts(datas: list[str]) -> dict[int, str]:
    """What each answer says."""
    told: dict[int, str] = {}
    for chunk in chunks(datas):
        for choice in chunk.choices:
            told[choice.index] = told.get(choice.index, "") + choice.text
    return told


@given(answers(images=False), REQUESTS, FORMS)
def test_a_stream_says_what_a_whole_reply_does(
    answer: list[Event], request: Request, options: ChatOptions
) -> None:
    """The same text, the same thoughts, an honest end."""
    datas = written(request, answer, options)
    fold = Fold()
    fold.feed(answer)
    if isinstance(answer[-1], Failure):
        assert "[DONE]" not in datas
        assert json.decode_any(datas[-1].encode())["error"]["code"] == answer[-1].error.code
        with pytest.raises(GatewayError):
            fold.replies()
        return
    assert datas[-1] == "[DONE]"
    whole = Completion.model_validate_json(
        Completions(options).render_reply(fold.replies(), request, STAMP), strict=True
    )
    assert whole.id == "cmpl-0123abcd"
    if options.reasoning != "tags":
        assert texts(datas)[0] == whole.choices[0].text
    usages = [chunk.usage for chunk in chunks(datas) if chunk.usage is not None]
    end = answer[-1]
    assert len(usages) == (request.include_usage and isinstance(end, Finish) and end.usage is not None)


@given(several(4), SEVERAL, FORMS)
def test_several_prompts_are_told_apart(events: list[Event], request: Request, options: ChatOptions) -> None:
    """Prompt by prompt; each answer's chunks bear its index, and one finish."""
    datas = written(request, events, options)
    assert (datas[-1:] == ["[DONE]"]) == isinstance(events[-1], Finish)
    if isinstance(events[-1], Finish):
        assert texts(datas).keys() == {0, 1, 2, 3}
        finishes = [data for data in datas if '"finish_reason":"' in data]
        assert len(finishes) == 4
    if request.echo:
        prompts = [request.messages[0].text] * 2 + [request.further[0][0].text] * 2
        for index, text in texts(datas).items():
            assert text.startswith(prompts[index])


@given(TEXTS, REQUESTS)
def test_the_fast_way_is_the_slow_way(text: str, request: Request) -> None:
    """For every text and every model's name."""
    encoder = Completions(ChatOptions()).encoder(request, STAMP)
    assert encoder.encode(TextDelta(text)) == encoder._chunk(0, text)  # type: ignore[attr-defined]


@pytest.mark.parametrize("form", get_args(ReasoningForm))
def test_thoughts_stand_where_the_operator_wants_them(form: ReasoningForm) -> None:
    """Beside the text, or in it between tags."""
    answer = [ReasoningDelta("Hm"), ReasoningDelta("."), TextDelta("Yes"), Finish(FinishReason.STOP)]
    request = Request(model="m", messages=said("?"))
    datas = written(request, answer, ChatOptions(reasoning=form))
    thoughts = [json.decode_any(data.encode())["choices"][0] for data in datas[:2]]
    for field in REASONING_FIELDS[form]:
        assert [choice[field] for choice in thoughts] == ["Hm", "."]
    assert texts(datas)[0] == ("Yes" if form != "tags" else "<think>\nHm.\n</think>\n\nYes")
