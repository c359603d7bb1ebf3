"""Responses with calls of tools, from a scripted upstream to the official client over a real socket."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import openai
from openai import AsyncOpenAI
from pydantic import BaseModel

from akashchat.clock import SystemChance
from akashchat.dialects.openai import render_error
from akashchat.dialects.responses.reply import ResponsesOptions
from akashchat.gateway.gateway import Gateway, GatewayOptions
from akashchat.model.events import (
    Finish,
    FinishReason,
    ReasoningDelta,
    TextDelta,
    ToolCallDelta,
    ToolCallStart,
    Usage,
)
from akashchat.model.request import ToolCall
from akashchat.server.addresses import Addresses
from akashchat.server.answers import AnswerOptions
from akashchat.server.base import Reading
from akashchat.server.forms import ErrorForms
from akashchat.server.middleware import Boundary, Origins
from akashchat.server.remembering import Memory
from akashchat.server.responses import ResponseAnswers
from akashchat.server.routes import Paths
from akashchat.server.stream import Patience
from tests.support.clock import HastyClock
from tests.support.gateway import served
from tests.support.keys import OPEN_LINKS, door
from tests.support.limits import limits
from tests.support.storing import stored
from tests.support.upstream import Scripted


class GetWeather(BaseModel):
    """Tells the weather."""

    city: str


CALLED = [
    [ReasoningDelta("Paris, then.")],
    [TextDelta("I look it up.")],
    [ToolCallStart("call_1", "GetWeather"), ToolCallDelta("call_1", '{"city":')],
    [ToolCallDelta("call_1", '"Paris"}')],
    [
        ToolCallStart("call_2", "apply_patch"),
        ToolCallDelta("call_2", "*** Begin"),
        ToolCallDelta("call_2", " Patch"),
    ],
    [Finish(FinishReason.TOOL_CALLS, Usage(5, 6))],
]
SAID = [[TextDelta("It rains.")], [Finish(FinishReason.STOP, Usage(7, 8))]]
TOOLS: list[Any] = [openai.pydantic_function_tool(GetWeather)["function"] | {"type": "function"},
                    {"type": "custom", "name": "apply_patch"}]  # fmt: skip


@asynccontextmanager
async def answering(upstream: Scripted) -> AsyncIterator[AsyncOpenAI]:
    """The official client of a gateway before this upstream."""
    clock = HastyClock()
    options = GatewayOptions()
    gateway = Gateway(
        upstream, None, door(clock), OPEN_LINKS, [], limits=limits(clock), clock=clock, options=options
    )
    store = stored(clock)
    how = AnswerOptions(reading=Reading(limit=10**6, timeout_s=9), patience=Patience(grace_s=9, ping_s=9))
    addresses = Addresses(gateway.links, "", "http://here")
    memory = Memory(store, ResponsesOptions())
    endpoint = ResponseAnswers(memory, gateway, addresses, how, clock, SystemChance())
    own = Origins(allowed=(), public_url="", guarded=False)
    app = Boundary(
        Paths({"/v1/responses": {"POST": endpoint}}), own, ErrorForms(render_error, {}), SystemChance()
    )
    async with served(app) as url, AsyncOpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0) as client:
        yield client
    await store.close()


async def test_a_tool_is_called_and_answered() -> None:
    """The helper parses the arguments; what the call gave goes back by the response's id alone."""
    upstream = Scripted(CALLED, SAID)
    async with answering(upstream) as client:
        async with client.responses.stream(model="m", input="Weather in Paris?", tools=TOOLS) as stream:
            kinds = [event.type async for event in stream]
            first = await stream.get_final_response()
        assert kinds.count("response.function_call_arguments.delta") == 2
        assert kinds.count("response.custom_tool_call_input.delta") == 2
        thoughts, message, call, patch = first.output
        assert (thoughts.type, message.type, patch.type) == ("reasoning", "message", "custom_tool_call")
        assert (call.call_id, call.name, call.arguments) == ("call_1", "GetWeather", '{"city":"Paris"}')
        assert patch.input == "*** Begin Patch"
        outputs: list[Any] = [
            {"type": "function_call_output", "call_id": "call_1", "output": "rain"},
            {"type": "custom_tool_call_output", "call_id": "call_2", "output": "done"},
        ]
        second = await client.responses.create(
            model="m", input=outputs, previous_response_id=first.id, tools=TOOLS
        )
    assert second.output_text == "It rains."
    asked = upstream.requests[1].messages
    assert [message.role for message in asked] == ["user", "assistant", "tool", "tool"]
    assert asked[1].text == "I look it up."
    assert asked[1].calls == (
        ToolCall("call_1", "GetWeather", '{"city":"Paris"}'),
        ToolCall("call_2", "apply_patch", "*** Begin Patch"),
    )
    assert [(message.name, message.text) for message in asked[2:]] == [
        ("GetWeather", "rain"),
        ("apply_patch", "done"),
    ]


async def test_arguments_are_parsed_for_the_caller() -> None:
    """``responses.parse`` makes objects of them."""
    upstream = Scripted([[ToolCallStart("c", "GetWeather"), ToolCallDelta("c", '{"city":"Rome"}')],
                         [Finish(FinishReason.TOOL_CALLS)]])  # fmt: skip
    async with answering(upstream) as client:
        strict = {**TOOLS[0], "strict": True}
        reply = await client.responses.parse(
            model="m", input="Weather?", tools=[strict], tool_choice="required"
        )
    assert reply.output[0].parsed_arguments == {"city": "Rome"}
    assert upstream.requests[0].tool_choice.mode == "required"
