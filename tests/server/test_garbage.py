"""What an answer was made of goes with it, and does not wait for a collector that looks rarely."""

import gc

import pytest

from akashchat.simulator import Simulator
from tests.support.gateway import running
from tests.support.http import call

ASKS = {
    "/v1/chat/completions": {"messages": [{"role": "user", "content": "Hello"}]},
    "/v1/responses": {"input": "Hello"},
    "/v1/messages": {"messages": [{"role": "user", "content": "Hello"}], "max_tokens": 100},
}


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("path", ASKS)
async def test_nothing_of_an_answer_holds_itself(akash: Simulator, path: str, *, stream: bool) -> None:
    """No object of ours is left to the collector of cycles, nor is the connection it came by."""
    body = {"model": "DeepSeek-V3.2", "stream": stream, **ASKS[path]}
    async with running(akash.url) as gateway:
        await call("POST", gateway + path, body)
        gc.collect()
        gc.disable()
        gc.set_debug(gc.DEBUG_SAVEALL)
        try:
            for _ in range(3):
                assert (await call("POST", gateway + path, body)).status == 200
            gc.collect()
            left = {
                type(one).__qualname__ for one in gc.garbage if type(one).__module__.startswith("akashchat")
            }
        finally:
            gc.set_debug(0)
            gc.garbage.clear()
            gc.enable()
    assert left == set()
