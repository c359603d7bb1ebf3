"""A caller that leaves: the connection to Akash closes at once, in every phase."""

import pytest

from akashchat.simulator import Simulator
from tests.support.clock import FakeClock
from tests.support.gateway import running
from tests.support.http import calling

MESSAGES = [{"role": "user", "content": "Draw a fox"}]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("scenario", ["stall_session", "stall_first_byte", "stall_after_start", "stall"])
async def test_leaving_closes_the_upstream(akash: Simulator, scenario: str, *, stream: bool) -> None:
    """While waiting for a session, for the first byte, and in mid-stream."""
    akash.play(scenario, times=None)
    body = {"model": "DeepSeek-V3.2", "messages": MESSAGES, "stream": stream}
    async with running(akash.url) as gateway:
        async with calling("POST", f"{gateway}/v1/chat/completions", body) as caller:
            await akash.stalled()
            await caller.leave()
            await akash.left()
        await akash.idle()


@pytest.mark.parametrize("size", [70_000, 1_000_000])
async def test_leaving_with_a_long_conversation_closes_the_upstream(akash: Simulator, size: int) -> None:
    """A long body must not keep the gateway from seeing it."""
    akash.play("stall_first_byte", times=None)
    messages = [{"role": "user", "content": "word " * (size // 5)}]
    async with running(akash.url) as gateway:
        body = {"model": "DeepSeek-V3.2", "messages": messages}
        async with calling("POST", f"{gateway}/v1/chat/completions", body) as caller:
            if size > 500_000:  # more than the model can read: refused before Akash is asked
                assert (await caller.head())[0] == 400
            else:
                await akash.stalled()
                await caller.leave()
                await akash.left()
        await akash.idle()


async def test_leaving_ends_the_wait_for_a_picture(akash: Simulator, clock: FakeClock) -> None:
    """Nobody asks for a picture's state any more once nobody waits for it."""
    akash.play("image_never", times=None)
    async with running(akash.url, clock) as gateway:
        async with calling("POST", f"{gateway}/v1/images/generations", {"prompt": "a fox"}) as caller:
            await akash.arrived(1, path="/api/image-status/")
            while not clock.sleeping:  # the pause before the next question
                await clock.advance(0)
            await caller.leave()
            while clock.sleeping:  # goes with the caller
                await clock.advance(0)
        await clock.advance(60)
        assert sum(one.path == "/api/image-status/" for one in akash.requests) == 1


async def test_one_of_several_waiting_for_a_session_may_leave(akash: Simulator) -> None:
    """The others still get theirs."""
    akash.play("stall_session")
    body = {"model": "DeepSeek-V3.2", "messages": MESSAGES}
    async with running(akash.url) as gateway:
        url = f"{gateway}/v1/chat/completions"
        async with calling("POST", url, body) as first, calling("POST", url, body) as second:
            await akash.stalled()
            await first.leave()
            akash.resume()
            status, _ = await second.head()
    assert status == 200


async def test_several_answers_all_end_with_their_caller(akash: Simulator) -> None:
    """With ``n`` as many connections close."""
    akash.play("stall", times=3)
    body = {"model": "DeepSeek-V3.2", "messages": MESSAGES, "stream": True, "n": 3}
    async with running(akash.url) as gateway:
        async with calling("POST", f"{gateway}/v1/chat/completions", body) as caller:
            await akash.stalled(3)
            await caller.leave()
            await akash.left(3)
