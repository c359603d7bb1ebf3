"""Tools in an answer's text: which calls pass, which are asked for again, and what is never shown."""

import itertools
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akashchat.emulation.emulated import Emulated, EmulationOptions
from akashchat.errors import (
    AnswerCut,
    BadRequest,
    ContextLengthExceeded,
    GatewayError,
    InvalidToolCall,
    UpstreamError,
)
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
from akashchat.model.request import Message, Request, TextPart, Tool, ToolChoice
from tests.support.answers import TEXTS, check, cut
from tests.support.upstream import Scripted

WEATHER = Tool(
    name="get_weather",
    parameters={
        "type": "object",
        "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
        "required": ["city"],
    },
)
TIME = Tool(name="get_time", parameters={"type": "object", "properties": {}})
SHELL = Tool(name="shell", freeform=True)
ASK = (Message("user", (TextPart("How is Rome?"),)),)
STOP = Finish(FinishReason.STOP, Usage(10, 5))
ROME = {"city": "Rome"}


class Counting:
    """Ids that tell their order."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    def token(self, size: int) -> str:
        """The next number."""
        return f"{next(self._numbers):0{2 * size}x}"

    def uniform(self, low: float, high: float) -> float:
        """No number in between."""
        return low


def call(name: str, arguments: Any) -> str:
    """A call as a model writes it."""
    return f"<tool_call>\n{json.dumps({'name': name, 'arguments': arguments})}\n</tool_call>"


def scripted(*answers: str | Finish) -> Scripted:
    """An upstream that gives these answers, each in pieces of a few characters."""
    scripts: list[Any] = []
    for answer in answers:
        if isinstance(answer, Finish):
            scripts[-1][-1] = [answer]
        else:
            scripts.append([*[[TextDelta(piece)] for piece in cut(answer, range(0, len(answer), 7))], [STOP]])
    return Scripted(*scripts)


async def answered(upstream: Scripted, **fields: Any) -> list[Event]:
    """The events of an answer; its failure also where it was raised."""
    emulated = Emulated(upstream, EmulationOptions(), Counting())
    request = Request(
        **{"model": "m", "messages": ASK, "tools": (WEATHER, TIME, SHELL), "stream": True} | fields
    )
    events: list[Event] = []
    try:
        async with emulated.open(request) as stream:
            async for batch in stream:
                events += batch
    except GatewayError as error:
        events.append(Failure(error))
    check(events)
    return events


def said(events: list[Event]) -> str:
    """The text of an answer."""
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def calls(events: list[Event], *, freeform: str = "shell") -> list[tuple[str, Any]]:
    """The calls of an answer: names and what their arguments say."""
    names = {event.id: event.name for event in events if isinstance(event, ToolCallStart)}
    texts = dict.fromkeys(names, "")
    for event in events:
        if isinstance(event, ToolCallDelta):
            texts[event.id] += event.arguments
    return [(names[i], texts[i] if names[i] == freeform else json.loads(texts[i])) for i in names]


async def test_prose_flows_and_calls_are_events() -> None:
    """Prose comes as it was said; a call has an id, its name and compact JSON."""
    events = await answered(
        scripted(f"Let me look.\n\n{call('get_weather', {'city': 'Rome', 'days': '3'})}\n")
    )
    assert said(events) == "Let me look."
    call_id = f"call_{1:024x}"
    assert events[-3:] == [
        ToolCallStart(call_id, "get_weather"),
        ToolCallDelta(call_id, '{"city":"Rome","days":3}'),
        Finish(FinishReason.TOOL_CALLS, Usage(10, 5)),
    ]


async def test_several_calls_come_in_their_order() -> None:
    """Each with an id of its own."""
    events = await answered(
        scripted(call("get_weather", ROME) + call("get_time", {}) + call("get_weather", {"city": "Oslo"}))
    )
    assert calls(events) == [("get_weather", ROME), ("get_time", {}), ("get_weather", {"city": "Oslo"})]
    assert said(events) == ""


async def test_an_answer_without_calls_is_an_answer() -> None:
    """Nothing is asked again, nothing is lost."""
    upstream = scripted("It is 3 < 5, and {so on}.")
    events = await answered(upstream)
    assert said(events) == "It is 3 < 5, and {so on}."
    assert events[-1] == STOP
    assert len(upstream.requests) == 1


async def test_thoughts_are_no_calls() -> None:
    """What a model thinks of calling it does not call."""
    events = await answered(scripted(f"<think>\n{call('get_time', {})}\n</think>\n\nHello"))
    assert calls(events) == []
    assert said(events) == "Hello"
    assert any(isinstance(event, ReasoningDelta) for event in events)


async def test_what_is_wrong_is_asked_for_again() -> None:
    """With the model's own answer and what was wrong; both attempts are paid for."""
    upstream = scripted(call("get_weather", {"days": 3}), call("get_weather", ROME))
    events = await answered(upstream)
    assert calls(events) == [("get_weather", ROME)]
    assert events[-1] == Finish(FinishReason.TOOL_CALLS, Usage(20, 10))
    first, second = upstream.requests
    assert second.messages[: len(first.messages)] == first.messages
    own, correction = second.messages[len(first.messages) :]
    assert (own.role, own.text) == ("assistant", call("get_weather", {"days": 3}))
    assert '"city" is a required property' in correction.text
    assert first.tools == second.tools == ()


