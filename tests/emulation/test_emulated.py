"""The stages that a request needs, behind an upstream."""

import asyncio
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akashchat.emulation.emulated import Emulated, EmulationOptions
from akashchat.errors import AnswerCut, GatewayError, RateLimited
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
from akashchat.model.request import Message, OutputFormat, Request, TextPart, Tool
from akashchat.upstreams.base import Honour, unhonoured
from tests.support.answers import answers, check
from tests.support.upstream import Scripted

FINISH = Finish(FinishReason.STOP, Usage(3, 2))
ASK = (Message("user", (TextPart("Hello you"),)),)


class Native(Scripted):
    """An upstream that has a word of its own on tools and formats."""

    def __init__(self, script: Sequence[Sequence[Event]], honour: Honour = Honour.UPSTREAM) -> None:
        super().__init__(script)
        self._honour = honour

    def honours(self, model: str) -> Mapping[str, Honour]:
        """All of them."""
        return {"tools": self._honour, "response_format": self._honour}


async def answered(upstream: Emulated, **fields: object) -> list[Event]:
    """The events of an answer."""
    async with upstream.open(Request(**{"model": "m", "messages": ASK, **fields})) as stream:
        return [event async for batch in stream for event in batch]


async def attempted(upstream: Emulated, **fields: object) -> list[Event]:
    """The events of an answer; its failure also where that was raised."""
    try:
        return await answered(upstream, **fields)
    except GatewayError as error:
        return [Failure(error)]


def emulated(*texts: str, options: EmulationOptions | None = None, finish: Finish = FINISH) -> Emulated:
    """An upstream that says these texts, a batch each, to every request."""
    script = [*[[TextDelta(text)] for text in texts], [finish]]
    return Emulated(Scripted(script), options or EmulationOptions())


def thoughts(events: list[Event]) -> str:
    """The thoughts of an answer."""
    return "".join(event.text for event in events if isinstance(event, ReasoningDelta))


def said(events: list[Event]) -> str:
    """The text of an answer."""
    return "".join(event.text for event in events if isinstance(event, TextDelta))


@given(answers())
async def test_an_answer_stays_an_answer(answer: list[Event]) -> None:
    """Whatever an upstream says, behind the stages it is an answer by the grammar, or an error."""
    upstream = Emulated(Scripted([[event] for event in answer]), EmulationOptions())
    check(await attempted(upstream, stream=True, stop=("0",), max_tokens=5))


@given(answers(calls=False), st.booleans())
async def test_an_answer_in_a_form_stays_one(answer: list[Event], stream: bool) -> None:
    """Also where it is asked for a second time."""
    upstream = Emulated(Scripted([[event] for event in answer]), EmulationOptions())
    fields = {"tools": (Tool(name="f"),), "output": OutputFormat(), "stop": ("0",), "max_tokens": 5}
    check(await attempted(upstream, stream=stream, **fields))


async def test_a_form_that_the_upstream_has_is_left_to_it() -> None:
    """Tools and formats pass through, and so do its calls."""
    native = Native(
        [[ToolCallStart("c", "f"), ToolCallDelta("c", '{"a": ')], [ToolCallDelta("c", "1}"), FINISH]]
    )
    fields = {"tools": (Tool(name="f"),), "output": OutputFormat()}
    events = await answered(Emulated(native, EmulationOptions()), **fields)
    assert [type(event) for event in events] == [ToolCallStart, ToolCallDelta, ToolCallDelta, Finish]
    assert (native.requests[0].tools, native.requests[0].output) == (fields["tools"], fields["output"])


async def test_what_not_even_the_gateway_does_is_not_said_to_be_done() -> None:
    """A model that draws is offered no tools, and its callers are told."""
    drawing = Native([[TextDelta("a"), FINISH]], Honour.NOBODY)
    assert unhonoured(["tools"], Emulated(drawing, EmulationOptions()).honours("m")) == ("tools",)
    await answered(Emulated(drawing, EmulationOptions()), tools=(Tool(name="f"),))
    assert drawing.requests[0].messages == ASK


async def test_tools_are_counted() -> None:
    """What a request asks with them is part of what it costs."""
    events = await answered(emulated("Hi", finish=Finish(FinishReason.STOP)), tools=(Tool(name="f"),))
    assert events[-1] == Finish(FinishReason.STOP, Usage(3, 1, estimated=True))


async def test_a_stop_ends_the_answer_and_the_upstream() -> None:
    """The finish is ours, its usage is an estimate, and nothing more is read."""
    never = asyncio.Event()
    scripted = Scripted([[TextDelta("one E")], [TextDelta("ND two")], never])
    events = await answered(Emulated(scripted, EmulationOptions()), stop=("END",))
    assert said(events) == "one "
    assert events[-1] == Finish(FinishReason.STOP, Usage(2, 2, estimated=True), "END")
    assert scripted.running == 0


async def test_a_limit_ends_the_answer() -> None:
    """With the reason ``length`` and exactly the tokens allowed."""
    events = await answered(emulated("one two", " three four"), max_tokens=3)
    assert said(events) == "one two three"
    assert events[-1] == Finish(FinishReason.LENGTH, Usage(2, 3, estimated=True))


