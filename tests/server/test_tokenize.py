"""The gateway's counter, shown."""

import pytest

from akashchat import tokens
from akashchat.simulator import Simulator
from tests.support.http import call

MODEL = "DeepSeek-V3.2"
MESSAGES = [{"role": "system", "content": "Be brief."}, {"role": "user", "name": "ada", "content": "Why? 😀"}]


async def test_a_text_and_back(gateway: str) -> None:
    """Which tokens, how many, each one's text, and what the model takes."""
    told = (
        await call(
            "POST", f"{gateway}/tokenize", {"model": MODEL, "prompt": "Hello 🦊", "return_token_strs": True}
        )
    ).json()
    assert told["count"] == len(told["tokens"]) == len(told["token_strs"]) == tokens.count("Hello 🦊")
    assert told["max_model_len"] == 64000
    assert told["estimated"] is True
    assert told["token_strs"][0] == "Hello"
    back = await call("POST", f"{gateway}/detokenize", {"model": MODEL, "tokens": told["tokens"]})
    assert back.json() == {"prompt": "Hello 🦊"}


async def test_one_counter(akash: Simulator, gateway: str) -> None:
    """What is counted here is what usage says, where Akash does not tell."""
    akash.play("no_usage")
    reply = await call("POST", f"{gateway}/v1/chat/completions", {"model": MODEL, "messages": MESSAGES})
    told = await call("POST", f"{gateway}/tokenize", {"model": MODEL, "messages": MESSAGES})
    usage = reply.json()["usage"]
    assert usage["estimated"] is True
    assert told.json()["count"] == usage["prompt_tokens"]


@pytest.mark.parametrize("found", [[-1], [100_256], [100_257], [2**31], [2**70], [0, 2**63 - 1]])
async def test_numbers_that_are_no_tokens(gateway: str, found: list[int]) -> None:
    """Are refused: the vocabulary itself would crash over them."""
    reply = await call("POST", f"{gateway}/detokenize", {"tokens": found})
    assert (reply.status, reply.json()["error"]["param"]) == (400, "tokens")


async def test_half_a_character_is_no_text(gateway: str) -> None:
    """Refused, as the text would not give the same tokens again."""
    first, *_ = tokens.encode("🦊")
    assert (await call("POST", f"{gateway}/detokenize", {"tokens": [first]})).status == 400


async def test_without_a_model_no_limit_is_told(gateway: str) -> None:
    """And an unknown one is refused."""
    assert (await call("POST", f"{gateway}/tokenize", {"prompt": ""})).json()["max_model_len"] is None
    reply = await call("POST", f"{gateway}/tokenize", {"model": "none", "prompt": "x"})
    assert (reply.status, reply.json()["error"]["code"]) == (404, "model_not_found")