async def test_good_calls_stay_and_are_not_repeated() -> None:
    """Only what was wrong is made up for, whatever the model says again."""
    upstream = scripted(
        f"Both:\n{call('get_time', {})}{call('get_weather', {})}",
        f"Sorry, again:\n{call('get_time', {})}{call('get_weather', ROME)}",
    )
    events = await answered(upstream)
    assert calls(events) == [("get_time", {}), ("get_weather", ROME)]
    assert said(events) == "Both:"


@pytest.mark.parametrize(
    "wrong",
    [
        call("get_weather", {}),
        call("no_such_tool", {}),
        call("get_weather", [1]),
    ],
)
async def test_twice_wrong_is_a_failure(wrong: str) -> None:
    """Typed, with the fault in words; never the call as text."""
    upstream = scripted(wrong)
    events = await answered(upstream)
    assert isinstance(events[-1], Failure)
    assert isinstance(events[-1].error, InvalidToolCall)
    assert said(events) == ""
    assert len(upstream.requests) == 2


async def test_a_model_may_think_better_of_it() -> None:
    """After a call that failed, an answer in prose is an answer, where none is required."""
    events = await answered(scripted(call("no_such_tool", {}), "I cannot know."))
    assert (said(events), calls(events)) == ("I cannot know.", [])
    assert events[-1] == Finish(FinishReason.STOP, Usage(20, 10))


async def test_an_answer_after_words_begins_a_paragraph() -> None:
    """Two attempts' sentences do not run into one another."""
    events = await answered(scripted(f"I look. {call('get_weather', {'town': 'Rome'})}", "It is sunny."))
    assert said(events) == "I look.\n\nIt is sunny."
    assert calls(events) == []
    assert said(await answered(scripted(call("beam_up", {}), "It is sunny."))) == "It is sunny."


async def test_a_result_that_is_invented_is_not_passed_on() -> None:
    """Nor what the model makes of it: neither words nor calls, as of a model that stops at its call."""
    invented = "\n<tool_response>\n21 degrees\n</tool_response>\nIt is 21 degrees.\n"
    events = await answered(scripted(f"I look. {call('get_weather', ROME)}{invented}{call('get_time', {})}"))
    assert said(events) == "I look."
    assert calls(events) == [("get_weather", ROME)]
    assert events[-1] == Finish(FinishReason.TOOL_CALLS, Usage(10, 5))


async def test_a_required_call_is_asked_for_again() -> None:
    """And then its absence is a failure."""
    choice = ToolChoice("required")
    upstream = scripted("Hello", call("get_time", {}))
    events = await answered(upstream, tool_choice=choice)
    assert calls(events) == [("get_time", {})]
    assert "must call a tool" in upstream.requests[1].messages[-1].text
    events = await answered(scripted("Hello"), tool_choice=choice)
    assert isinstance(events[-1], Failure)


async def test_a_named_tool_is_the_only_one() -> None:
    """Calls of others are left out; alone they are asked for again."""
    choice = ToolChoice("required", ("get_time",))
    both = call("get_weather", ROME) + call("get_time", {})
    upstream = scripted(both)
    assert calls(await answered(upstream, tool_choice=choice)) == [("get_time", {})]
    assert len(upstream.requests) == 1
    upstream = scripted(call("get_weather", ROME), call("get_time", {}))
    assert calls(await answered(upstream, tool_choice=choice)) == [("get_time", {})]
    assert "may not be called" in upstream.requests[1].messages[-1].text


async def test_without_parallel_calls_there_is_one() -> None:
    """The first good one."""
    events = await answered(scripted(call("get_time", {}) + call("get_weather", ROME)), parallel_calls=False)
    assert calls(events) == [("get_time", {})]
    assert events[-1] == Finish(FinishReason.TOOL_CALLS, Usage(10, 5))


