"""Ollama's API, through the official client over a real socket."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from ollama import AsyncClient, ResponseError

from akashchat.simulator import Simulator
from tests.support.clock import FakeClock, HastyClock
from tests.support.gateway import running
from tests.support.http import call, calling

HELLO = [{"role": "user", "content": "Hello"}]


@asynccontextmanager
async def client_of(url: str, **headers: str) -> AsyncIterator[AsyncClient]:
    """A client of the gateway there."""
    client = AsyncClient(host=url, headers=headers)
    try:
        yield client
    finally:
        await client.close()


@pytest.fixture
async def client(gateway: str) -> AsyncIterator[AsyncClient]:
    """A client of the gateway before the simulator."""
    async with client_of(gateway) as client:
        yield client


async def test_a_chat_is_answered(client: AsyncClient) -> None:
    """Whole: text, thoughts apart, and what it cost."""
    reply = await client.chat(model="DeepSeek-V3.2", messages=HELLO)
    assert reply.message.content
    assert reply.message.thinking
    assert (reply.done, reply.done_reason) == (True, "stop")
    assert reply.eval_count


async def test_a_chat_is_streamed(client: AsyncClient) -> None:
    """Piece by piece, and the pieces are the whole."""
    whole = await client.chat(model="DeepSeek-V3.2", messages=HELLO)
    stream = await client.chat(model="DeepSeek-V3.2:latest", messages=HELLO, stream=True)
    pieces = [piece async for piece in stream]
    assert len(pieces) > 3
    assert [piece.done for piece in pieces] == [False] * (len(pieces) - 1) + [True]
    assert "".join(piece.message.content or "" for piece in pieces) == whole.message.content
    assert "".join(piece.message.thinking or "" for piece in pieces) == whole.message.thinking


async def test_a_prompt_is_answered(client: AsyncClient) -> None:
    """Whole and streamed, with instructions, options and without thoughts."""
    asked = {
        "model": "DeepSeek-V3.2",
        "prompt": "Hello",
        "system": "Be brief.",
        "options": {"num_predict": 5},
    }
    whole = await client.generate(**asked, think=False)
    pieces = [piece async for piece in await client.generate(**asked, think=False, stream=True)]
    assert "".join(piece.response or "" for piece in pieces) == whole.response
    assert whole.done_reason == "length"
    assert whole.thinking is None


async def test_no_character_breaks_a_line(akash: Simulator, client: AsyncClient) -> None:
    """The official client parts lines wherever Python does, also at characters that stand raw in JSON."""
    akash.say("a\u2028b\u2029c\x85d", times=2)
    asked = {"model": "DeepSeek-V3.2", "messages": HELLO}
    whole = await client.chat(**asked)
    pieces = [piece async for piece in await client.chat(**asked, stream=True)]
    assert "".join(piece.message.content or "" for piece in pieces) == whole.message.content
    assert whole.message.content == "a\u2028b\u2029c\x85d"


async def test_streams_are_lines_of_json(gateway: str) -> None:
    """And say so."""
    reply = await call("POST", f"{gateway}/api/chat", {"model": "DeepSeek-V3.2", "messages": HELLO})
    assert reply.headers["content-type"] == "application/x-ndjson"
    assert all(json.loads(line) for line in reply.body.splitlines())


async def test_models_are_listed_and_shown(client: AsyncClient, gateway: str) -> None:
    """With the context length that clients look for."""
    names = [model.model for model in (await client.list()).models]
    assert "DeepSeek-V3.2" in names
    shown = await client.show("DeepSeek-V3.2")
    assert shown.modelinfo is not None
    assert shown.modelinfo["akash.context_length"] == 64000
    assert "completion" in (shown.capabilities or [])
    assert (await client.show("AkashGen")).capabilities == ["image"]
    assert (await client.ps()).models == []
    assert (await call("GET", f"{gateway}/api/version")).json()["version"]


async def test_failures_are_in_ollama_s_form(akash: Simulator, client: AsyncClient, gateway: str) -> None:
    """The client raises them, with the status; in a stream too."""
    with pytest.raises(ResponseError, match="no model 'none'") as raised:
        await client.chat(model="none", messages=HELLO)
    assert raised.value.status_code == 404
    with pytest.raises(ResponseError):
        await client.show("none")
    akash.play("cut")
    with pytest.raises(ResponseError, match="was cut"):
        async for _ in await client.chat(model="DeepSeek-V3.2", messages=HELLO, stream=True):
            pass
    assert (await call("GET", f"{gateway}/api/nothing")).json().keys() == {"error"}
    assert (await call("GET", f"{gateway}/api/chat")).json().keys() == {"error"}


async def test_a_model_is_always_loaded(akash: Simulator, client: AsyncClient, gateway: str) -> None:
    """Ollama's clients begin with a request that says nothing, and end with one; nobody is asked for it."""
    asked = len(akash.chats)
    begun = await client.generate(model="DeepSeek-V3.2:latest")
    assert (begun.done, begun.done_reason, begun.response) == (True, "load", "")
    ended = await client.chat(model="DeepSeek-V3.2", messages=[], keep_alive=0)
    assert (ended.done, ended.done_reason, ended.message.content) == (True, "unload", "")
    streamed = await call("POST", f"{gateway}/api/chat", {"model": "DeepSeek-V3.2"})
    assert streamed.headers["content-type"] == "application/json"
    with pytest.raises(ResponseError, match="no model 'none'"):
        await client.generate(model="none")
    with pytest.raises(ResponseError, match="'model' must not be empty"):
        await client.generate(model=" ")
    assert len(akash.chats) == asked


async def test_what_cannot_be_done_says_why(client: AsyncClient) -> None:
    """Embeddings and everything that keeps models."""
    with pytest.raises(ResponseError, match="makes no embeddings"):
        await client.embed("m", "x")
    with pytest.raises(ResponseError, match="nothing needs to be pulled"):
        await client.pull("m")
    with pytest.raises(ResponseError, match="nothing needs to be pulled"):
        await client.delete("m")


async def test_a_key_is_asked_for(akash: Simulator) -> None:
    """By every one of these paths."""
    async with running(akash.url, HastyClock(), BEARER_TOKEN="sesame") as url:
        for method, path in [
            ("POST", "/api/chat"), ("POST", "/api/generate"), ("GET", "/api/tags"), ("POST", "/api/show"),
            ("GET", "/api/ps"), ("GET", "/api/version"),
        ]:  # fmt: skip
            assert (await call(method, url + path)).status == 401
        async with client_of(url, Authorization="Bearer sesame") as client:
            assert (await client.list()).models


async def test_the_sign_of_life_is_a_line(akash: Simulator, clock: FakeClock) -> None:
    """Which every client can read; an empty one could not be."""
    akash.play("stall_first_byte")
    async with running(akash.url, clock) as url:
        body = {"model": "DeepSeek-V3.2", "messages": HELLO}
        async with calling("POST", f"{url}/api/chat", body) as caller:
            await akash.stalled()
            await clock.advance(10.1)
            assert (await caller.head())[0] == 200
            await clock.advance(15)
            line = await caller.until(b'"content":""}}\n')
            assert json.loads(line.rpartition(b"\r\n")[2])["done"] is False
            akash.resume()
            assert b'"done":true' in await caller.rest()
