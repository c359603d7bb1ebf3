"""The description, held against what is really served, accepted and sent."""

import copy
import inspect
import itertools
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import msgspec
import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from akashchat import __version__, errors
from akashchat.app import create_app
from akashchat.dialects.base import Stamp
from akashchat.dialects.chat import Chat
from akashchat.dialects.chat.stream import ChatOptions
from akashchat.dialects.images import Images
from akashchat.dialects.openai import error_object
from akashchat.model.events import Finish, FinishReason, ReasoningDelta, ToolCallDelta, ToolCallStart, Usage
from akashchat.model.reply import Fold
from akashchat.server.openapi import document
from akashchat.server.openapi.errors import kinds
from akashchat.server.openapi.parameters import DONE_BY
from akashchat.server.routes import Methods
from akashchat.settings import Settings
from akashchat.simulator import Simulator
from tests.support.gateway import running

API = document(__version__)
HELLO = {"model": "DeepSeek-V3.2", "messages": [{"role": "user", "content": "Hello"}]}
DIALECTS = {"ChatRequest": Chat(ChatOptions()), "ImageRequest": Images("AkashGen")}
LEAST = {"ChatRequest": HELLO, "ImageRequest": {"prompt": "A fox"}}
OURS = ("x-", "retry-after", "www-authenticate")
UNTOLD = {"x-accel-buffering", "x-content-type-options"}


def validator(schema: dict[str, Any], api: dict[str, Any] = API) -> Draft202012Validator:
    """What checks values against a schema of the document."""
    return Draft202012Validator({**schema, "components": api["components"]})


def named(name: str) -> dict[str, Any]:
    """A schema of the document by its name."""
    return {"$ref": f"#/components/schemas/{name}"}


def closed(value: Any) -> Any:
    """The same document, but objects may hold nothing that is not described."""
    if isinstance(value, list):
        return [closed(item) for item in value]
    if not isinstance(value, dict):
        return value
    inner = {name: closed(item) for name, item in value.items()}
    return {**inner, "additionalProperties": False} if isinstance(value.get("properties"), dict) else inner


CLOSED = closed(copy.deepcopy(API))


def is_right(schema: dict[str, Any], value: Any) -> None:
    """Fail unless the value is described, in every field."""
    validator(schema, CLOSED).validate(value)


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Path, method and operation of all that is described."""
    for path, methods in API["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def events(stream: str) -> list[Any]:
    """The JSON objects of a stream of server-sent events."""
    lines = [line.removeprefix("data: ") for line in stream.splitlines() if line.startswith("data: ")]
    return [msgspec.json.decode(line) for line in lines if line != "[DONE]"]


class Client:
    """Calls operations and holds what comes back against the description."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self._url = url

    async def call(
        self,
        method: str,
        path: str,
        /,
        body: Any = None,
        data: bytes | None = None,
        query: str = "",
        **names: str,
    ) -> tuple[int, Any, aiohttp.typedefs.LooseHeaders]:
        """Status, body and headers of a response that is as described."""
        answers = API["paths"][path][method]["responses"]
        address = f"{self._url}{path.format(**names)}{query}"
        async with self._session.request(method, address, json=body, data=data) as reply:
            text = await reply.text("utf-8", "replace")
        described = answers[str(reply.status)]
        told = {name.lower() for name in reply.headers if name.lower().startswith(OURS)} - UNTOLD
        assert told <= described["headers"].keys()
        assert "x-request-id" in told
        if reply.content_type == "application/json":
            value = msgspec.json.decode(text)
            is_right(described["content"]["application/json"]["schema"], value)
        elif reply.content_type == "text/event-stream":
            value = events(text)
            for event in value:
                is_right(described["content"]["text/event-stream"]["schema"], event)
        else:
            assert {reply.content_type, "image/*"} & described["content"].keys()
            value = text
        return reply.status, value, reply.headers


@asynccontextmanager
async def calling(url: str, key: str = "") -> AsyncIterator[Client]:
    """A client of the gateway at ``url``."""
    shown = {"authorization": f"Bearer {key}"} if key else {}
    async with aiohttp.ClientSession(headers=shown) as session:
        yield Client(session, url)


@pytest.fixture
async def client(gateway: str) -> AsyncIterator[Client]:
    """A client of the gateway before the simulator."""
    async with calling(gateway) as client:
        yield client


def test_the_document_is_openapi() -> None:
    """The referee finds nothing to object to."""
    OpenAPIV31SpecValidator(API).validate()


def test_all_routes_are_described_and_nothing_else() -> None:
    """What is in the application's table is in the document, method by method."""
    router = create_app(Settings(_env_file=None))._app
    served = {
        (route.path_format, method)
        for route in router.routes
        for method in next(v for v in vars(route).values() if isinstance(v, Methods))._endpoints
        if method != "HEAD"
    }
    assert served == {(path, method.upper()) for path, method, _ in operations()}


