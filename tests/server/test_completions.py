"""Completions, through the official client over a real socket."""

from collections.abc import AsyncIterator

import pytest
from openai import AsyncOpenAI, BadRequestError

from akashchat.simulator import Simulator

MODEL = "DeepSeek-V3.2"


@pytest.fixture
async def client(gateway: str) -> AsyncIterator[AsyncOpenAI]:
    """A client of the gateway before the simulator."""
    async with AsyncOpenAI(base_url=f"{gateway}/v1", api_key="none", max_retries=0) as client:
        yield client


async def test_a_prompt_is_answered(client: AsyncOpenAI) -> None:
    """Whole, and with the prompt before it where that is asked for."""
    plain = await client.completions.create(model=MODEL, prompt="Hello")
    echoed = await client.completions.create(model=MODEL, prompt="Hello", echo=True)
    assert plain.object == "text_completion"
    assert plain.choices[0].finish_reason == "stop"
    assert echoed.choices[0].text == "Hello" + plain.choices[0].text
    assert plain.usage is not None


async def test_a_prompt_is_streamed(client: AsyncOpenAI) -> None:
    """The pieces are the whole; usage comes last, where it was asked for."""
    whole = await client.completions.create(model=MODEL, prompt="Hello", echo=True)
    stream = await client.completions.create(
        model=MODEL, prompt="Hello", echo=True, stream=True, stream_options={"include_usage": True}
    )
    chunks = [chunk async for chunk in stream]
    assert "".join(chunk.choices[0].text for chunk in chunks[:-1]) == whole.choices[0].text
    assert chunks[-2].choices[0].finish_reason == "stop"
    assert chunks[-1].choices == []
    assert chunks[-1].usage == whole.usage


async def test_several_prompts(client: AsyncOpenAI, akash: Simulator) -> None:
    """Each is asked as often as wanted, and answered in its place, whole and streamed."""
    whole = await client.completions.create(model=MODEL, prompt=["Apple", "Pear"], n=2, echo=True)
    assert [choice.index for choice in whole.choices] == [0, 1, 2, 3]
    assert [choice.text[:4] for choice in whole.choices] == ["Appl", "Appl", "Pear", "Pear"]
    assert all(("> Apple" in choice.text) == (choice.index < 2) for choice in whole.choices)
    assert len(akash.chats) == 4
    told: dict[int, str] = {}
    async for chunk in await client.completions.create(
        model=MODEL, prompt=["Apple", "Pear"], n=2, echo=True, stream=True
    ):
        for choice in chunk.choices:
            told[choice.index] = told.get(choice.index, "") + choice.text
    assert [told[index] for index in range(4)] == [choice.text for choice in whole.choices]


async def test_limits_and_stops(client: AsyncOpenAI) -> None:
    """Are kept as in a chat."""
    cut = await client.completions.create(model=MODEL, prompt="Hello", max_tokens=25)
    stopped = await client.completions.create(model=MODEL, prompt="Hello", stop="Chat")
    assert cut.choices[0].finish_reason == "length"
    assert "Chat" not in stopped.choices[0].text


async def test_token_ids_are_refused(client: AsyncOpenAI) -> None:
    """With the reason."""
    with pytest.raises(BadRequestError, match="vocabulary"):
        await client.completions.create(model=MODEL, prompt=[1, 2, 3])
