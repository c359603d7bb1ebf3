"""What the compliance suite of Open Responses checks, all 17 of it, over real sockets.

The suite itself runs in a browser or under Bun and is in no package; these are its checks in words of our own,
each test named as the suite names it.  Tests that are not of the suite stand at the end.
"""

import base64
import json
from typing import Any

import pytest

from akashchat.simulator import Simulator
from tests.support.http import call
from tests.support.open_responses import Asker, completed, fits

MODEL = "DeepSeek-V3.2"
GONE = "previous_response_not_found"
WEATHER = {
    "type": "function",
    "name": "get_weather",
    "description": "Tell the weather of a place",
    "parameters": {
        "type": "object",
        "properties": {"location": {"type": "string", "description": "A city"}},
        "required": ["location"],
    },
}
DOT = base64.b64encode(
    bytes.fromhex(
        "89504e470d0a1a0a0000000d4948445200000001000000010804000000b51c0c02"
        "0000000b4944415478da6364f80f00010501012718e3660000000049454e44ae426082"
    )
).decode()


@pytest.fixture
def asker(gateway: str) -> Asker:
    """Who asks the gateway."""
    return Asker(gateway, MODEL)


def message(role: str, content: Any, **fields: Any) -> dict[str, Any]:
    """A message of the input."""
    return {"type": "message", "role": role, "content": content, **fields}


def user(content: Any) -> list[dict[str, Any]]:
    """An input of one message."""
    return [message("user", content)]


async def test_basic_response(asker: Asker) -> None:
    """A message is answered by a response that is whole, in every field."""
    await asker.whole(user("Greet me in three words."))


async def test_assistant_phase(asker: Asker, akash: Simulator) -> None:
    """What an assistant said may say whether it was on the way or the answer."""
    await asker.whole(
        [
            message("assistant", "I look at the number.", phase="commentary"),
            message("assistant", "It is four.", phase="final_answer"),
            message("user", "Say the number again."),
        ]
    )
    assert "It is four." in str(akash.chats[-1])


async def test_response_output_phase_schema(asker: Asker) -> None:
    """A response of ours is as valid where its messages carry phases; nobody is asked for it."""
    response = await asker.whole(user("Hello"))
    spoken = next(item for item in response["output"] if item["type"] == "message")
    phases = [{**spoken, "phase": phase} for phase in ("commentary", "final_answer")]
    completed({**response, "output": phases})


async def test_streaming_response(asker: Asker) -> None:
    """A stream is made of the specification's events and ends with the whole response."""
    events = await asker.streamed(user("Count to five."))
    assert {event["type"] for event in events} >= {"response.created", "response.output_text.delta"}


async def test_websocket_response(asker: Asker) -> None:
    """The same events come over a WebSocket, a message each."""
    async with asker.connected() as socket:
        await asker.said(socket, user("Count to three."))


async def test_websocket_sequential_responses(asker: Asker) -> None:
    """One connection carries one response after another."""
    async with asker.connected() as socket:
        first = await asker.said(socket, "Say first.")
        second = await asker.said(socket, "Say second.")
        assert first["id"] != second["id"]


async def test_websocket_continuation(asker: Asker, akash: Simulator) -> None:
    """What is not stored is gone on from while its connection lasts, with nothing but what is new."""
    async with asker.connected() as socket:
        first = await asker.said(socket, "The word is cobalt. Remember it.")
        await asker.said(socket, "Which word?", previous_response_id=first["id"])
    assert "cobalt" in str(akash.chats[-1])


async def test_websocket_reconnect_store_false_recovery(asker: Asker) -> None:
    """Another connection does not know it, says so, and begins anew."""
    async with asker.connected() as socket:
        first = await asker.said(socket, "The word is copper. Remember it.")
    async with asker.connected() as socket:
        event = await asker.turn(socket, "Go on.", previous_response_id=first["id"])
        assert event["error"]["code"] == GONE
        await asker.said(socket, user("Then begin anew."))


async def test_websocket_previous_response_not_found(asker: Asker) -> None:
    """A response that never was is told as one that is not there."""
    async with asker.connected() as socket:
        event = await asker.turn(socket, "Go on.", previous_response_id="resp_that_never_was")
    assert event["error"]["code"] == GONE