def test_examples_are_right() -> None:
    """Every example fits its schema, and is a request that is accepted."""
    count = 0
    for path, _, operation in operations():
        bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
        for kind in itertools.chain.from_iterable(body.get("content", {}).values() for body in bodies):
            for example in kind.get("examples", {}).values():
                found = (
                    API["components"]["examples"][example["$ref"].split("/")[-1]]
                    if "$ref" in example
                    else example
                )
                is_right(kind["schema"], found["value"])
                count += 1
        for example in (
            operation.get("requestBody", {})
            .get("content", {})
            .get("application/json", {})
            .get("examples", {})
            .values()
        ):
            dialect = DIALECTS["ChatRequest" if "chat" in path else "ImageRequest"]
            dialect.parse(msgspec.json.encode(example["value"]))
    assert count > 20


@pytest.mark.parametrize("name", DIALECTS)
def test_all_parameters_are_described(name: str) -> None:
    """The document knows the parameters that the dialect knows."""
    assert API["components"]["schemas"][name]["properties"].keys() == DIALECTS[name].parameters


VALUES = [
    None, True, False, 0, 1, -1, 0.5, 1.0, 2, 2.5, 10, 11, 16, 17, 2**31, 2**31 + 1, "", " ", "x", "url",
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
]  # fmt: skip


@pytest.mark.parametrize("message", MESSAGES)
def test_messages_are_accepted_as_described(message: dict[str, Any]) -> None:
    """A message is accepted where the schema allows it, and only there."""
    body = {**HELLO, "messages": [message]}
    assert is_accepted("ChatRequest", body) == validator(named("ChatRequest")).is_valid(body)


ASKED: dict[str, Any] = {
    "stream": False, "temperature": 0.5, "top_p": 0.5, "topP": 0.5, "max_completion_tokens": 9, "max_tokens": 9,
    "stop": "x", "n": 2, "user": "me", "tools": [{"type": "function"}], "tool_choice": "required",
    "parallel_tool_calls": False, "functions": [{"name": "f"}], "function_call": {"name": "f"},
    "response_format": {"type": "json_object"}, "seed": 1, "reasoning_effort": "low", "verbosity": "low",
    "frequency_penalty": 1, "presence_penalty": 1, "logit_bias": {"1": 1}, "logprobs": True, "top_logprobs": 1,
    "modalities": ["audio"], "audio": {"voice": "x"}, "prediction": {"type": "content"}, "web_search_options": {},
    "service_tier": "flex", "store": True, "metadata": {"a": "b"}, "safety_identifier": "x",
    "prompt_cache_key": "x", "prompt_cache_retention": "24h", "prompt_cache_options": {},
}  # fmt: skip
DRAWN: dict[str, Any] = {
    "model": "dall-e-3", "n": 2, "response_format": "b64_json", "stream": False, "user": "me", "size": "256x256",
    "quality": "hd", "style": "vivid", "background": "transparent", "moderation": "low", "output_format": "png",
    "output_compression": 50, "partial_images": 1,
}  # fmt: skip


@pytest.mark.parametrize(("name", "path", "asked"), [
    ("ChatRequest", "/v1/chat/completions", ASKED), ("ImageRequest", "/v1/images/generations", DRAWN),
])  # fmt: skip
async def test_what_nobody_does_is_named(client: Client, name: str, path: str, asked: dict[str, Any]) -> None:
    """The header names the parameters of which the document says that nobody does them, and no others."""
    properties = API["components"]["schemas"][name]["properties"]
    assert asked.keys() >= {
        parameter for parameter in properties if properties[parameter][DONE_BY] == "nobody"
    }
    status, _, headers = await client.call("post", path, {**LEAST[name], **asked})
    assert status == 200
    nobody = [parameter for parameter in asked if properties[parameter][DONE_BY] == "nobody"]
    assert headers["x-akashchat-ignored"] == ", ".join(sorted(nobody))


