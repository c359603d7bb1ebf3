"""Usage where the upstream gives none."""

from hypothesis import given

from akashchat import tokens
from akashchat.emulation.meter import MeterStage
from akashchat.model.events import (
    Event,
    Failure,
    Finish,
    ReasoningDelta,
    TextDelta,
    ToolCallDelta,
    ToolCallStart,
    Usage,
)
from tests.support.answers import answers


@given(answers())
def test_usage_is_estimated_only_where_there_is_none(answer: list[Event]) -> None:
    """The answer passes unchanged; a finish without usage gets what was counted, marked as an estimate."""
    stage = MeterStage(lambda: 17)
    out = [event for event in answer for event in stage.feed([event])]
    assert out[:-1] == answer[:-1]
    end = answer[-1]
    if isinstance(end, Failure) or end.usage is not None:
        assert out[-1] == end
        return
    said = ""
    thought = ""
    for event in answer:
        match event:
            case TextDelta(text) | ReasoningDelta(text) | ToolCallDelta(_, text) | ToolCallStart(_, text):
                said += text
                thought += text if isinstance(event, ReasoningDelta) else ""
    output = tokens.count(said)
    usage = Usage(17, output, estimated=True, reasoning_tokens=min(tokens.count(thought), output))
    assert out[-1] == Finish(end.reason, usage)


@given(answers())
def test_the_request_is_counted_only_when_it_must_be(answer: list[Event]) -> None:
    """Where the upstream tells its usage, or fails, no time is spent on counting the question."""
    counted: list[int] = []

    def count() -> int:
        counted.append(1)
        return 1

    MeterStage(count).feed(answer)
    end = answer[-1]
    assert bool(counted) == (isinstance(end, Finish) and end.usage is None)
