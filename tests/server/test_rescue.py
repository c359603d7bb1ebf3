"""Answers that are cut and asked for again, as a caller sees them."""

import json
from typing import Any

from akashchat.simulator import Simulator
from tests.support.http import call
from tests.support.referee import joined

PATH = "/v1/chat/completions"
ASKED = {"model": "Qwen/Qwen3-30B-A3B", "messages": [{"role": "user", "content": "Hello"}]}


def cut(*texts: str) -> dict[str, Any]:
    """A recording of an answer that just stops."""
    return {
        "name": "cut",
        "request": {"path": "/api/chat/"},
        "response": {
            "status": 200,
            "headers": [("content-type", "text/plain; charset=utf-8"), ("x-vercel-ai-data-stream", "v1")],
            "body": {"text": "".join(f"0:{json.dumps(text)}\n" for text in texts)},
        },
    }


async def test_a_reply_that_was_cut_is_asked_for_anew(akash: Simulator, gateway: str) -> None:
    """The caller gets it whole, and headers that tell how."""
    akash.play("hang_up")
    reply = await call("POST", gateway + PATH, ASKED)
    assert reply.status == 200
    assert reply.json()["choices"][0]["finish_reason"] == "stop"
    told = {name: value for name, value in reply.headers.items() if name.startswith("x-akashchat")}
    assert told == {
        "x-akashchat-upstream": "akash", "x-akashchat-attempts": "2", "x-akashchat-rescued": "1",
    }  # fmt: skip
    again = await call("POST", gateway + PATH, ASKED)
    assert again.headers["x-akashchat-attempts"] == "1"
    assert "x-akashchat-rescued" not in again.headers


async def test_a_stream_that_was_cut_goes_on(akash: Simulator, gateway: str) -> None:
    """A comment says so; nothing is missing, nothing is there twice, and the usage is an estimate."""
    whole = await call("POST", gateway + PATH, ASKED)
    akash.replay(cut("Hello! ", "I am"))
    body = {**ASKED, "stream": True, "stream_options": {"include_usage": True}}
    reply = await call("POST", gateway + PATH, body)
    assert reply.comments() == ["the answer was cut; akash goes on with it"]
    answer = joined(reply.body).current_completion_snapshot
    assert answer.choices[0].message.content == whole.json()["choices"][0]["message"]["content"]
    assert answer.choices[0].finish_reason == "stop"
    assert reply.events()[-2]["usage"]["estimated"] is True
    assert reply.events()[-1] == "[DONE]"
    assert len(akash.chats) == 3


async def test_a_stream_that_nobody_can_go_on_with_fails(akash: Simulator, gateway: str) -> None:
    """What came stays, and the failure is the one that cut it."""
    akash.replay(cut("Something else that is long enough to be told from all that may be said again"))
    reply = await call("POST", gateway + PATH, {**ASKED, "stream": True})
    assert reply.events()[-1]["error"]["code"] == "upstream_answer_cut"
    assert reply.comments() == []
