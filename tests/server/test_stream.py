"""Streams on the caller's own socket: their bytes, their signs of life, their ends."""

import asyncio

from akashchat.simulator import Simulator
from tests.support.clock import FakeClock
from tests.support.gateway import running
from tests.support.http import call, calling

ASK = {"model": "DeepSeek-V3.2", "messages": [{"role": "user", "content": "Hello"}], "stream": True}


async def test_a_stream_is_openai_s_to_the_letter(akash: Simulator, gateway: str) -> None:
    """Role, deltas, one finish, ``[DONE]``; one id, one creation time, the model as asked, no usage."""
    akash.say("Hi", " there")
    reply = await call("POST", f"{gateway}/v1/chat/completions", ASK)
    assert reply.status == 200
    assert reply.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert reply.headers["x-accel-buffering"] == "no"
    *chunks, done = reply.events()
    assert done == "[DONE]"
    assert [chunk["choices"][0]["delta"] for chunk in chunks] == [
        {"role": "assistant", "content": ""},
        {"content": "Hi"},
        {"content": " there"},
        {},
    ]
    assert [chunk["choices"][0]["finish_reason"] for chunk in chunks] == [None, None, None, "stop"]
    assert {(chunk["id"], chunk["created"], chunk["model"]) for chunk in chunks} == {
        (chunks[0]["id"], chunks[0]["created"], "DeepSeek-V3.2")
    }
    assert not any("usage" in chunk for chunk in chunks)


async def test_usage_comes_when_asked_for(akash: Simulator, gateway: str) -> None:
    """In a chunk of its own, without choices, before ``[DONE]``."""
    akash.say("Hi", usage=(17, 10))
    body = {**ASK, "stream_options": {"include_usage": True}}
    *chunks, usage, _ = (await call("POST", f"{gateway}/v1/chat/completions", body)).events()
    assert usage["choices"] == []
    assert usage["usage"] == {"prompt_tokens": 17, "completion_tokens": 10, "total_tokens": 27}
    assert [chunk["usage"] for chunk in chunks] == [None] * 3


async def test_a_failure_before_the_first_event_has_its_status(akash: Simulator, gateway: str) -> None:
    """Akash answers 200 and one line of failure; the caller gets neither a 200 nor a stream."""
    akash.play("error_429")
    reply = await call("POST", f"{gateway}/v1/chat/completions", ASK)
    assert reply.status == 429
    assert reply.json()["error"]["code"] == "rate_limit_exceeded"


async def test_a_failure_after_text_ends_the_stream_with_an_error(akash: Simulator, gateway: str) -> None:
    """Never with a finish, and never with ``[DONE]``."""
    akash.play("cut")
    events = (await call("POST", f"{gateway}/v1/chat/completions", ASK)).events()
    assert events[-1]["error"]["code"] == "upstream_answer_cut"
    assert "[DONE]" not in events
    assert all(chunk["choices"][0]["finish_reason"] is None for chunk in events[:-1])


async def test_silence_is_filled_with_comments(akash: Simulator, clock: FakeClock) -> None:
    """Every fifteen seconds, before the first token too; the status waits no longer than its grace."""
    akash.play("stall_first_byte")
    async with running(akash.url, clock) as gateway:
        async with calling("POST", f"{gateway}/v1/chat/completions", ASK) as caller:
            await akash.stalled()
            await clock.advance(9.9)
            begun = asyncio.ensure_future(caller.head())
            await clock.advance(0)
            assert not begun.done()
            await clock.advance(0.2)
            assert (await begun)[0] == 200
            await caller.until(b'"role":"assistant"')
            await clock.advance(5)
            await caller.until(b": ping\n\n")
            await clock.advance(15)
            await caller.until(b": ping\n\n")
            akash.resume()
            assert b"[DONE]" in await caller.rest()


async def test_silence_within_an_answer_is_filled_too(akash: Simulator, clock: FakeClock) -> None:
    """A model that stops to think does not lose its caller."""
    akash.play("stall")
    async with running(akash.url, clock) as gateway:
        async with calling("POST", f"{gateway}/v1/chat/completions", ASK) as caller:
            await akash.stalled()
            await caller.until(b'" is"')
            await clock.advance(15)
            await caller.until(b": ping\n\n")
            akash.resume()
            assert b"[DONE]" in await caller.rest()


async def test_a_failure_after_the_grace_is_told_in_the_stream(akash: Simulator, clock: FakeClock) -> None:
    """The status is spent, the truth is not."""
    akash.play("stall_first_byte")
    async with running(akash.url, clock, akash={"first_byte_timeout_s": 30}) as gateway:
        async with calling("POST", f"{gateway}/v1/chat/completions", ASK) as caller:
            await akash.stalled()
            await clock.advance(31)
            assert (await caller.head())[0] == 200
            rest = await caller.rest()
    assert b'"code":"upstream_timeout"' in rest
    assert b"[DONE]" not in rest


async def test_a_silent_upstream_is_given_up(akash: Simulator, clock: FakeClock) -> None:
    """After the idle time-out the answer fails, with its text so far and an error."""
    akash.play("stall")
    async with running(akash.url, clock, akash={"idle_timeout_s": 60}) as gateway:
        async with calling("POST", f"{gateway}/v1/chat/completions", ASK) as caller:
            await akash.stalled()
            await caller.until(b'" is"')
            await clock.advance(61)
            rest = await caller.rest()
    assert b'"code":"upstream_timeout"' in rest
    assert b"[DONE]" not in rest
    await akash.left()


async def test_several_answers_share_one_stream(akash: Simulator, gateway: str) -> None:
    """Each with its role and finish under its index; usage is summed."""
    akash.say("one", usage=(10, 1))
    akash.say("two", usage=(10, 2))
    body = {**ASK, "n": 2, "stream_options": {"include_usage": True}}
    *chunks, usage, done = (await call("POST", f"{gateway}/v1/chat/completions", body)).events()
    assert done == "[DONE]"
    assert usage["usage"] == {"prompt_tokens": 20, "completion_tokens": 3, "total_tokens": 23}
    for index in (0, 1):
        own = [chunk["choices"][0] for chunk in chunks if chunk["choices"][0]["index"] == index]
        assert own[0]["delta"]["role"] == "assistant"
        assert [choice["finish_reason"] for choice in own if choice["finish_reason"]] == ["stop"]
        assert "".join(choice["delta"].get("content", "") for choice in own) in {"one", "two"}
