"""What models write, from the text to the calls that are made."""

import re
from typing import Any

import pytest

from akashchat.emulation.schema import compiled
from akashchat.model.events import Finish, FinishReason, TextDelta, ToolCallStart
from tests.emulation.tools.test_form import STOP, answered, calls, said
from tests.support.answers import cut
from tests.support.outputs import TOOLS, Case, Expected, cases
from tests.support.upstream import Scripted

TOOL = {tool.name: tool for tool in TOOLS}
CALLING = [case for case in cases() if case.calls]
TALKING = [case for case in cases() if not case.calls]
PLAIN = [case for case in CALLING if all(call.known and not call.repair for call in case.calls)]
CUT_OFF = Finish(FinishReason.LENGTH)
_CALL = re.compile(
    r"<tool_call>|<function=|<invoke|arg_key|\"(?:tool_)?name\"\s*:\s*\"(?!function)|\[\w+\(\w+="
)
_THOUGHTS = re.compile("<think>.*</think>", re.DOTALL)
CUT = {
    "bare: cut in a string",
    "bare: array cut",
    "hermes: cut in the arguments",
    "hermes: cut after a key",
    "hermes: string never closed",
    "hermes: cut after an opening brace",
    "hermes: cut in a list",
    "hermes: cut in double-encoded arguments",
    "hermes: list not closed",
    "hermes: unquoted string value",
    "hermes: bracket for a brace",
    "markers: llama python tag cut",
    "markers: deepseek cut in the arguments",
    "markers: mistral cut",
    "markers: kimi cut",
}
"""Cases whose arguments break off, or could be read in two ways: they are asked for again."""


def played(case: Case, size: int) -> Scripted:
    """The case as an answer, in pieces; asked again, the model says a word."""
    pieces = [[TextDelta(piece)] for piece in cut(case.text, range(0, len(case.text), size))]
    return Scripted([*pieces, [STOP]], [[TextDelta("No.")], [STOP]])


def fitted(call: Expected) -> tuple[str, Any]:
    """A call with the arguments as their schema wants them."""
    tool = TOOL[call.name]
    if tool.freeform:
        return call.name, call.arguments
    return call.name, compiled(tool.parameters, "x").fit(call.arguments).value


@pytest.mark.parametrize("case", CALLING, ids=str)
async def test_calls_are_made_as_they_are_meant(case: Case) -> None:
    """With exactly the arguments that were written, mended; nothing of a call is shown."""
    for size in (3, len(case.text)):
        upstream = played(case, size)
        events = await answered(upstream, tools=TOOLS)
        names = [event.name for event in events if isinstance(event, ToolCallStart)]
        assert set(names) <= TOOL.keys()
        if str(case) in CUT or not all(call.known for call in case.calls):
            assert len(upstream.requests) == 2
        else:
            assert len(upstream.requests) == 1
            assert made(events) == [fitted(call) for call in case.calls]
            assert said(events).split() == _THOUGHTS.sub("", case.prose).split()


@pytest.mark.parametrize("case", PLAIN, ids=str)
async def test_a_cut_makes_no_other_call(case: Case) -> None:
    """Wherever the limit cuts an answer, what is called is what would have been called, or less."""
    meant = [fitted(call) for call in case.calls]
    for end in range(1, len(case.text), 5):
        events = await answered(Scripted([[TextDelta(case.text[:end])], [CUT_OFF]]), tools=TOOLS)
        found = made(events)
        assert found == meant[: len(found)]
        shown = said(events).removeprefix(case.prose).strip()
        assert case.prose.startswith(shown) or not _CALL.search(shown)


@pytest.mark.parametrize("case", TALKING, ids=str)
async def test_what_is_no_call_is_said(case: Case) -> None:
    """Examples, quotations, other JSON: all of it, and no call is made or asked for."""
    upstream = played(case, 3)
    events = await answered(upstream, tools=TOOLS)
    assert made(events) == []
    assert isinstance(events[-1], Finish)
    assert said(events).strip() == case.prose.strip()
    assert len(upstream.requests) == 1


def made(events: list[Any]) -> list[tuple[str, Any]]:
    """The calls of an answer."""
    return calls(events, freeform="apply_patch")
