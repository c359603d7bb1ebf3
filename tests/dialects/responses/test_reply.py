"""Whole responses, read by the official client's types."""

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from akashchat.dialects.responses import Responses
from akashchat.dialects.responses.reply import ResponsesOptions, response_object
from akashchat.model.events import Event, Finish, FinishReason, TextDelta, Usage
from akashchat.model.reply import Fold, Replies
from akashchat.model.request import Request
from tests.support.answers import FINISHES, answers
from tests.support.dialects import STAMP
from tests.support.responses import response

DIALECT = Responses(ResponsesOptions(temperature=0.85, top_p=1.0))
HELLO: dict[str, Any] = {"model": "m", "input": "Hello"}


def folded(events: list[Event]) -> Replies:
    """The whole answer."""
    fold = Fold()
    fold.feed(events)
    return fold.replies()


def replied(events: list[Event], **asked: Any) -> Any:
    """The response to a body, valid to the letter."""
    request = DIALECT.parse(msgspec.json.encode({**HELLO, **asked}))
    return response(DIALECT.render_reply(folded(events), request, STAMP))


SAID: list[Event] = [TextDelta("Hi"), Finish(FinishReason.STOP, Usage(3, 4))]


@given(answers(ends=FINISHES))
def test_every_answer_has_a_response(events: list[Event]) -> None:
    """Whatever the grammar allows, the response is valid; also to a request of no dialect."""
    response(DIALECT.render_reply(folded(events), Request(model="m", messages=()), STAMP))


def test_a_response_repeats_its_request() -> None:
    """What was asked for is there again, and OpenAI's default where nothing was."""
    plain = replied(SAID)
    assert (plain.temperature, plain.top_p, plain.truncation, plain.tool_choice) == (
        0.85,
        1.0,
        "disabled",
        "auto",
    )
    assert (plain.usage.input_tokens, plain.usage.output_tokens, plain.usage.total_tokens) == (3, 4, 7)
    tool = {"type": "function", "name": "f", "parameters": {"type": "object"}}
    form = {"type": "json_schema", "name": "n", "schema": {"type": "object"}, "strict": True}
    full = replied(
        SAID, temperature=0.2, top_p=0.3, instructions="Be brief.", metadata={"a": "b"}, tools=[tool], user="me",
        tool_choice={"type": "function", "name": "f"}, parallel_tool_calls=False,
        text={"format": form, "verbosity": "low"},
        reasoning={"effort": "high", "summary": "auto"}, max_output_tokens=9, max_tool_calls=2, safety_identifier="s",
        prompt_cache_key="k", prompt_cache_retention="24h", store=False,
    )  # fmt: skip
    assert (full.temperature, full.top_p, full.instructions, full.metadata) == (
        0.2,
        0.3,
        "Be brief.",
        {"a": "b"},
    )
    assert (full.tools[0].name, full.tools[0].strict, full.tool_choice.name) == ("f", False, "f")
    assert (full.text.format.schema_, full.text.verbosity) == ({"type": "object"}, "low")
    assert (full.reasoning.effort, full.reasoning.summary) == ("high", "auto")
    assert (full.max_output_tokens, full.max_tool_calls, full.parallel_tool_calls) == (9, 2, False)
    assert (full.user, full.safety_identifier, full.prompt_cache_key, full.prompt_cache_retention) == (
        "me", "s", "k", "24h"
    )  # fmt: skip


def test_tools_of_every_kind_are_repeated() -> None:
    """Also those that nobody here runs: the response says what was asked."""
    tools = [
        {"type": "function", "name": "f", "parameters": {}},
        {"type": "custom", "name": "c", "format": {"type": "grammar", "syntax": "lark", "definition": "start: /a/"}},
        {"type": "namespace", "name": "n", "description": "N", "tools": [{"type": "function", "name": "g"}]},
        {"type": "local_shell"}, {"type": "shell"}, {"type": "apply_patch"}, {"type": "web_search"},
        {"type": "image_generation"}, {"type": "mcp", "server_label": "s", "server_url": "https://mcp.test"},
    ]  # fmt: skip
    assert [tool.type for tool in replied(SAID, tools=tools).tools] == [tool["type"] for tool in tools]


def test_an_estimate_says_so() -> None:
    """In a field of its own, which official clients pass on."""
    assert replied([TextDelta("Hi"), Finish(FinishReason.STOP)]).usage.estimated is True


def test_thoughts_are_told_apart_where_they_were_counted() -> None:
    """The field must be there, so it is zero where nobody counted them."""
    for thoughts in (0, 3):
        told = replied([TextDelta("Hi"), Finish(FinishReason.STOP, Usage(1, 4, reasoning_tokens=thoughts))])
        assert told.usage.output_tokens_details.reasoning_tokens == thoughts


@given(st.sampled_from(["in_progress", "completed", "incomplete", "failed"]))
def test_a_response_has_every_field_in_every_state(status: Any) -> None:
    """Clients of the Open Responses kind insist on them; https://www.openresponses.org/specification."""
    fields = response_object(Request(model="m", messages=()), STAMP, ResponsesOptions(), status)
    assert fields.keys() >= {
        "id", "object", "created_at", "completed_at", "status", "incomplete_details", "model", "previous_response_id",
        "instructions", "output", "error", "tools", "tool_choice", "truncation", "parallel_tool_calls", "text", "top_p",
        "presence_penalty", "frequency_penalty", "top_logprobs", "temperature", "reasoning", "user", "usage",
        "max_output_tokens", "max_tool_calls", "store", "background", "service_tier", "metadata", "safety_identifier",
        "prompt_cache_key",
    }  # fmt: skip
    response(fields)
