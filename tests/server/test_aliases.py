"""Other names for models, from the setting to the answer."""

import json

import pytest
import websockets
from openai import AsyncOpenAI

from akashchat.simulator import Simulator
from tests.support.clock import HastyClock
from tests.support.gateway import running
from tests.support.http import call

HELLO = [{"role": "user", "content": "Hello"}]
OTHER_NAMES = {
    "aliases": {"gpt-4o-mini": "DeepSeek-V3.2", "claude-*": "Qwen/Qwen3-30B-A3B", "lost": "nowhere"}
}


async def test_an_alias_is_answered_by_its_model(
    akash: Simulator, capsys: pytest.CaptureFixture[str]
) -> None:
    """The reply names the model as asked, a header the true one, the log both; whole and streamed."""
    async with running(akash.url, HastyClock(), models=OTHER_NAMES, logs={"format": "json"}) as url:
        for stream in (False, True):
            body = {"model": "claude-sonnet-4", "messages": HELLO, "stream": stream}
            reply = await call("POST", f"{url}/v1/chat/completions", body)
            assert reply.headers["x-akashchat-model"] == "Qwen/Qwen3-30B-A3B"
            told = reply.events()[0] if stream else reply.json()
            assert told["model"] == "claude-sonnet-4"
            assert akash.chats[-1].body["model"] == "Qwen/Qwen3-30B-A3B"
        plain = await call(
            "POST", f"{url}/v1/chat/completions", {"model": "DeepSeek-V3.2", "messages": HELLO}
        )
        assert "x-akashchat-model" not in plain.headers
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [(line["model"], line.get("true_model")) for line in lines if line["event"] == "answered"] == [
        ("claude-sonnet-4", "Qwen/Qwen3-30B-A3B"), ("claude-sonnet-4", "Qwen/Qwen3-30B-A3B"), ("DeepSeek-V3.2", None),
    ]  # fmt: skip


async def test_a_summary_is_by_the_true_model(akash: Simulator) -> None:
    """A header names it."""
    async with running(akash.url, HastyClock(), models=OTHER_NAMES) as url:
        body = {"model": "gpt-4o-mini", "input": "Hello"}
        reply = await call("POST", f"{url}/v1/responses/compact", body)
        assert reply.headers["x-akashchat-model"] == "DeepSeek-V3.2"


async def test_a_connection_names_the_true_model(akash: Simulator) -> None:
    """In its first event, where there are no headers."""
    async with running(akash.url, HastyClock(), models=OTHER_NAMES) as url:
        async with websockets.connect(url.replace("http", "ws") + "/v1/responses") as socket:
            for model, true in (("gpt-4o-mini", "DeepSeek-V3.2"), ("DeepSeek-V3.2", None)):
                wish = {"type": "response.create", "model": model, "input": "Hello", "generate": False}
                await socket.send(json.dumps(wish))
                events = [json.loads(await socket.recv())]
                while events[-1]["type"] != "response.completed":
                    events.append(json.loads(await socket.recv()))
                named = [event.get("x-akashchat-model") for event in events]
                assert named == [true] + [None] * (len(events) - 1)
                assert events[0]["response"]["model"] == model


async def test_aliases_are_listed(akash: Simulator) -> None:
    """Whole names have entries of their own; any name can be looked up; a lost one is not there."""
    async with (
        running(akash.url, HastyClock(), models=OTHER_NAMES) as url,
        AsyncOpenAI(base_url=f"{url}/v1", api_key="none") as client,
    ):
        listed = {model.id: model.model_dump().get("alias_of") async for model in client.models.list()}
        assert listed["gpt-4o-mini"] == "DeepSeek-V3.2"
        assert listed["DeepSeek-V3.2"] is None
        assert not listed.keys() & {"claude-*", "lost"}
        assert (await client.models.retrieve("claude-x")).model_dump()["alias_of"] == "Qwen/Qwen3-30B-A3B"
        assert (await call("GET", f"{url}/v1/models/lost")).status == 404
        tags = (await call("GET", f"{url}/api/tags")).json()["models"]
        assert next(one for one in tags if one["name"] == "gpt-4o-mini")["alias_of"] == "DeepSeek-V3.2"
        told = (await call("GET", f"{url}/v1/capabilities")).json()["models"]
        assert told["gpt-4o-mini"] == told["DeepSeek-V3.2"]
        assert told["gpt-4o-mini"]["parameters"]["ollama_chat"]["options.num_predict"] == "gateway"


async def test_a_name_that_is_no_alias_is_as_before(akash: Simulator) -> None:
    """404; and so is one whose model is not there."""
    async with running(akash.url, HastyClock(), models=OTHER_NAMES) as url:
        for name in ("gpt-4", "lost"):
            reply = await call("POST", f"{url}/v1/chat/completions", {"model": name, "messages": HELLO})
            assert (reply.status, reply.json()["error"]["code"]) == (404, "model_not_found")


async def test_an_alias_may_draw(akash: Simulator) -> None:
    """The model that draws has other names too."""
    async with running(akash.url, HastyClock(), models={"aliases": {"painter": "AkashGen"}}) as url:
        body = {"model": "painter", "messages": [{"role": "user", "content": "Draw a red fox in the snow"}]}
        reply = (await call("POST", f"{url}/v1/chat/completions", body)).json()
        assert reply["data"]["pic"]
        assert reply["model"] == "painter"
