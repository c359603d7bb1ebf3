"""Chat, through the official client over a real socket."""

from openai import AsyncOpenAI

from akashchat.simulator import Simulator


async def test_a_chat_is_answered(gateway: str, akash: Simulator) -> None:
    """The official client gets a whole answer."""
    async with AsyncOpenAI(base_url=f"{gateway}/v1", api_key="none") as client:
        reply = await client.chat.completions.create(
            model="Qwen/Qwen3-30B-A3B", messages=[{"role": "user", "content": "Hello"}]
        )
    assert reply.choices[0].message.content
    assert reply.choices[0].finish_reason == "stop"
    assert reply.model == "Qwen/Qwen3-30B-A3B"
    assert reply.usage is not None
    assert len(akash.chats) == 1
