"""Answers that must be JSON: what is let through and when, what is mended, what is asked for again."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akashchat.emulation.emulated import Emulated, EmulationOptions
from akashchat.emulation.scanner import Scanner
from akashchat.emulation.tolerant import Reader
from akashchat.errors import BadRequest, GatewayError, InvalidOutput
from akashchat.model.events import Event, Failure, Finish, FinishReason, TextDelta, ToolCallStart, Usage
from akashchat.model.request import Message, OutputFormat, Request, TextPart, Tool
from tests.support.answers import TEXTS, check, cut, in_pieces
from tests.support.upstream import Scripted

ASK = (Message("system", (TextPart("Be brief."),)), Message("user", (TextPart("Who?"),)))
PERSON = OutputFormat(
    {
        "type": "object",
        "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
        "required": ["name", "age"],
        "additionalProperties": False,
    },
    name="person",
    strict=True,
)
ANY = OutputFormat()
STOP = Finish(FinishReason.STOP, Usage(10, 5))
BO = {"name": "Bo", "age": 4}
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)
OBJECTS = st.dictionaries(TEXTS, VALUES, max_size=4)


def scripted(*answers: str, finish: Finish = STOP) -> Scripted:
    """An upstream that gives these answers, in pieces."""
    return Scripted(
        *[
            [*[[TextDelta(piece)] for piece in cut(answer, range(0, len(answer), 5))], [finish]]
            for answer in answers
        ]
    )


async def answered(upstream: Scripted, output: OutputFormat, **fields: Any) -> list[Event]:
    """The events of an answer; its failure also where it was raised."""
    request = Request(**{"model": "m", "messages": ASK, "output": output, "stream": True} | fields)
    events: list[Event] = []
    try:
        async with Emulated(upstream, EmulationOptions()).open(request) as stream:
            async for batch in stream:
                events += batch
    except GatewayError as error:
        events.append(Failure(error))
    check(events)
    return events


def said(events: list[Event]) -> str:
    """The text of an answer."""
    return "".join(event.text for event in events if isinstance(event, TextDelta))


@pytest.mark.parametrize(
    "text",
    [
        '{"name": "Bo", "age": 4}',
        'Here you are:\n```json\n{"name": "Bo", "age": 4}\n```\nAnything else?',
        "{'name': 'Bo', 'age': '4', 'extra': 1,}",
        '<think>\n{"name": 1}\n</think>\n\n{"name": "Bo", "age": 4',
    ],
)
@pytest.mark.parametrize("stream", [True, False])
async def test_an_answer_fits_its_schema(text: str, stream: bool) -> None:
    """Whatever stood around it, and whatever slipped."""
    upstream = scripted(text)
    events = await answered(upstream, PERSON, stream=stream)
    assert json.loads(said(events)) == BO
    assert events[-1] == STOP
    assert len(upstream.requests) == 1


async def test_the_model_is_told() -> None:
    """The schema, behind the caller's own instructions; the upstream is asked for no form."""
    upstream = scripted(json.dumps(BO))
    await answered(upstream, PERSON)
    (request,) = upstream.requests
    assert [message.role for message in request.messages] == ["system", "system", "user"]
    assert '"additionalProperties":false' in request.messages[1].text
    assert request.output is None


async def test_what_is_wrong_is_asked_for_again() -> None:
    """With what was wrong, and both attempts are paid for."""
    upstream = scripted('{"name": "Bo"}', json.dumps(BO))
    events = await answered(upstream, PERSON)
    assert json.loads(said(events)) == BO
    assert events[-1] == Finish(FinishReason.STOP, Usage(20, 10))
    own, correction = upstream.requests[1].messages[-2:]
    assert (own.role, own.text) == ("assistant", '{"name": "Bo"}')
    assert '"age" is a required property' in correction.text


@pytest.mark.parametrize("output", [PERSON, ANY])
@pytest.mark.parametrize("text", ["I will not.", "[1]", '{"name": '])
async def test_twice_wrong_is_a_failure(output: OutputFormat, text: str) -> None:
    """Typed, and nothing is shown that is not the JSON."""
    upstream = scripted(text)
    events = await answered(upstream, output, stream=False)
    assert isinstance(events[-1], Failure)
    assert isinstance(events[-1].error, InvalidOutput)
    assert said(events) == ""
    assert len(upstream.requests) == 2


async def test_any_object_flows() -> None:
    """From its first name on, without what stands around it."""
    events = await answered(scripted('Sure, here:\n{"a": [1, 2], "b": {"c": "d"}} Bye!'), ANY)
    assert said(events) == '{"a": [1, 2], "b": {"c": "d"}}'
    assert len(events) > 4


async def test_a_bracket_is_added_at_the_end() -> None:
    """What was let through stays, and is completed where only brackets are missing."""
    assert said(await answered(scripted('{"a": [1, {"b": "c"'), ANY)) == '{"a": [1, {"b": "c"}]}'


