"""The description, held against what is really served and accepted."""

import inspect
from typing import Any

import msgspec
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from akashchat import errors
from akashchat.app import create_app
from akashchat.dialects.base import Stamp
from akashchat.dialects.chat import Chat
from akashchat.dialects.chat.stream import ChatOptions
from akashchat.dialects.completions import Completions
from akashchat.dialects.images import Images
from akashchat.dialects.messages import Messages
from akashchat.dialects.messages.request import COUNTED, parse_count
from akashchat.dialects.ollama import OllamaChat, OllamaGenerate
from akashchat.dialects.openai import error_object
from akashchat.dialects.responses.request import PARAMETERS, Recalled, parse
from akashchat.doctor.visit import examine
from akashchat.model.events import Finish, FinishReason, ReasoningDelta, ToolCallDelta, ToolCallStart, Usage
from akashchat.model.reply import Fold
from akashchat.model.request import Request
from akashchat.server.forwarding import FORWARDED
from akashchat.server.openapi.errors import kinds
from akashchat.server.openapi.parameters import DONE_BY
from akashchat.server.routes import Methods
from akashchat.settings import Settings
from tests.support.described import API, events, is_right, named, operations, validator


class Remembering:
    """The Responses dialect as its endpoint uses it: it knows an earlier response of every id."""

    parameters = PARAMETERS

    def parse(self, body: bytes) -> Request:
        """A body as a request."""
        return parse(body, Recalled(()))


HELLO = {"model": "DeepSeek-V3.2", "messages": [{"role": "user", "content": "Hello"}]}


class Counted:
    """What is read where tokens are counted."""

    parameters = COUNTED
    parse = staticmethod(parse_count)


DIALECTS: dict[str, Any] = {
    "ChatRequest": Chat(ChatOptions()),
    "CompletionRequest": Completions(ChatOptions()),
    "ImageRequest": Images("AkashGen"),
    "MessagesRequest": Messages(),
    "ResponsesRequest": Remembering(),
    "CountRequest": Counted(),
    "OllamaChatRequest": OllamaChat(),
    "OllamaGenerateRequest": OllamaGenerate(),
}
LEAST = {
    "ChatRequest": HELLO,
    "CompletionRequest": {"model": "DeepSeek-V3.2", "prompt": "Hello"},
    "ImageRequest": {"prompt": "A fox"},
    "MessagesRequest": {**HELLO, "max_tokens": 9},
    "ResponsesRequest": {"model": "DeepSeek-V3.2", "input": "Hello"},
    "CountRequest": HELLO,
    "OllamaChatRequest": HELLO,
    "OllamaGenerateRequest": {"model": "DeepSeek-V3.2", "prompt": "Hello"},
}


def test_the_document_is_openapi() -> None:
    """The referee finds nothing to object to."""
    OpenAPIV31SpecValidator(API).validate()


def test_all_routes_are_described_and_nothing_else() -> None:
    """What is in the application's table is in the document, method by method."""
    forwards = {"base_url": "http://upstream.test/v1", "forwards": FORWARDED}
    settings = Settings(_env_file=None, upstreams={"mine": forwards})
    router = create_app(settings, examine=examine).house.paths
    served = {
        (route.path_format, method)
        for route in router.routes
        for method in next(v for v in vars(route).values() if isinstance(v, Methods))._endpoints
        if method != "HEAD"
    }
    assert served == {(path, method.upper()) for path, method, _ in operations()}


def test_examples_are_right() -> None:
    """Every example fits its schema, and the examples of requests are accepted."""
    examples = API["components"]["examples"]
    for path, _, operation in operations():
        asked = operation.get("requestBody", {}).get("content", {})
        answered = [answer.get("content", {}) for answer in operation["responses"].values()]
        for kind in (kind for content in (asked, *answered) for kind in content.values()):
            for example in kind.get("examples", {}).values():
                found = examples[example["$ref"].rpartition("/")[2]] if "$ref" in example else example
                is_right(kind["schema"], found["value"])
        for kind in asked.values():
            dialect = {**DIALECTS, "ConversationRequest": Remembering()}.get(
                kind["schema"]["$ref"].rpartition("/")[2]
            )
            for example in kind["examples"].values() if dialect else ():
                assert dialect.parse(msgspec.json.encode(example["value"])).messages, path