CALLS: list[tuple[str, str, dict[str, Any]]] = [
    ("post", "/v1/chat/completions", {"body": HELLO}),
    ("post", "/v1/chat/completions", {"body": {**HELLO, "n": 2, "max_tokens": 3}}),
    (
        "post",
        "/v1/chat/completions",
        {"body": {**HELLO, "stream": True, "stream_options": {"include_usage": True}}},
    ),
    ("post", "/v1/chat/completions", {"body": {**HELLO, "model": "AkashGen"}}),
    ("post", "/v1/chat/completions", {"body": {**HELLO, "model": "AkashGen", "stream": True}}),
    ("post", "/v1/images/generations", {"body": {"prompt": "A fox"}}),
    ("post", "/v1/images/generations", {"body": {"prompt": "A fox", "response_format": "b64_json"}}),
    ("post", "/v1/images/generations", {"body": {"prompt": "A fox", "stream": True}}),
    ("get", "/v1/models", {}),
    ("get", "/v1/models", {"query": "?format=akash"}),
    ("get", "/v1/models/{model_id}", {"model_id": "Qwen/Qwen3-30B-A3B"}),
    ("get", "/v1/capabilities", {}),
    ("get", "/health", {}),
    ("get", "/health/ready", {}),
    ("get", "/openapi.json", {}),
    ("get", "/docs", {}),
    ("get", "/", {}),
    ("get", "/assets/{name}", {"name": "style.css"}),
]


@pytest.mark.parametrize(("method", "path", "call"), CALLS)
async def test_replies_are_as_described(client: Client, method: str, path: str, call: dict[str, Any]) -> None:
    """What the gateway really sends has every field that is described, and no other."""
    status, _, _ = await client.call(method, path, **call)
    assert status == 200


async def test_a_picture_is_as_described(client: Client) -> None:
    """The picture of an answer can be fetched where the answer says."""
    _, reply, _ = await client.call("post", "/v1/images/generations", {"prompt": "A fox"})
    name = reply["data"][0]["url"].rpartition("/")[2]
    status, _, headers = await client.call("get", "/v1/images/files/{name}", name=name)
    assert (status, headers["content-type"]) == (200, "image/webp")


FAILURES: list[tuple[str, int, str, str, dict[str, Any]]] = [
    ("", 400, "post", "/v1/chat/completions", {"data": b"{"}),
    ("", 404, "post", "/v1/chat/completions", {"body": {**HELLO, "model": "none"}}),
    ("", 413, "post", "/v1/chat/completions", {"data": b" " * 2_000_000}),
    ("quota_spent", 429, "post", "/v1/chat/completions", {"body": HELLO}),
    ("garbage", 502, "post", "/v1/chat/completions", {"body": HELLO}),
    ("bot_check", 503, "post", "/v1/chat/completions", {"body": HELLO}),
    ("cut", 200, "post", "/v1/chat/completions", {"body": {**HELLO, "stream": True}}),
    ("image_text", 400, "post", "/v1/images/generations", {"body": {"prompt": "A fox"}}),
    ("image_failed", 502, "post", "/v1/images/generations", {"body": {"prompt": "A fox"}}),
    ("image_failed", 200, "post", "/v1/images/generations", {"body": {"prompt": "A fox", "stream": True}}),
    ("", 404, "get", "/v1/images/files/{name}", {"name": "none.webp"}),
    ("", 400, "get", "/v1/models", {"query": "?format=xml"}),
    ("models_500", 502, "get", "/v1/models", {}),
    ("", 404, "get", "/v1/models/{model_id}", {"model_id": "none"}),
    ("models_500", 502, "get", "/v1/capabilities", {}),
    ("models_500", 503, "get", "/health/ready", {}),
    ("", 404, "get", "/assets/{name}", {"name": "none.js"}),
]


@pytest.mark.parametrize(("scenario", "expected", "method", "path", "call"), FAILURES)
async def test_failures_are_as_described(
    akash: Simulator, scenario: str, expected: int, method: str, path: str, call: dict[str, Any]
) -> None:
    """A failure has a status, a body and headers that its operation describes."""
    if scenario:
        akash.play(scenario, None)
    async with running(akash.url, server={"max_body_bytes": 1_000_000}) as url, calling(url) as client:
        status, _, _ = await client.call(method, path, **call)
    assert status == expected


KEYED = [(path, method) for path, method, operation in operations() if "security" not in operation]


async def test_a_key_is_asked_for_as_described(akash: Simulator) -> None:
    """Without the key exactly those operations refuse that are not described as open."""
    async with (
        running(akash.url, BEARER_TOKEN="sesame") as url,
        calling(url) as client,
        calling(url, "sesame") as good,
    ):
        for path, method, operation in operations():
            names = {
                one["name"]: one["example"] for one in operation.get("parameters", []) if one["in"] == "path"
            }
            status, _, _ = await client.call(method, path, **names)
            assert (status == 401) == ((path, method) in KEYED), path
        assert (await good.call("post", "/v1/chat/completions", HELLO))[0] == 200


def test_every_kind_of_failure_is_in_the_table() -> None:
    """The table and the schema follow the tree of classes."""
    classes = {kind for _, kind in inspect.getmembers(errors, inspect.isclass)} - {
        errors.GatewayError,
        errors.CallerError,
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
