"""A reply that is not streamed is the fold of the events of one that is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akashchat.errors import AnswerCut, GatewayError
from akashchat.model.events import (
    Choice,
    Event,
    Failure,
    Finish,
    ImageReady,
    Progress,
    ReasoningDelta,
    Single,
    TextDelta,
    ToolCallDelta,
    ToolCallStart,
    Usage,
)
from akashchat.model.reply import Fold, ReasoningPart, Replies, Reply, ReplyPart
from akashchat.model.request import TextPart, ToolCall
from tests.support.answers import FAILURES, FINISHES, answers, several


def folded(*batches: list[Event]) -> Replies:
    """The fold of some batches."""
    fold = Fold()
    for batch in batches:
        fold.feed(batch)
    return fold.replies()


def expected(answer: list[Single]) -> Reply:
    """One answer put together the plain way."""
    parts: list[ReplyPart] = []
    for event in answer:
        last = parts[-1] if parts else None
        match event, last:
            case (TextDelta("") | ReasoningDelta("") | Progress() | Finish(), _):
                pass
            case (TextDelta(text), TextPart(before)):
                parts[-1] = TextPart(before + text)
            case (TextDelta(text), _):
                parts.append(TextPart(text))
            case (ReasoningDelta(text), ReasoningPart(before)):
                parts[-1] = ReasoningPart(before + text)
            case (ReasoningDelta(text), _):
                parts.append(ReasoningPart(text))
            case (ToolCallStart(call_id, name), _):
                parts.append(ToolCall(call_id, name, ""))
            case (ToolCallDelta(_, more), ToolCall(call_id, name, before)):
                parts[-1] = ToolCall(call_id, name, before + more)
            case (ImageReady(), _):
                parts.append(event)
            case _:
                raise AssertionError(event)
    finish = answer[-1]
    assert isinstance(finish, Finish)
    return Reply(tuple(parts), finish.reason, finish.usage or Usage(0, 0, estimated=True))


@given(answers(ends=FINISHES))
def test_one_answer_is_put_together(answer: list[Single]) -> None:
    """Text, thoughts, calls and pictures keep their order; usage and reason are the finish's."""
    reply = expected(answer)
    assert folded(answer) == Replies((reply,), reply.usage)


@given(answers(ends=FINISHES))
def test_parts_can_be_read_by_their_kind(answer: list[Single]) -> None:
    """Dialects that keep text, thoughts, calls and pictures apart find each of them whole."""
    (reply,) = folded(answer).choices
    assert reply.text == "".join(event.text for event in answer if isinstance(event, TextDelta))
    assert reply.reasoning == "".join(event.text for event in answer if isinstance(event, ReasoningDelta))
    assert [call.id for call in reply.calls] == [e.id for e in answer if isinstance(e, ToolCallStart)]
    assert list(reply.images) == [event for event in answer if isinstance(event, ImageReady)]


@given(answers(ends=FINISHES), st.integers(0, 20))
def test_batches_leave_no_trace(answer: list[Single], place: int) -> None:
    """How the events were batched does not show in the reply."""
    assert folded(answer) == folded(answer[:place], answer[place:]) == folded(*[[event] for event in answer])


@given(answers(ends=FAILURES))
def test_a_failed_answer_raises_its_error(answer: list[Single]) -> None:
    """Half an answer is never given out as a whole one."""
    failure = answer[-1]
    assert isinstance(failure, Failure)
    with pytest.raises(GatewayError) as raised:
        folded(answer)
    assert raised.value is failure.error


@given(answers(ends=FINISHES))
def test_an_answer_without_an_end_is_cut(answer: list[Single]) -> None:
    """An answer that never said it was complete is not taken for complete."""
    with pytest.raises(AnswerCut):
        folded(answer[:-1])


@given(several(3))
def test_several_answers_are_told_apart(events: list[Event]) -> None:
    """Each index folds to its own answer; the usage of all is the last event's."""
    if isinstance(events[-1], Failure):
        with pytest.raises(GatewayError):
            folded(events)
        return
    replies = folded(events)
    for index, reply in enumerate(replies.choices):
        mine = [event.event for event in events if isinstance(event, Choice) and event.index == index]
        assert reply == expected(mine)
    assert len(replies.choices) == 3
    assert replies.usage == events[-1].usage
