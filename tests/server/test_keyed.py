"""The gateway before servers that speak Chat Completions, with Akash beside them or without."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from akashchat.settings import BadSettings, load
from akashchat.simulator import Simulator
from tests.support.gateway import running
from tests.support.http import Reply, call
from tests.support.keyed import (
    CHAT,
    MODELS,
    Stand,
    chunk,
    error,
    finish,
    models,
    standing,
    stream,
    text,
    usage,
)
from tests.support.keyed import call as tool_call

HELLO = [{"role": "user", "content": "Hello"}]
NO_AKASH = {"enabled": False}
NOWHERE = "http://127.0.0.1:9"
WEATHER = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}


@pytest.fixture
async def stand() -> AsyncIterator[Stand]:
    """A server."""
    async with standing() as stand:
        stand.tell(CHAT, stream(text("Hello "), text("there"), finish(), usage()))
        yield stand


@pytest.fixture
async def gateway(stand: Stand) -> AsyncIterator[str]:
    """The gateway before it alone."""
    async with running(NOWHERE, akash=NO_AKASH, upstreams={"mine": {"base_url": stand.url}}) as url:
        yield url


async def ask(url: str, model: str = "m", **fields: Any) -> Reply:
    """A chat."""
    return await call("POST", f"{url}/v1/chat/completions", {"model": model, "messages": HELLO, **fields})


def content(reply: Reply) -> Any:
    """What was answered."""
    return reply.json()["choices"][0]["message"]["content"]


async def test_a_chat(gateway: str) -> None:
    """Usage is the upstream's own, and marked as nobody's estimate."""
    reply = await ask(gateway)
    assert content(reply) == "Hello there"
    assert reply.json()["usage"] == {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}


async def test_a_stream(gateway: str) -> None:
    """As it comes."""
    reply = await ask(gateway, stream=True)
    said = [event["choices"][0]["delta"].get("content") for event in reply.events()[:-1]]
    assert said == ["", "Hello ", "there", None]
    assert reply.events()[-1] == "[DONE]"


@pytest.mark.parametrize(
    ("path", "body", "said"),
    [
        ("/v1/messages", {"model": "m", "max_tokens": 9, "messages": HELLO}, ["content", 0, "text"]),
        ("/v1/responses", {"model": "m", "input": "Hello"}, ["output", 0, "content", 0, "text"]),
        ("/v1/completions", {"model": "m", "prompt": "Hello"}, ["choices", 0, "text"]),
        ("/api/chat", {"model": "m", "messages": HELLO, "stream": False}, ["message", "content"]),
    ],
)
async def test_every_dialect(gateway: str, path: str, body: Any, said: list[Any]) -> None:
    """An upstream knows none of them."""
    found = (await call("POST", gateway + path, body)).json()
    for step in said:
        found = found[step]
    assert found == "Hello there"


async def test_parameters_pass_through(gateway: str, stand: Stand) -> None:
    """Those OpenAI knows and those it does not; what would be lost is named."""
    reply = await ask(gateway, seed=7, top_k=40, chat_template_kwargs={"a": 1}, stop=["x"], logprobs=True)
    (asked,) = stand.asked_at(CHAT)
    assert asked.json["seed"] == 7
    assert asked.json["top_k"] == 40
    assert asked.json["chat_template_kwargs"] == {"a": 1}
    assert asked.json["stop"] == ["x"]
    assert "logprobs" not in asked.json
    assert "temperature" not in asked.json
    assert reply.headers["x-akashchat-ignored"] == "logprobs"


async def test_capabilities(gateway: str) -> None:
    """Nearly all is the upstream's, and parts of foreign parameters are nobody's."""
    told = (await call("GET", f"{gateway}/v1/capabilities")).json()["models"]["m"]["parameters"]
    chat = told["chat"]
    assert chat["seed"] == chat["tools"] == chat["stop"] == "upstream"
    assert (chat["n"], chat["logprobs"]) == ("gateway", "ignored")
    assert told["messages"]["top_k"] == "upstream"
    assert told["messages"]["container"] == "ignored"


async def test_native_tools(gateway: str, stand: Stand) -> None:
    """Offered as they are, and their calls told as they come; nothing is emulated."""
    pieces = [tool_call(id="c1", name="weather", arguments=""), tool_call(arguments='{"city":"Wien"}')]
    stand.tell(CHAT, stream(*pieces, finish("tool_calls"), usage()))
    tools = [{"type": "function", "function": {"name": "weather", "parameters": WEATHER}}]
    reply = await ask(gateway, tools=tools, tool_choice="required")
    (asked,) = stand.asked_at(CHAT)
    assert asked.json["tools"] == tools
    assert asked.json["tool_choice"] == "required"
    assert asked.json["messages"] == HELLO
    (choice,) = reply.json()["choices"]
    assert choice["finish_reason"] == "tool_calls"
    assert choice["message"]["tool_calls"][0]["function"] == {
        "name": "weather",
        "arguments": '{"city":"Wien"}',
    }


async def test_tools_for_who_lacks_them(stand: Stand) -> None:
    """The gateway asks in words and reads the call off the text."""
    stand.tell(
        CHAT,
        stream(text('<tool_call>{"name": "weather", "arguments": {"city": "Wien"}}</tool_call>'), finish()),
    )
    tools = [{"type": "function", "function": {"name": "weather", "parameters": WEATHER}}]
    mine = {"base_url": stand.url, "lacks": ["tools"]}
    async with running(NOWHERE, akash=NO_AKASH, upstreams={"mine": mine}) as url:
        reply = await ask(url, tools=tools)
    assert "tools" not in stand.asked_at(CHAT)[0].json
    (choice,) = reply.json()["choices"]
    assert json.loads(choice["message"]["tool_calls"][0]["function"]["arguments"]) == {"city": "Wien"}


async def test_thoughts(gateway: str, stand: Stand) -> None:
    """Of a model whose answers are guessed to begin with thoughts, where its server tells them apart."""
    stand.tell(MODELS, models("Qwen3-Thinking"))
    stand.tell(CHAT, stream(chunk({"reasoning": "Hm."}), text("So."), finish()))
    reply = await ask(gateway, "Qwen3-Thinking", stream=True)
    deltas = [event["choices"][0]["delta"] for event in reply.events()[:-1]]
    assert [delta["reasoning_content"] for delta in deltas if "reasoning_content" in delta] == ["Hm."]
    assert "".join([delta.get("content") or "" for delta in deltas]) == "So."


async def test_a_refusal_is_told_in_the_dialects_form(gateway: str, stand: Stand) -> None:
    """With the upstream's reason, and its place."""
    stand.tell(CHAT, error(400, "'seed' must be a number", param="seed"))
    reply = await ask(gateway, seed="x")
    assert reply.status == 400
    assert reply.json()["error"]["param"] == "seed"
    assert reply.json()["error"]["message"] == "mine: 'seed' must be a number"


