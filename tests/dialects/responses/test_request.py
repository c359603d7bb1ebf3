"""Responses bodies, read."""

import base64
from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from akashchat.dialects.responses import Responses
from akashchat.dialects.responses.items import compaction_content
from akashchat.dialects.responses.reply import ResponsesOptions
from akashchat.dialects.responses.request import SETTLED, Asked, Recalled, parse, wanted
from akashchat.errors import BadRequest, PreviousResponseNotFound
from akashchat.model.request import (
    ImagePart,
    Message,
    OutputFormat,
    TextPart,
    ToolCall,
    ToolChoice,
)

PNG = "data:image/png;base64,iVBORw0KGgo="


def asked(recalled: Recalled | None = None, **body: Any) -> Asked:
    """The request that a body is read as."""
    whole = {"model": "m", "input": "Hello", **body}
    return parse(msgspec.json.encode(whole), recalled or Recalled())


def refused(**body: Any) -> BadRequest:
    """What is said of a body that cannot be read."""
    with pytest.raises(BadRequest) as caught:
        asked(**body)
    return caught.value


def said(role: Any, text: str, **more: Any) -> Message:
    """One turn of text."""
    return Message(role, (TextPart(text),), **more)


def test_a_text_is_a_turn_of_the_users() -> None:
    """The short form, with instructions before it."""
    request = asked(instructions="Be brief.")
    assert request.messages == (said("system", "Be brief."), said("user", "Hello"))
    assert request.told["instructions"] == "Be brief."


def test_items_become_turns() -> None:
    """Messages in both forms, parts of every kind, calls with their answers; one turn of the assistant's is one."""
    request = asked(input=[
        {"role": "developer", "content": "Rules."},
        {"type": "message", "role": "user", "content": [
            {"type": "input_text", "text": "Look"}, {"type": "input_image", "image_url": PNG, "detail": "auto"}]},
        {"type": "reasoning", "id": "rs_1", "summary": []},
        {"type": "message", "role": "assistant", "id": "msg_1", "status": "completed",
         "content": [{"type": "output_text", "text": "I see", "annotations": []}]},
        {"type": "function_call", "call_id": "c1", "name": "f", "arguments": "{}"},
        {"type": "custom_tool_call", "call_id": "c2", "name": "p", "input": "text"},
        {"type": "function_call_output", "call_id": "c1", "output": "one"},
        {"type": "custom_tool_call_output", "call_id": "c2", "output": [{"type": "input_text", "text": "two"}]},
    ])  # fmt: skip
    system, user, assistant, first, second = request.messages
    assert system == said("system", "Rules.")
    assert user.parts == (TextPart("Look"), ImagePart(PNG, "image/png"))
    assert assistant == said(
        "assistant", "I see", calls=(ToolCall("c1", "f", "{}"), ToolCall("c2", "p", "text"))
    )
    assert first == said("tool", "one", name="f", call_id="c1")
    assert second == said("tool", "two", name="p", call_id="c2")


def test_shells_and_patches_that_ran_at_the_clients_are_calls() -> None:
    """They are told to the model as it was offered them."""
    request = asked(input=[
        {"role": "user", "content": "List"},
        {"type": "local_shell_call", "id": "lc_1", "call_id": "c1", "status": "completed",
         "action": {"type": "exec", "command": ["ls"], "env": {}}},
        {"type": "local_shell_call_output", "id": "c1", "output": "a.txt"},
        {"type": "apply_patch_call", "call_id": "c2", "status": "completed",
         "operation": {"type": "delete_file", "path": "a.txt"}},
        {"type": "apply_patch_call_output", "call_id": "c2", "status": "completed"},
    ])  # fmt: skip
    assert request.messages[1].calls == (ToolCall("c1", "local_shell", '{"command":["ls"],"env":{}}'),)
    assert request.messages[2] == said("tool", "a.txt", name="local_shell", call_id="c1")
    assert request.messages[3].calls == (
        ToolCall("c2", "apply_patch", '{"type":"delete_file","path":"a.txt"}'),
    )
    assert request.messages[4].text == "completed"