async def test_stop_and_limit_work_together() -> None:
    """Whichever comes first ends the answer."""
    assert said(await answered(emulated("one two three"), stop=("three",), max_tokens=2)) == "one two"
    assert said(await answered(emulated("one two three"), stop=("two",), max_tokens=2)) == "one "


async def test_reported_usage_stays() -> None:
    """What the upstream reports is not replaced by an estimate."""
    assert (await answered(emulated("a")))[-1] == FINISH


async def test_missing_usage_is_estimated() -> None:
    """Question and answer are counted, thoughts with them."""
    events = await answered(emulated("<think>\nhm\n</think>\n\nHi", finish=Finish(FinishReason.STOP)))
    assert events[-1] == Finish(FinishReason.STOP, Usage(2, 2, estimated=True, reasoning_tokens=1))


async def test_an_upstream_that_ends_with_the_cut_is_heard_out() -> None:
    """Where the cut falls into the last batch the connection is left to end by itself, for its next use."""
    scripted = Scripted([[TextDelta("a END b"), FINISH]])
    events = await answered(Emulated(scripted, EmulationOptions()), stop=("END",))
    assert events == [TextDelta("a "), Finish(FinishReason.STOP, Usage(2, 2, estimated=True), "END")]


async def test_a_failure_first_is_raised() -> None:
    """Entering is committing: until something was said, the request can fail with a status."""
    upstream = Emulated(Scripted([[Failure(RateLimited("busy"))]]), EmulationOptions())
    with pytest.raises(RateLimited):
        await answered(upstream)


async def test_a_failure_later_is_an_event() -> None:
    """What was held is told before it."""
    failure = Failure(AnswerCut("cut"))
    upstream = Emulated(Scripted([[TextDelta("the EN")], [failure]]), EmulationOptions())
    assert await answered(upstream, stop=("END",), stream=True) == [
        TextDelta("the "),
        TextDelta("EN"),
        failure,
    ]


async def test_thoughts_can_stay_in_the_text() -> None:
    """Whoever wants tags gets the model's own words."""
    upstream = emulated("<think>hm</think>Hi", options=EmulationOptions(split_reasoning=False))
    assert said(await answered(upstream)) == "<think>hm</think>Hi"


async def test_thoughts_without_a_beginning_cannot_be_taken_back() -> None:
    """A stream shows them as text, with the tag that tells; a whole reply splits them."""
    upstream = emulated("hm", "\n</think>\n\n", "Hi")
    for _ in range(2):  # one caller's answer does not change the next one's
        streamed = await answered(upstream, stream=True)
        assert (thoughts(streamed), said(streamed)) == ("", "hm\n</think>\n\nHi")
    assert thoughts(await answered(upstream)) == "hm"


async def test_patterns_name_models_that_think_first() -> None:
    """The operator's patterns say which; capitals count."""
    options = EmulationOptions(thinks_first=("*DeepSeek-R1*",))
    upstream = emulated("hm\n</think>\n\nHi", options=options)
    events = await answered(upstream, stream=True, model="DeepSeek-R1-0528")
    assert (thoughts(events), said(events)) == ("hm", "Hi")
    events = await answered(upstream, stream=True, model="deepseek-r1")
    assert thoughts(events) == ""


async def test_a_wrong_guess_is_told_again_as_text() -> None:
    """An answer that did not think is told as text after all."""
    upstream = emulated("Hi ", "you", options=EmulationOptions(thinks_first=("*",)))
    assert said(await answered(upstream, stream=True)) == "Hi you"


async def test_a_wrong_guess_does_not_show_in_a_whole_reply() -> None:
    """Where nobody waits for pieces nothing is told twice."""
    whole = await answered(emulated("Hi ", "you", options=EmulationOptions(thinks_first=("*",))))
    assert (thoughts(whole), said(whole)) == ("", "Hi you")


async def test_a_whole_reply_with_a_limit_is_not_held_back() -> None:
    """A cut works on text as it comes, so that the upstream is stopped early."""
    never = asyncio.Event()
    scripted = Scripted([[TextDelta("one two three")], never])
    events = await answered(Emulated(scripted, EmulationOptions()), max_tokens=2)
    assert said(events) == "one two"


async def test_leaving_closes_the_upstream() -> None:
    """A caller who leaves takes the upstream's answer with it."""
    never = asyncio.Event()
    scripted = Scripted([[TextDelta("a")], never])
    request = Request(model="m", messages=ASK, stream=True, stop=("END",))
    async with Emulated(scripted, EmulationOptions()).open(request) as stream:
        await anext(stream)
        assert scripted.running == 1
    assert scripted.running == 0


async def test_what_is_done_here_is_said() -> None:
    """Stop and limit are the gateway's, the rest is the upstream's; models are the upstream's."""
    upstream = emulated("a")
    assert upstream.name == "scripted"
    assert upstream.honours("m") == {
        "stop": Honour.GATEWAY,
        "max_tokens": Honour.GATEWAY,
        "tools": Honour.GATEWAY,
        "tool_choice": Honour.GATEWAY,
        "parallel_tool_calls": Honour.GATEWAY,
        "response_format": Honour.GATEWAY,
        "temperature": Honour.UPSTREAM,
    }
    assert (await upstream.catalogue()).models == ()