async def test_websocket_failed_continuation_evicts_cache(asker: Asker) -> None:
    """Where going on from a response failed, the connection forgets it."""
    orphan = [{"type": "function_call_output", "call_id": "call_nobody_made", "output": "Sunny."}]
    async with asker.connected() as socket:
        first = await asker.said(socket, "The word is ember. Remember it.")
        failed = await asker.turn(socket, orphan, previous_response_id=first["id"])
        assert failed["type"] in {"error", "response.failed"}
        event = await asker.turn(socket, "Go on.", previous_response_id=first["id"])
    assert event["error"]["code"] == GONE


async def test_websocket_compact_new_chain(asker: Asker, akash: Simulator) -> None:
    """What a conversation was made to is the beginning of another, as it is."""
    akash.say("The word is slate.")
    compaction = await asker.compacted(
        [
            message("user", [{"type": "input_text", "text": "The word is slate. Remember it."}]),
            message("assistant", [{"type": "output_text", "text": "I do."}]),
            message("user", [{"type": "input_text", "text": "Make this short."}]),
        ]
    )
    wish = {"input": [*compaction["output"], message("user", "Go on.")], "tools": []}
    async with asker.connected() as socket:
        await asker.said(socket, wish["input"], tools=wish["tools"])
    assert "The word is slate." in str(akash.chats[-1])


async def test_system_prompt(asker: Asker, akash: Simulator) -> None:
    """A system's message is obeyed, or at least told."""
    await asker.whole([message("system", "Speak as a pirate does."), *user("Greet me.")])
    assert "pirate" in str(akash.chats[-1])


async def test_tool_calling(asker: Asker) -> None:
    """A tool that fits is called."""
    response = await asker.whole(user("How is the weather in Oslo?"), tools=[WEATHER])
    assert "function_call" in {item["type"] for item in response["output"]}


async def test_image_input(asker: Asker) -> None:
    """A picture in the input is no reason to fail."""
    parts = [
        {"type": "input_text", "text": "What is in this picture?"},
        {"type": "input_image", "image_url": f"data:image/png;base64,{DOT}"},
    ]
    await asker.whole(user(parts))


async def test_multi_turn(asker: Asker, akash: Simulator) -> None:
    """What was said before is told with the question."""
    await asker.whole([*user("I am Ada."), message("assistant", "Hello Ada!"), *user("Who am I?")])
    assert "Hello Ada!" in str(akash.chats[-1])


async def test_compact_response(asker: Asker) -> None:
    """A conversation is made short, to an item that stands for it."""
    compaction = await asker.compacted(
        [*user("We meet on Monday."), message("assistant", "On Monday, then.")], prompt_cache_key="a-key"
    )
    assert "compaction" in {item["type"] for item in compaction["output"]}


async def test_compact_missing_model(gateway: str) -> None:
    """Without a model nothing is made short."""
    reply = await call("POST", f"{gateway}/v1/responses/compact", {"input": user("Make this short.")})
    assert reply.status == 400
    fits("ErrorPayload", reply.json()["error"])


async def test_a_streamed_call(asker: Asker) -> None:
    """Not of the suite: a call's events are the specification's too, and its arguments add up."""
    events = await asker.streamed(user("How is the weather in Oslo?"), tools=[WEATHER])
    parts = [event["delta"] for event in events if event["type"] == "response.function_call_arguments.delta"]
    (done,) = (event for event in events if event["type"] == "response.function_call_arguments.done")
    assert json.loads("".join(parts)) == json.loads(done["arguments"])


@pytest.mark.parametrize("model", ["DeepSeek-R1-0528", "openai/gpt-oss-120b", "Meta-Llama-3-3-70B-Instruct"])
async def test_other_models(gateway: str, model: str) -> None:
    """Not of the suite: the same holds for models that think and for one that does not."""
    await Asker(gateway, model).streamed(user("Count to five."))


async def test_a_failed_response(asker: Asker, akash: Simulator) -> None:
    """Not of the suite: a stream that is cut ends with a response that is valid and says why."""
    akash.play("cut")
    events = await asker.events(user("Count to five."))
    fits("ResponseResource", events[-1]["response"])
    assert events[-1]["type"] == "response.failed"


async def test_an_incomplete_response(asker: Asker) -> None:
    """Not of the suite: the same of one whose length was limited."""
    events = await asker.events(user("Count to five."), max_output_tokens=30)
    fits("ResponseResource", events[-1]["response"])
    assert events[-1]["type"] == "response.incomplete"


async def test_a_summary(asker: Asker) -> None:
    """Not of the suite: thoughts that are told as a summary come in pieces."""
    events = await asker.streamed(user("Count to five."), reasoning={"summary": "auto"})
    assert "response.reasoning_summary_text.delta" in {event["type"] for event in events}