async def test_with_none_a_call_is_text() -> None:
    """No tools are offered, and nothing is taken for a call."""
    upstream = scripted(call("get_time", {}))
    events = await answered(upstream, tool_choice=ToolChoice("none"))
    assert said(events) == call("get_time", {})
    assert calls(events) == []
    assert upstream.requests[0].messages == ASK


async def test_a_freeform_tool_gets_its_text() -> None:
    """As it stands, unchecked."""
    events = await answered(scripted(call("shell", "ls -l {a,b}\n")))
    ((name, text),) = calls(events)
    assert (name, text.strip()) == ("shell", "ls -l {a,b}")


async def test_a_call_that_was_cut_is_not_made() -> None:
    """The answer ends with ``length``; what was whole before it stays."""
    whole = call("get_time", {})
    events = await answered(
        scripted(whole + '<tool_call>{"name": "get_weather", "arguments": {"ci', Finish(FinishReason.LENGTH))
    )
    assert calls(events) == [("get_time", {})]
    assert isinstance(events[-1], Finish)
    assert events[-1].reason is FinishReason.LENGTH
    assert said(events) == ""


async def test_the_limit_cuts_calls_too() -> None:
    """``max_tokens`` counts what the model writes, and ends it there."""
    upstream = scripted(f"One two three. {call('get_weather', ROME)}")
    events = await answered(upstream, max_tokens=8)
    assert calls(events) == []
    assert isinstance(events[-1], Finish)
    assert events[-1].reason is FinishReason.LENGTH
    assert said(events) == "One two three."
    assert len(upstream.requests) == 1


async def test_a_failure_in_the_middle_stays_one() -> None:
    """Half a call is not shown with it."""
    events = await answered(Scripted([[TextDelta("Well. <tool_call>{")], [Failure(AnswerCut("cut"))]]))
    assert events[-1] == Failure(AnswerCut("cut"))
    assert "tool_call" not in said(events)


async def test_a_second_attempt_that_cannot_begin_is_told() -> None:
    """By its own error."""
    wrong = [[TextDelta(call("get_weather", {}))], [STOP]]
    events = await answered(Scripted(wrong, UpstreamError("gone")))
    assert events == [Failure(UpstreamError("gone"))]
    (event,) = await answered(Scripted(wrong, ContextLengthExceeded("too long, with our correction")))
    assert isinstance(event, Failure)
    assert isinstance(event.error, InvalidToolCall)


async def test_a_schema_that_is_none_is_refused_before_anybody_is_asked() -> None:
    """With its place in the body."""
    upstream = scripted("Hello")
    bad = Tool(name="bad", parameters={"type": "thing"})
    events = await answered(upstream, tools=(WEATHER, bad))
    assert isinstance(events[0], Failure)
    assert isinstance(events[0].error, BadRequest)
    assert events[0].error.param == "tools[1]"
    assert upstream.requests == []


PIECES = st.one_of(
    TEXTS,
    st.sampled_from([call("get_weather", ROME), call("get_weather", {}), call("x", 1), call("get_time", {})]),
    st.text(st.sampled_from('<>{}[]"\\/`:,\n tool_call|name'), max_size=20),
)


@given(
    st.lists(PIECES, max_size=6),
    st.sampled_from(FinishReason),
    st.booleans(),
    st.sampled_from(["auto", "required", "none"]),
)
async def test_whatever_is_said_is_an_answer(
    pieces: list[str], reason: FinishReason, parallel: bool, mode: Any
) -> None:
    """By the grammar, with arguments that fit, in one call at most where one is allowed."""
    script = [*[[TextDelta(piece)] for piece in pieces if piece], [Finish(reason, Usage(1, 1))]]
    events = await answered(Scripted(script), parallel_calls=parallel, tool_choice=ToolChoice(mode))
    for name, arguments in calls(events):
        assert name in {"get_weather", "get_time", "shell"}
        assert name != "get_weather" or isinstance(arguments["city"], str)
    assert parallel or len(calls(events)) <= 1
    if mode != "none":
        assert '<tool_call>\n{"name": "get_' not in said(events)


@pytest.mark.parametrize("stream", [False, True])
async def test_tags_of_thoughts_within_arguments_are_text(*, stream: bool) -> None:
    """A file that speaks of thoughts is written as it is."""
    arguments = {"city": "<think>\nplan\n</think>\nanswer"}
    events = await answered(scripted(f"I will.\n{call('get_weather', arguments)}"), stream=stream)
    assert calls(events) == [("get_weather", arguments)]
    assert said(events) == "I will."


