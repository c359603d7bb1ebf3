"""Counting, a portion at a time."""

import asyncio

from akashchat import tokens
from akashchat.simulator import Simulator
from tests.support.http import call


async def test_others_go_on_while_a_conversation_is_counted() -> None:
    """After each portion it is their turn."""
    seen: list[str] = []

    def count(portion: str) -> int:
        seen.append(portion)
        return len(portion)

    async def other() -> None:
        seen.append("other")

    task = asyncio.create_task(other())
    assert await tokens.counted(["one", "two"], count) == 6
    assert seen == ["one", "other", "two"]
    await task


async def test_every_counter_counts_in_portions(gateway: str, akash: Simulator) -> None:
    """A long text has the same number of tokens for each of them."""
    text = "fox and hound " * 20_000
    said = {"model": "DeepSeek-V3.2", "messages": [{"role": "user", "content": text}]}
    one = await call("POST", f"{gateway}/v1/messages/count_tokens", said)
    other = await call("POST", f"{gateway}/v1/responses/input_tokens", {"input": text})
    portions = [text[start : start + 100_000] for start in range(0, len(text), 100_000)]
    expected = sum(map(tokens.count, portions))
    assert (one.json()["input_tokens"], other.json()["input_tokens"]) == (expected, expected)