@pytest.mark.parametrize("name", DIALECTS)
def test_all_parameters_are_described(name: str) -> None:
    """The document knows the parameters that the dialect knows."""
    known = {parameter.partition(".")[0] for parameter in DIALECTS[name].parameters}
    assert API["components"]["schemas"][name]["properties"].keys() == known


VALUES = [
    None, True, False, 0, 1, -1, 0.5, 2, 2.5, 10, 11, 16, 17, 2**31, 2**31 + 1, "", " ", "x", "url",
    [], ["x"], ["x"] * 16, ["x"] * 17, [1], {}, {"a": 1}, {"include_usage": True}, {"include_usage": 1},
]  # fmt: skip


@pytest.mark.parametrize("name", DIALECTS)
def test_parameters_are_accepted_as_described(name: str) -> None:
    """What the schema allows is accepted, and of what is read nothing else is."""
    for parameter, schema in API["components"]["schemas"][name]["properties"].items():
        for value in VALUES:
            body = {
                **LEAST[name],
                **({"stream": True} if parameter == "stream_options" else {}),
                parameter: value,
            }
            allowed = validator(named(name)).is_valid(body)
            accepted = is_accepted(name, body)
            done = schema[DONE_BY] in {"upstream", "gateway"}
            assert accepted == (allowed if done else True), f"{parameter}: {value!r}"
            assert accepted or not allowed


def is_accepted(name: str, body: Any) -> bool:
    """Whether the dialect takes the body."""
    try:
        DIALECTS[name].parse(msgspec.json.encode(body))
    except errors.BadRequest:
        return False
    return True