def test_tools_of_every_kind_are_read() -> None:
    """Functions, texts with a grammar, namespaces and shells are offered; what OpenAI would run is named."""
    grammar = {"type": "grammar", "syntax": "lark", "definition": "start: /a/"}
    request = asked(tools=[
        {"type": "function", "name": "f", "parameters": {"type": "object"}, "strict": True, "description": "F"},
        {"type": "custom", "name": "apply", "format": grammar},
        {"type": "namespace", "name": "maps", "description": "", "tools": [{"type": "function", "name": "find"}]},
        {"type": "local_shell"},
        {"type": "web_search"}, {"type": "image_generation", "output_format": "png"},
        {"type": "shell", "environment": {"type": "container_auto"}},
    ])  # fmt: skip
    assert [tool.name for tool in request.tools] == ["f", "apply", "maps__find", "local_shell"]
    assert (request.tools[1].freeform, request.tools[1].grammar) == (True, "start: /a/")
    assert request.tools[0].strict
    assert request.options.keys() == {"tools[web_search]", "tools[image_generation]", "tools[shell]"}
    assert request.asked() >= request.options.keys()


@pytest.mark.parametrize(("choice", "expected"), [
    ("auto", ToolChoice()), ("none", ToolChoice("none")), ("required", ToolChoice("required")), (None, ToolChoice()),
    ({"type": "function", "name": "f"}, ToolChoice("required", ("f",))),
    ({"type": "custom", "name": "c"}, ToolChoice("required", ("c",))),
    ({"type": "allowed_tools", "mode": "auto", "tools": [{"type": "function", "name": "f"}, {"type": "mcp"}]},
     ToolChoice("auto", ("f",))),
])  # fmt: skip
def test_the_choice_of_tools_is_read(choice: Any, expected: ToolChoice) -> None:
    """Every form of it."""
    tools = [{"type": "function", "name": "f"}, {"type": "custom", "name": "c"}]
    assert asked(tools=tools, tool_choice=choice).tool_choice == expected


def test_the_form_of_the_text_is_read() -> None:
    """JSON of any shape, or of a shape that is given."""
    schema = {"type": "object"}
    form = {"type": "json_schema", "name": "n", "schema": schema, "strict": True}
    assert asked(text={"format": form}).output == OutputFormat(schema, "n", True, "text.format.schema")
    assert asked(text={"format": {"type": "json_object"}}).output == OutputFormat()
    assert asked(text={"format": {"type": "text"}}).output is None


def test_information_may_be_anything() -> None:
    """No answer depends on it, and what it should not be is not repeated."""
    names = ("user", "safety_identifier", "prompt_cache_key", "max_tool_calls")
    request = asked(metadata={"a": "b", "c": 1}, **dict.fromkeys(names, True))
    assert request.user == ""
    assert [request.told[name] for name in names] == [None] * 4
    assert request.told["metadata"] == {"a": "b"}
    assert asked(metadata=[]).told["metadata"] == {}
    assert all(SETTLED[name] == "information" for name in ("metadata", *names[:3]))
    assert "max_tool_calls" not in SETTLED


def test_what_nobody_does_is_named_and_the_rest_settled() -> None:
    """Parameters go into the request, or into its options by name, or they ask for nothing."""
    request = asked(
        reasoning={"effort": "high", "summary": "auto"}, text={"verbosity": "low"}, truncation="auto", top_logprobs=2,
        include=["reasoning.encrypted_content"], service_tier="flex", moderation={"model": "x"}, new_thing=1,
        metadata={"a": "b"}, prompt_cache_key="k", max_tool_calls=2, background=False, conversation=None,
        max_output_tokens=9, temperature=0.5, top_p=0.5, parallel_tool_calls=False, store=False, user="me",
    )  # fmt: skip
    assert request.options.keys() == {
        "reasoning_effort", "verbosity", "truncation", "top_logprobs", "include[reasoning.encrypted_content]",
        "service_tier", "moderation", "new_thing", "max_tool_calls",
    }  # fmt: skip
    assert request.summary
    assert (request.max_tokens, request.temperature, request.top_p, request.parallel_calls) == (
        9,
        0.5,
        0.5,
        False,
    )
    assert (request.store, request.user) == (False, "me")
    nothing = asked(
        truncation="disabled",
        service_tier="auto",
        top_logprobs=0,
        reasoning=None,
        text=None,
        max_tool_calls=None,
    )
    assert nothing.options == {}