@pytest.mark.parametrize(
    "half",
    [
        '{"role": "assistant", "content": null, "tool_calls": [{"id": "c", "function": {"name": "x", "arguments":',
        '[get_weather(city="Ghent"), get_weather(ci',
        "<|start|>assistant<|channel|>commentary to=functions.get_weather <|constrain|>json<|message|",
    ],
)
async def test_a_call_that_breaks_off_is_asked_for_again(half: str) -> None:
    """Though the model says that it is done; and it is not shown where the answer was cut."""
    events = await answered(scripted(half, call("get_weather", ROME)))
    assert (said(events), calls(events)) == ("", [("get_weather", ROME)])
    assert said(await answered(scripted(half, Finish(FinishReason.LENGTH)))) == ""


async def test_a_call_is_the_same_in_another_order() -> None:
    """What was made is not made again when the model repeats it with its corrected call."""
    good = call("get_weather", {"city": "Rome", "days": 3})
    wrong = call("get_weather", {"days": 3})
    again = call("get_weather", {"days": 3, "city": "Rome"}) + call("get_weather", {"city": "Oslo"})
    made = calls(await answered(scripted(good + wrong, again)))
    assert [arguments["city"] for _, arguments in made] == ["Rome", "Oslo"]


async def test_a_value_in_tags_is_text_where_text_is_wanted() -> None:
    """``1.10`` and JSON stay as they were written; elsewhere what is JSON is read as such."""
    text = {"type": "string"}
    maybe = {"anyOf": [text, {"type": "null"}]}
    properties = {"version": text, "note": maybe, "other": maybe, "limit": {"type": "integer"}, "any": {}}
    tool = Tool(name="put", parameters={"type": "object", "properties": properties})
    values = {"version": "1.10", "note": '{"a": 1.0}', "other": "null", "limit": "3", "any": "[1, 2]"}
    written = "".join(f"<parameter={key}>\n{value}\n</parameter>\n" for key, value in values.items())
    events = await answered(
        scripted(f"<tool_call>\n<function=put>\n{written}</function>\n</tool_call>"), tools=(tool,)
    )
    wanted = {"version": "1.10", "note": '{"a": 1.0}', "other": None, "limit": 3, "any": [1, 2]}
    assert calls(events) == [("put", wanted)]


@pytest.mark.parametrize(
    "unclear",
    [
        '<tool_call>{"name": "get_weather", ??? "arguments": {"city": "Rome"}}</tool_call>',
        '<tool_call>{"name": "get_weather", "arguments": {"city": "Ro" + "me"}}</tool_call>',
        '```tool_code\nget_weather("Rome", 3)\n```',
    ],
)
async def test_nothing_that_was_written_is_left_out(unclear: str) -> None:
    """What cannot be read to its end, or has no name, is asked for again."""
    upstream = scripted(unclear, call("get_weather", ROME))
    events = await answered(upstream)
    assert (said(events), calls(events)) == ("", [("get_weather", ROME)])
    assert len(upstream.requests) == 2


@pytest.mark.parametrize(
    "bare", ['{"city": "Rome"}', 'Here it is:\n\n```json\n{\n  "city": "Rome",\n}\n```\nThat is all.']
)
async def test_arguments_alone_are_a_call_of_the_one_tool_that_must_be_called(bare: str) -> None:
    """Models that are asked for one call often answer with the object alone; it is not shown as text."""
    upstream = scripted(bare)
    events = await answered(upstream, tool_choice=ToolChoice("required", ("get_weather",)))
    assert (said(events), calls(events)) == ("", [("get_weather", ROME)])
    assert len(upstream.requests) == 1


async def test_words_before_the_one_call_are_kept() -> None:
    """They come with it."""
    choice = ToolChoice("required", ("get_weather",))
    events = await answered(scripted(f"Let me look.\n{call('get_weather', ROME)}"), tool_choice=choice)
    assert (said(events), calls(events)) == ("Let me look.", [("get_weather", ROME)])


@pytest.mark.parametrize("other", ['It was {"town": "Rome"}.', "{}", "No.", '[{"city": "Rome"}]'])
async def test_other_json_is_no_call_of_it(other: str) -> None:
    """Nor is an answer without any."""
    upstream = scripted(other, call("get_weather", ROME))
    events = await answered(upstream, tool_choice=ToolChoice("required", ("get_weather",)))
    assert calls(events) == [("get_weather", ROME)]
    assert len(upstream.requests) == 2