@pytest.mark.parametrize(
    ("text", "json_of_it"),
    [
        ('{"a": 1, "b": [1, 2,], } Bye', '{"a": 1, "b": [1, 2] }'),
        ('{"a": "one\ntwo\tthree"}', '{"a": "one\\ntwo\\tthree"}'),
        ('{"a": True, "b": [False, None]}', '{"a": true, "b": [false, null]}'),
        ('{"a": [1, {"b": -2.5', '{"a": [1, {"b": -2.5}]}'),
        ('{"a": [1, {"b": True', '{"a": [1, {"b": true}]}'),
    ],
)
async def test_what_has_one_reading_is_mended_as_it_flows(text: str, json_of_it: str) -> None:
    """A comma too many, a line break in a text, Python's words, brackets that are missing: as in a whole answer."""
    upstream = scripted(text)
    events = await answered(upstream, ANY)
    assert said(events) == json_of_it
    assert events[-1] == STOP
    assert json.loads(said(await answered(scripted(text), ANY, stream=False))) == json.loads(json_of_it)


async def test_what_cannot_be_made_right_is_a_failure_at_once() -> None:
    """The rest is not waited for, and the model is not asked again: what was sent cannot be taken back."""
    upstream = scripted('{"a": 1, b: 2, "c": 3}')
    events = await answered(upstream, ANY)
    assert said(events).startswith('{"a": 1,')
    assert isinstance(events[-1], Failure)
    assert isinstance(events[-1].error, InvalidOutput)
    assert len(upstream.requests) == 1
    assert upstream.running == 0


async def test_an_answer_that_was_cut_says_so() -> None:
    """With what there is of the JSON, and the reason."""
    finish = Finish(FinishReason.LENGTH, Usage(1, 1))
    events = await answered(scripted('Well: {"name": "B', finish=finish), PERSON)
    assert said(events) == '{"name": "B'
    assert events[-1] == finish


async def test_a_call_is_no_answer_yet() -> None:
    """Its text is passed on as it is, and nothing is asked again."""
    tool = Tool(name="look")
    upstream = scripted('Let me look. <tool_call>{"name": "look", "arguments": {}}</tool_call>')
    events = await answered(upstream, PERSON, tools=(tool,))
    assert said(events) == "Let me look."
    assert any(isinstance(event, ToolCallStart) for event in events)
    assert isinstance(events[-1], Finish)
    assert events[-1].reason is FinishReason.TOOL_CALLS
    assert json.loads(said(await answered(scripted(json.dumps(BO)), PERSON, tools=(tool,)))) == BO


async def test_a_schema_that_is_none_is_refused_before_anybody_is_asked() -> None:
    """With its place in the body."""
    upstream = scripted("{}")
    events = await answered(
        upstream, OutputFormat({"$ref": "https://example.org"}, place="text.format.schema")
    )
    assert isinstance(events[0], Failure)
    assert isinstance(events[0].error, BadRequest)
    assert events[0].error.param == "text.format.schema"
    assert upstream.requests == []


@given(in_pieces(OBJECTS.map(json.dumps)))
def test_the_scanner_knows_json_as_it_comes(pieces: list[str]) -> None:
    """All of it, whatever the pieces."""
    scanner = Scanner()
    assert "".join([scanner.feed(piece) for piece in pieces]) == "".join(pieces)
    assert scanner.over
    assert scanner.feed(" and more") == ""


@given(
    in_pieces(
        st.lists(
            st.sampled_from([*'{}[]":,\\ \n01-.eEutrfalsn', "True", "None", '"a":', "1,", "],"]), max_size=30
        )
        .map("".join)
        .map("{".__add__)
    )
)
def test_the_scanner_lets_nothing_else_through(pieces: list[str]) -> None:
    """What it takes for complete is JSON, and what it would close is too: what a reader of the whole finds."""
    scanner = Scanner()
    known = "".join([scanner.feed(piece) for piece in pieces])
    closing = "" if scanner.over else scanner.closing()
    if closing is not None:
        assert json.loads(known + closing) == Reader("".join(pieces)).value()


@given(
    in_pieces(
        st.one_of(TEXTS, OBJECTS.map(json.dumps), OBJECTS.map(lambda value: f"So: {json.dumps(value)}!"))
    ),
    st.sampled_from(FinishReason),
    st.booleans(),
    st.sampled_from([ANY, PERSON]),
)
async def test_whatever_is_said_the_answer_is_json(
    pieces: list[str], reason: FinishReason, stream: bool, output: OutputFormat
) -> None:
    """Or it failed, or it was cut."""
    upstream = Scripted([*[[TextDelta(piece)] for piece in pieces], [Finish(reason, Usage(1, 1))]])
    events = await answered(upstream, output, stream=stream)
    if isinstance(events[-1], Finish) and reason in {FinishReason.STOP, FinishReason.TOOL_CALLS}:
        assert isinstance(json.loads(said(events)), dict)


async def test_a_list_of_objects_is_no_object() -> None:
    """Nor is its first element; a stream and a whole answer say the same."""
    text = '[{"a": 1}, {"a": 2}]'
    for stream in (False, True):
        events = await answered(scripted(text, text), ANY, stream=stream)
        assert said(events) == ""
        assert isinstance(events[-1], Failure)