@pytest.mark.parametrize(("body", "param"), [
    ({"model": " "}, "model"), ({"input": None}, "input"), ({"input": []}, "input"), ({"input": 1}, "input"),
    ({"input": [1]}, "input[0]"), ({"input": [{"role": "robot", "content": "x"}]}, "input[0].role"),
    ({"input": [{"role": "user", "content": [{"type": "x"}]}]}, "input[0].content[0].type"),
    ({"input": [{"role": "user", "content": [{"type": "input_text"}]}]}, "input[0].content[0].text"),
    ({"input": [{"role": "user", "content": [{"type": "input_image", "file_id": "f"}]}]}, "input[0].content[0]"),
    ({"input": [{"role": "user", "content": [{"type": "input_image", "image_url": "x"}]}]},
     "input[0].content[0].image_url"),
    ({"input": [{"role": "user", "content": [{"type": "input_file", "file_url": "x"}]}]},
     "input[0].content[0].file_url"),
    ({"input": [{"role": "user", "content": [{"type": "input_audio"}]}]}, "input[0].content[0]"),
    ({"input": [{"type": "function_call", "name": "f", "arguments": "{}"}]}, "input[0].call_id"),
    ({"input": [{"type": "item_reference", "id": "msg_1"}]}, "input[0].id"), ({"input": [{"id": "x"}]}, "input[0].id"),
    ({"input": [{"type": "compaction", "encrypted_content": "gAAA"}]}, "input[0].encrypted_content"),
    ({"input": [{"type": "compaction_trigger"}]}, "input[0]"), ({"input": [{"type": "web_search_call"}]}, "input"),
    ({"input": [{"type": "additional_tools", "tools": 1}]}, "input[0].tools"),
    ({"tools": [{"type": "function"}]}, "tools[0].name"), ({"tools": [{}]}, "tools[0].type"),
    ({"tools": [{"type": "function", "name": ""}]}, "tools[0].name"),
    ({"tools": [{"type": "function", "name": "f"}] * 2}, "tools[1].name"),
    ({"tools": [{"type": "function", "name": f"f{i}"} for i in range(513)]}, "tools"),
    ({"tool_choice": "required"}, "tool_choice"), ({"tool_choice": "some"}, "tool_choice"),
    ({"tool_choice": {"type": "web_search_preview"}}, "tool_choice"), ({"tool_choice": {}}, "tool_choice.type"),
    ({"tools": [{"type": "custom", "name": "f"}], "tool_choice": {"type": "function", "name": "g"}}, "tool_choice"),
    ({"tool_choice": {"type": "allowed_tools", "mode": "required", "tools": []}}, "tool_choice"),
    ({"text": {"format": {"type": "json_schema", "name": "n"}}}, "text.format.schema"),
    ({"text": {"format": {"type": "json_schema", "schema": {}}}}, "text.format.name"),
    ({"temperature": 3}, "temperature"), ({"top_p": 2}, "top_p"), ({"max_output_tokens": 0}, "max_output_tokens"),
    ({"background": True}, "background"), ({"conversation": "conv_1"}, "conversation"),
    ({"prompt": {"id": "p"}}, "prompt"),
    ({"stream_options": {"include_obfuscation": False}}, "stream_options"),
])  # fmt: skip
def test_what_is_wrong_is_told_with_its_place(body: dict[str, Any], param: str) -> None:
    """A body that cannot be read is refused, and ``param`` says where."""
    assert refused(**body).param == param


def test_items_that_say_nothing_here_are_named() -> None:
    """Calls of tools that ran elsewhere are left out of the conversation, and that is told."""
    request = asked(input=[{"role": "user", "content": "Hi"}, {"type": "web_search_call", "id": "ws_1"}])
    assert request.options.keys() == {"input[web_search_call]"}


def test_a_summary_takes_the_place_of_earlier_turns() -> None:
    """What was made of them here is read back."""
    request = asked(input=[{"type": "compaction", "encrypted_content": compaction_content("We met.")}])
    assert request.messages[0].text.endswith("We met.")
    assert refused(input=[{"type": "compaction", "encrypted_content": base64.b64encode(b"x").decode()}]).param