async def test_an_error_within_a_stream(gateway: str, stand: Stand) -> None:
    """Ends it as an error and not as an answer."""
    stand.tell(CHAT, stream(text("so far"), {"error": {"message": "boom", "code": 500}}, finish()))
    reply = await ask(gateway, stream=True)
    assert reply.events()[-1]["error"]["message"] == "mine: boom"
    assert b"[DONE]" not in reply.body


# -- several


async def test_akash_and_another(stand: Stand) -> None:
    """A model is asked for where it is."""
    stand.tell(MODELS, models("only-here"))
    async with Simulator() as akash, running(akash.url, upstreams={"mine": {"base_url": stand.url}}) as url:
        assert content(await ask(url, "only-here")) == "Hello there"
        akash.say("From Akash")
        assert content(await ask(url, "DeepSeek-V3.2")) == "From Akash"


async def test_one_stands_in_for_another() -> None:
    """The same model at two upstreams: the lower order is asked first, the other where it fails."""
    async with standing() as first, standing() as second:
        first.tell(CHAT, error(529, "No healthy backends"))
        second.tell(CHAT, stream(text("second"), finish()))
        upstreams = {
            "later": {"base_url": second.url, "order": 5, "models": {"m": "own/m"}},
            "sooner": {"base_url": first.url, "order": 1},
        }
        async with running(NOWHERE, akash=NO_AKASH, upstreams=upstreams) as url:
            assert content(await ask(url)) == "second"
        assert first.asked_at(CHAT)
        assert second.asked_at(CHAT)[0].json["model"] == "own/m"


async def test_akashml_is_asked_where_it_has_a_key(stand: Stand) -> None:
    """By its own group of settings."""
    akashml = {"base_url": stand.url, "key": "akml-1"}
    async with running(NOWHERE, akash=NO_AKASH, akashml=akashml) as url:
        assert content(await ask(url)) == "Hello there"
    assert stand.asked_at(CHAT)[0].headers["Authorization"] == "Bearer akml-1"


async def test_aliases_lead_to_any_upstream(stand: Stand) -> None:
    """And the answer goes by the name asked for."""
    upstreams = {"mine": {"base_url": stand.url}}
    async with running(
        NOWHERE, akash=NO_AKASH, upstreams=upstreams, models={"aliases": {"gpt-*": "m"}}
    ) as url:
        reply = await ask(url, "gpt-4o")
    assert content(reply) == "Hello there"
    assert reply.json()["model"] == "gpt-4o"
    assert reply.headers["x-akashchat-model"] == "m"


async def test_the_setting_as_it_is_documented(
    stand: Stand, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    """An upstream of one's own takes one variable."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AKASHCHAT_UPSTREAMS", json.dumps({"mine": {"base_url": stand.url}}))
    monkeypatch.setenv("AKASHCHAT_AKASH_ENABLED", "false")
    settings = load()
    assert settings.upstreams["mine"].base_url == stand.url
    monkeypatch.setenv("AKASHCHAT_UPSTREAMS", "{}")
    with pytest.raises(BadSettings, match="AKASHCHAT_AKASHML_KEY"):
        load()


async def test_nothing_else_is_asked(gateway: str, stand: Stand) -> None:
    """A model nobody has is not found, and no upstream hears of it."""
    reply = await ask(gateway, "nobodys")
    assert (reply.status, reply.json()["error"]["code"]) == (404, "model_not_found")
    assert not stand.asked_at(CHAT)