PNG = "data:image/png;base64,iVBORw0KGgo="
MESSAGES = [
    {"role": "user"}, {"role": "robot", "content": "x"}, {"content": "x"}, {"role": "user", "content": 1},
    {"role": "developer", "content": "x"}, {"role": "function", "name": "f", "content": "x"},
    {"role": "user", "content": [{"type": "text", "text": "x"}]}, {"role": "user", "content": [{"type": "text"}]},
    {"role": "user", "content": [{"text": "x"}]}, {"role": "user", "content": ["x"]},
    {"role": "assistant", "content": [{"type": "refusal", "refusal": "no"}]},
    {"role": "user", "content": [{"type": "image_url", "image_url": PNG}]},
    {"role": "user", "content": [{"type": "image_url", "image_url": {"url": PNG, "detail": "low"}}]},
    {"role": "user", "content": [{"type": "image_url", "image_url": {}}]},
    {"role": "user", "content": [{"type": "input_audio", "input_audio": {}}]},
    {"role": "user", "content": [{"type": "file", "file": {"file_data": PNG, "filename": None}}]},
    {"role": "user", "content": [{"type": "file", "file": {"file_id": "x"}}]},
    {"role": "assistant", "tool_calls": [{"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}]},
    {"role": "assistant", "tool_calls": [{"id": "c"}]}, {"role": "assistant", "tool_calls": None},
    {"role": "assistant", "function_call": {"name": "f", "arguments": "{}"}},
    {"role": "assistant", "function_call": {"name": None}}, {"role": "tool", "tool_call_id": 1, "content": "x"},
    {"role": "tool", "tool_call_id": "c", "content": "x"},
    {"role": "assistant", "tool_calls": [{"id": "c", "type": "custom", "custom": {"name": "f", "input": "x"}}]},
]  # fmt: skip


@pytest.mark.parametrize("message", MESSAGES)
def test_messages_are_accepted_as_described(message: dict[str, Any]) -> None:
    """A message is accepted where the schema allows it, and only there."""
    body = {**HELLO, "messages": [message]}
    assert is_accepted("ChatRequest", body) == validator(named("ChatRequest")).is_valid(body)


F, C = {"type": "function", "function": {"name": "f"}}, {"type": "custom", "custom": {"name": "c"}}
FORMS: list[dict[str, Any]] = [
    {"tools": [F, C]}, {"tools": [{"type": "function"}]}, {"tools": [{"type": "function", "function": {}}]},
    {"tools": [{"type": "custom", "function": {"name": "f"}}]}, {"tools": [{"type": "robot"}]},
    {"tools": [{"type": "function", "function": {"name": "f", "parameters": None, "strict": None}}]},
    {"tools": [{"type": "function", "function": {"name": "f", "parameters": []}}]},
    {"tools": [{"type": "function", "function": {"name": "f", "strict": "yes"}}]},
    {"tools": [{"type": "function", "function": {"name": ""}}]},
    {"tools": [{"type": "custom", "custom": {"name": "c", "format": {"type": "text"}}}]},
    {"tools": [{"type": "custom", "custom": {"name": "c", "format": {"type": "poem"}}}]},
    {"tools": [{"type": "custom", "custom": {"name": "c", "format": {"type": "grammar", "grammar": {}}}}]},
    {"tools": [F], "tool_choice": "required"}, {"tools": [F], "tool_choice": "maybe"}, {"tools": [F], "tool_choice": F},
    {"tools": [F, C], "tool_choice": C}, {"tools": [F], "tool_choice": {"type": "function"}},
    {"tools": [F], "tool_choice": {"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": [F]}}},
    {"tools": [F], "tool_choice": {"type": "allowed_tools", "allowed_tools": {"mode": "none", "tools": [F]}}},
    {"response_format": {"type": "text"}}, {"response_format": {"type": "json_object"}},
    {"response_format": {"type": "x"}},
    {"response_format": {"type": "json_schema"}},
    {"response_format": {"type": "json_schema", "json_schema": {"name": "x"}}},
    {"response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": {}, "strict": True}}},
]  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_tools_and_formats_are_accepted_as_described(form: dict[str, Any]) -> None:
    """Where the schema allows them, and only there."""
    body = {**HELLO, **form}
    assert is_accepted("ChatRequest", body) == validator(named("ChatRequest")).is_valid(body)


def test_every_kind_of_failure_is_in_the_table() -> None:
    """The table and the schema follow the tree of classes."""
    classes = {kind for _, kind in inspect.getmembers(errors, inspect.isclass)} - {
        errors.GatewayError,
        errors.CallerError,
        errors.NotAllowed,
    }
    assert set(kinds()) == classes
    table = next(tag["description"] for tag in API["tags"] if tag["name"] == "Errors")
    for kind in classes:
        assert f"| {kind.status} | `{kind.code or 'null'}` | `{kind.type}` |" in table
        is_right(named("Error"), error_object(kind("no")))


CALLED = [
    ReasoningDelta("Hm."), ToolCallStart("call_1", "f"), ToolCallDelta("call_1", "{}"),
    Finish(FinishReason.TOOL_CALLS, Usage(1, 2)),
]  # fmt: skip


@pytest.mark.parametrize("form", ["reasoning_content", "reasoning", "both", "tags"])
def test_thoughts_and_calls_are_as_described(form: Any) -> None:
    """Answers that today's upstream does not give, and every form of thoughts, are described too."""
    dialect = Chat(ChatOptions(reasoning=form))
    request = dialect.parse(msgspec.json.encode(HELLO))
    stamp = Stamp("1", 1, str)
    fold = Fold()
    fold.feed(CALLED)
    reply = dialect.render_reply(fold.replies(), request, stamp)
    is_right(named("ChatCompletion"), msgspec.json.decode(reply))
    encoder = dialect.encoder(request, stamp)
    stream = encoder.start() + b"".join(encoder.encode(event) for event in CALLED)
    for chunk in events(stream.decode()):
        is_right(named("ChatCompletionChunk"), chunk)