def test_earlier_turns_come_before() -> None:
    """What is recalled stands before the request's own items, and references are replaced."""
    recalled = Recalled(
        ({"role": "user", "content": "One"},), {"msg_1": {"role": "assistant", "content": "Two"}}
    )
    request = asked(
        recalled, input=[{"id": "msg_1"}, {"role": "user", "content": "Three"}], previous_response_id="r"
    )
    assert [message.text for message in request.messages] == ["One", "Two", "Three"]
    assert len(request.items) == 2
    body = msgspec.json.encode({"model": "m", "previous_response_id": "r", "input": [{"id": "msg_1"}]})
    assert (wanted(body).previous, wanted(body).items) == ("r", ("msg_1",))


OUTPUT = {"type": "function_call_output", "call_id": "call_1", "output": "sunny"}


@pytest.mark.parametrize("output", [
    OUTPUT, {**OUTPUT, "type": "custom_tool_call_output"}, {**OUTPUT, "type": "shell_call_output"},
])  # fmt: skip
def test_an_output_needs_its_call(output: dict[str, Any]) -> None:
    """One that no call gave is refused, as at OpenAI, also where there are others."""
    call = {"type": "function_call", "call_id": "call_2", "name": "f", "arguments": "{}"}
    assert refused(input=[call, output]).param == "input[1].call_id"


def test_a_summary_may_hold_the_call() -> None:
    """What was made short is not looked into for calls."""
    summary = {"type": "compaction", "encrypted_content": compaction_content("f was called")}
    assert asked(input=[summary, OUTPUT]).messages[-1].role == "tool"


def test_a_dialect_that_remembers_nothing_knows_no_earlier_response() -> None:
    """It says so in the words that clients know."""
    with pytest.raises(PreviousResponseNotFound) as caught:
        asked(previous_response_id="resp_1")
    assert caught.value.param == "previous_response_id"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5)
    | st.sampled_from(["message", "function_call", "user", "input_text", "compaction", "local_shell_call"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["type", "role", "content", "id", "call_id", "name", "output", "tools", "text", "action"]), inner
    ),
)  # fmt: skip


@given(JSON, JSON, JSON, JSON)
def test_garbage_is_refused_or_read(items: Any, tools: Any, choice: Any, text: Any) -> None:
    """Whatever a body holds, it is a request or a ``BadRequest``."""
    body = {"model": "m", "input": items, "tools": tools, "tool_choice": choice, "text": text}
    with suppress(BadRequest):
        assert Responses(ResponsesOptions()).parse(msgspec.json.encode(body)).messages


def test_what_coding_agents_send_is_read() -> None:
    """A turn of Codex: a text tool with a grammar, tools it sends unasked, thoughts of ours among its items."""
    request = asked(
        instructions="You are a coding agent.",
        input=[
            {"type": "message", "role": "developer", "content": [{"type": "input_text", "text": "<permissions>"}]},
            {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Fix it"}]},
            {"type": "reasoning", "summary": [], "content": [{"type": "reasoning_text", "text": "Hm"}],
             "encrypted_content": None},
            {"type": "function_call", "name": "shell", "arguments": '{"command":["ls"]}', "call_id": "c1"},
            {"type": "function_call_output", "call_id": "c1", "output": '{"output":"a.py"}'},
            {"type": "custom_tool_call", "status": "completed", "name": "apply_patch", "input": "*** Begin",
             "call_id": "c2"},
            {"type": "custom_tool_call_output", "call_id": "c2", "output": "Done"},
        ],
        tools=[
            {"type": "function", "name": "shell", "description": "", "strict": False, "parameters": {"type": "object"}},
            {"type": "custom", "name": "apply_patch", "description": "",
             "format": {"type": "grammar", "syntax": "lark", "definition": "start: begin"}},
            {"type": "web_search", "external_web_access": False},
        ],
        tool_choice="auto", parallel_tool_calls=True, reasoning={"effort": "medium", "summary": "auto"}, store=False,
        stream=True, include=["reasoning.encrypted_content"], prompt_cache_key="0199", text={"verbosity": "medium"},
        client_metadata={"x": "y"},
    )  # fmt: skip
    assert [message.role for message in request.messages] == [
        "system", "system", "user", "assistant", "tool", "assistant", "tool"
    ]  # fmt: skip
    assert request.options.keys() == {
        "tools[web_search]", "reasoning_effort", "include[reasoning.encrypted_content]", "client_metadata"
    }  # fmt: skip
    assert (request.summary, request.stream, request.store) == (True, True, False)
