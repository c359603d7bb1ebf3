"""What the gateway really sends, held against its description."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from akashchat.server.forwarding import FORWARDED
from akashchat.server.openapi.parameters import DONE_BY
from akashchat.simulator import Simulator
from tests.support.clock import HastyClock
from tests.support.described import API, Client, calling, operations
from tests.support.gateway import running

HELLO = {"model": "DeepSeek-V3.2", "messages": [{"role": "user", "content": "Hello"}]}
TOLD = {"model": "DeepSeek-V3.2", "input": "Hello"}
PROMPT = {"model": "DeepSeek-V3.2", "prompt": "Hello"}
WHOLE = {**HELLO, "stream": False}
LEAST = {
    "ChatRequest": HELLO, "CompletionRequest": PROMPT, "ImageRequest": {"prompt": "A fox"}, "MessagesRequest": HELLO,
    "ResponsesRequest": TOLD,
}  # fmt: skip


@pytest.fixture
async def client(gateway: str) -> AsyncIterator[Client]:
    """A client of the gateway before the simulator."""
    async with calling(gateway) as client:
        yield client


ASKED: dict[str, Any] = {
    "stream": False, "temperature": 0.5, "top_p": 0.5, "topP": 0.5, "max_completion_tokens": 9, "max_tokens": 9,
    "stop": "x", "n": 2, "user": "me", "tools": [{"type": "function", "function": {"name": "f"}}],
    "tool_choice": "none", "parallel_tool_calls": False,
    "response_format": {"type": "text"}, "seed": 1, "reasoning_effort": "low", "verbosity": "low",
    "frequency_penalty": 1, "presence_penalty": 1, "logit_bias": {"1": 1}, "logprobs": True, "top_logprobs": 1,
    "modalities": ["audio"], "audio": {"voice": "x"}, "prediction": {"type": "content"}, "web_search_options": {},
    "service_tier": "flex", "store": True, "metadata": {"a": "b"}, "safety_identifier": "x",
    "prompt_cache_key": "x", "prompt_cache_retention": "24h", "prompt_cache_options": {},
}  # fmt: skip
MESSAGED: dict[str, Any] = {
    "stream": False, "max_tokens": 9, "temperature": 0.5, "top_p": 0.5, "stop_sequences": ["x"], "system": "Hm.",
    "thinking": {"type": "adaptive"}, "metadata": {"user_id": "me"}, "cache_control": {"type": "ephemeral"},
    "context_management": {"edits": [{"type": "clear_thinking_20251015", "keep": "all"}]}, "diagnostics": {},
    "user_profile_id": "x", "workspace_id": "x", "top_k": 5, "container": "c", "mcp_servers": [{}],
    "inference_geo": "eu", "service_tier": "priority", "speed": "fast", "billing_policy": {}, "compaction": {},
    "fallbacks": ["m"], "fallback_credit_token": "x",
}  # fmt: skip
COMPLETED: dict[str, Any] = {
    "stream": False, "echo": True, "suffix": "", "temperature": 0.5, "top_p": 0.5, "max_tokens": 9, "stop": "x", "n": 2,
    "best_of": 3, "logprobs": 1, "logit_bias": {"1": 1}, "frequency_penalty": 1, "presence_penalty": 1, "seed": 1,
    "user": "me",
}  # fmt: skip
DRAWN: dict[str, Any] = {
    "model": "dall-e-3", "n": 2, "response_format": "b64_json", "stream": False, "user": "me", "size": "256x256",
    "quality": "hd", "style": "vivid", "background": "transparent", "moderation": "low", "output_format": "png",
    "output_compression": 50, "partial_images": 1,
}  # fmt: skip
RESPONDED: dict[str, Any] = {
    "stream": False, "temperature": 0.5, "top_p": 0.5, "max_output_tokens": 9, "user": "me", "store": False,
    "instructions": "Be brief.", "metadata": {"a": "b"}, "truncation": "auto", "service_tier": "flex",
    "top_logprobs": 1, "frequency_penalty": 1, "presence_penalty": 1, "background_options": {"x": 1},
    "context_management": [], "image": {}, "moderation": {"model": "x"}, "prompt_cache_key": "x",
    "prompt_cache_retention": "24h", "safety_identifier": "x", "max_tool_calls": 3, "background": False,
}  # fmt: skip


@pytest.mark.parametrize(("name", "path", "asked"), [
    ("ChatRequest", "/v1/chat/completions", ASKED), ("ImageRequest", "/v1/images/generations", DRAWN),
    ("MessagesRequest", "/v1/messages", MESSAGED),
    ("CompletionRequest", "/v1/completions", COMPLETED),
    ("ResponsesRequest", "/v1/responses", RESPONDED),
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
    ("post", "/v1/completions", {"body": {**PROMPT, "prompt": ["Hello", "Bye"], "n": 2, "echo": True}}),
    (
        "post",
        "/v1/completions",
        {"body": {**PROMPT, "stream": True, "stream_options": {"include_usage": True}}},
    ),
    ("post", "/api/chat", {"body": HELLO}),
    ("post", "/api/chat", {"body": {**WHOLE, "think": "low"}}),
    ("post", "/api/chat", {"body": {**HELLO, "model": "AkashGen"}}),
    ("post", "/api/generate", {"body": PROMPT}),
    ("post", "/api/generate", {"body": {**PROMPT, "stream": False}}),
    ("get", "/api/tags", {}),
    ("get", "/api/ps", {}),
    ("get", "/api/version", {}),
    ("post", "/api/show", {"body": {"model": "AkashGen"}}),
    ("post", "/tokenize", {"body": {**PROMPT, "return_token_strs": True}}),
    ("post", "/tokenize", {"body": HELLO}),
    ("post", "/detokenize", {"body": {"tokens": [9906]}}),
    ("post", "/v1/images/generations", {"body": {"prompt": "A fox"}}),
    ("post", "/v1/images/generations", {"body": {"prompt": "A fox", "response_format": "b64_json"}}),
    ("post", "/v1/images/generations", {"body": {"prompt": "A fox", "stream": True}}),
    ("post", "/v1/messages", {"body": {**HELLO, "max_tokens": 9}}),
    ("post", "/v1/messages", {"body": {**HELLO, "max_tokens": 9, "stream": True, "stop_sequences": ["am"]}}),
    ("post", "/v1/messages", {"body": {**HELLO, "model": "AkashGen", "max_tokens": 9}}),
    ("post", "/v1/messages", {"body": {**HELLO, "model": "AkashGen", "max_tokens": 9, "stream": True}}),
    ("post", "/v1/messages/count_tokens", {"body": HELLO}),
    ("get", "/api/hello", {}),
    ("post", "/api/event_logging/batch", {"body": {"events": []}}),
    ("post", "/api/event_logging/v2/batch", {"body": {"events": []}}),
    ("post", "/v1/responses", {"body": TOLD}),
    ("post", "/v1/responses", {"body": {**TOLD, "stream": True, "prompt_cache_retention": "24h"}}),
    ("post", "/v1/responses", {"body": {**TOLD, "max_output_tokens": 2}}),
    ("post", "/v1/responses", {"body": {**TOLD, "model": "AkashGen"}}),
    ("post", "/v1/responses/input_tokens", {"body": TOLD}),
    ("post", "/v1/responses/compact", {"body": TOLD}),
    ("get", "/v1/models", {}),
    ("get", "/v1/models", {"query": "?format=akash"}),
    ("get", "/v1/models/{model_id}", {"model_id": "Qwen/Qwen3-30B-A3B"}),
    ("get", "/v1/capabilities", {}),
    ("get", "/health", {}),
    ("get", "/health/ready", {}),
    ("get", "/openapi.json", {}),
    ("get", "/docs", {}),
    ("get", "/", {}),
    ("get", "/assets/{name}", {"name": "base.css"}),
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
    ("", 413, "post", "/v1/chat/completions", {"data": b" " * 2_000}),
    ("quota_spent", 429, "post", "/v1/chat/completions", {"body": HELLO}),
    ("garbage", 502, "post", "/v1/chat/completions", {"body": HELLO}),
    ("bot_check", 503, "post", "/v1/chat/completions", {"body": HELLO}),
    ("cut", 200, "post", "/v1/chat/completions", {"body": {**HELLO, "stream": True}}),
    ("", 400, "post", "/v1/messages", {"body": HELLO}),
    ("", 404, "post", "/v1/messages", {"body": {**HELLO, "model": "none", "max_tokens": 9}}),
    ("", 413, "post", "/v1/messages", {"data": b" " * 2_000}),
    ("quota_spent", 429, "post", "/v1/messages", {"body": {**HELLO, "max_tokens": 9}}),
    ("bot_check", 503, "post", "/v1/messages", {"body": {**HELLO, "max_tokens": 9}}),
    ("cut", 200, "post", "/v1/messages", {"body": {**HELLO, "max_tokens": 999, "stream": True}}),
    ("", 400, "post", "/v1/messages/count_tokens", {"body": {"model": "m"}}),
    ("", 400, "post", "/v1/completions", {"data": b"{"}),
    ("cut", 200, "post", "/v1/completions", {"body": {**PROMPT, "stream": True}}),
    ("", 400, "post", "/api/chat", {"data": b"{"}),
    ("", 404, "post", "/api/chat", {"body": {**HELLO, "model": "none"}}),
    ("", 413, "post", "/api/generate", {"data": b" " * 2_000}),
    ("quota_spent", 429, "post", "/api/chat", {"body": HELLO}),
    ("cut", 200, "post", "/api/chat", {"body": HELLO}),
    ("models_500", 502, "get", "/api/tags", {}),
    ("", 404, "post", "/api/show", {"body": {"model": "none"}}),
    ("", 404, "post", "/tokenize", {"body": {**PROMPT, "model": "none"}}),
    ("", 400, "post", "/detokenize", {"body": {"tokens": [-1]}}),
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
    async with (
        running(akash.url, HastyClock(), server={"max_body_bytes": 1_000}) as url,
        calling(url) as client,
    ):
        status, _, _ = await client.call(method, path, **call)
    assert status == expected


@pytest.mark.parametrize(
    ("options", "body", "expected"),
    [
        ({"strict": True}, {**HELLO, "seed": 1}, 400),
        ({"compat": "akashchat-api-go"}, {**HELLO, "model": "none"}, 500),
    ],
)
async def test_the_operators_wishes_are_as_described(
    akash: Simulator, options: dict[str, Any], body: dict[str, Any], expected: int
) -> None:
    """Strictness and the ways of akashchat-api-go answer with statuses that are described too."""
    async with running(akash.url, HastyClock(), **options) as url, calling(url) as client:
        assert (await client.call("post", "/v1/chat/completions", body))[0] == expected
        assert (await client.call("get", "/v1/models"))[0] == 200


FORWARDS = {"base_url": "http://upstream.test/v1", "forwards": FORWARDED}
KEYED = [(path, method) for path, method, operation in operations() if operation.get("security") != []]


async def test_a_key_is_asked_for_as_described(akash: Simulator) -> None:
    """Without the key exactly those operations refuse that are not described as open."""
    async with (
        running(akash.url, HastyClock(), BEARER_TOKEN="sesame", upstreams={"mine": FORWARDS}) as url,
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


async def test_kept_responses_are_as_described(client: Client) -> None:
    """Shown, listed, not cancelled, forgotten, and not found any more."""
    _, made, _ = await client.call("post", "/v1/responses", TOLD)
    one, name = "/v1/responses/{response_id}", {"response_id": made["id"]}
    assert (await client.call("get", one, **name))[1] == made
    assert (await client.call("get", one + "/input_items", **name))[0] == 200
    assert (await client.call("post", one + "/cancel", **name))[0] == 400
    assert (await client.call("delete", one, **name))[0] == 200
    for method, path in (("get", ""), ("delete", ""), ("get", "/input_items"), ("post", "/cancel")):
        assert (await client.call(method, one + path, **name))[0] == 404
    assert (await client.call("post", "/v1/responses", {**TOLD, "previous_response_id": made["id"]}))[
        0
    ] == 400
