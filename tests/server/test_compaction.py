"""Counting and summing up, through the official client over a real socket."""

from collections.abc import AsyncIterator

import pytest
from openai import AsyncOpenAI, InternalServerError
from openai.types.responses import CompactedResponse

from akashchat import tokens
from akashchat.simulator import Simulator
from tests.support.clock import FakeClock
from tests.support.gateway import running
from tests.support.http import call

MODEL = "DeepSeek-V3.2"


@pytest.fixture
async def client(gateway: str) -> AsyncIterator[AsyncOpenAI]:
    """The official client."""
    async with AsyncOpenAI(base_url=f"{gateway}/v1", api_key="none", max_retries=0) as client:
        yield client


async def test_tokens_are_counted(client: AsyncOpenAI, akash: Simulator) -> None:
    """By the one counter; what came before counts too, and Akash is not asked."""
    text = "Why is the sky blue, and grass green?"
    assert (await client.responses.input_tokens.count(input=text)).input_tokens == tokens.count(text)
    assert akash.chats == []
    akash.say("Because.")
    first = await client.responses.create(model=MODEL, input=text)
    more = await client.responses.input_tokens.count(
        input="And snow?", previous_response_id=first.id, model=MODEL
    )
    assert more.input_tokens == sum(map(tokens.count, (text, "Because.", "And snow?")))


async def test_a_count_agrees_with_the_usage(client: AsyncOpenAI, akash: Simulator) -> None:
    """What is counted before is what is told after, where the gateway does both."""
    akash.play("no_usage")
    counted = await client.responses.input_tokens.count(model=MODEL, input="Hello there")
    reply = await client.responses.create(model=MODEL, input="Hello there")
    assert reply.usage.model_extra["estimated"] is True
    assert reply.usage.input_tokens == counted.input_tokens


async def test_a_conversation_is_made_short(client: AsyncOpenAI, akash: Simulator) -> None:
    """The model sums it up, and its summary takes the place of what was said."""
    akash.say("They talked about foxes.")
    items = [{"role": "user", "content": "Foxes?"}, {"role": "assistant", "content": "Red ones."}]
    compacted = await client.responses.compact(model=MODEL, input=items)
    CompactedResponse.model_validate_json(compacted.model_dump_json(), strict=True)
    assert [item.type for item in compacted.output] == ["compaction"]
    assert "Red ones." in str(akash.chats[-1])
    await client.responses.create(
        model=MODEL,
        input=[*(item.model_dump() for item in compacted.output), {"role": "user", "content": "And?"}],
    )
    assert "They talked about foxes." in str(akash.chats[-1])


async def test_a_summary_that_is_cut_is_none(client: AsyncOpenAI, akash: Simulator) -> None:
    """Half a summary would lose the other half without a word."""
    akash.play("cut", times=None)
    with pytest.raises(InternalServerError):
        await client.responses.compact(model=MODEL, input="Hello")


@pytest.mark.parametrize("path", ["input_tokens", "compact"])
async def test_both_need_what_answers_need(akash: Simulator, clock: FakeClock, path: str) -> None:
    """A key, a body, and something said in it."""
    async with running(akash.url, clock, BEARER_TOKEN="secret") as url:
        address = f"{url}/v1/responses/{path}"
        key = {"authorization": "Bearer secret"}
        assert (await call("POST", address, {"input": "x"})).status == 401
        for body in (
            {"model": MODEL},
            {"model": MODEL, "input": 1},
            [],
            {"model": MODEL, "input": "x", "background": True},
        ):
            assert (await call("POST", address, body, key)).status == 400
