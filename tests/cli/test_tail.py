"""``akashchat tail``: a gateway's answers, in a terminal."""

import asyncio
import json

import pytest

from akashchat.cli.tail import _follow, line
from akashchat.client.failures import Refused
from akashchat.client.gateway import Gateway
from tests.support.clock import HastyClock
from tests.support.gateway import running
from tests.support.http import call

EVENT = {
    "object": "event", "at": 1800000000.0, "event": "answered", "request_id": "r", "dialect": "chat", "caller": "team",
    "model": "gpt-4o", "true_model": "DeepSeek-V3.2", "upstream": "akash", "stream": True, "duration_ms": 2400.0,
    "first_event_ms": 812.4, "input_tokens": 17, "output_tokens": 204, "estimated": True,
}  # fmt: skip


def test_an_answer_is_a_line():
    """Who asked what, who answered, how long it took, and what it came to."""
    shown = line(EVENT).plain
    assert shown.partition(" ")[2] == (
        "answered    chat        gpt-4o → DeepSeek-V3.2  akash  team  2.4 s  first 812 ms  about 17 → 204 tokens"
    )


def test_a_failure_says_why_and_obeys_no_terminal():
    """Whatever an upstream wrote there."""
    failed = {
        **EVENT,
        "event": "failed",
        "error": "upstream_error",
        "message": "no \x1b[2Jluck",
        "upstream": "",
    }
    shown = line(failed).plain
    assert shown.endswith("  upstream_error no [2Jluck")
    assert "  nobody  " in shown
    assert line({"object": "missed", "count": 3}).plain.startswith("3 more")


async def test_a_gateway_is_followed(akash, capsys):
    """Each answer the moment it ends, for programs a JSON object a line; and only what was asked for."""
    async with running(akash.url, HastyClock(), bearer_token="k3y") as url:
        following = asyncio.create_task(_follow(Gateway(url, "k3y"), {"model": "no-*"}, as_json=True))
        written = ""
        while not (written or following.done()):
            for model in ("DeepSeek-V3.2", "no-such-model"):
                body = {"model": model, "messages": [{"role": "user", "content": "Hi"}]}
                await call("POST", f"{url}/v1/chat/completions", body, {"authorization": "Bearer k3y"})
            written = capsys.readouterr().out
        following.cancel()
        await asyncio.wait((following,))
    told = json.loads(written.splitlines()[0])
    assert (told["model"], told["event"]) == ("no-such-model", "failed")


async def test_who_has_no_key_is_told(akash):
    """In the gateway's words."""
    async with running(akash.url, bearer_token="k3y") as url:
        with pytest.raises(Refused, match="not valid"):
            await _follow(Gateway(url, "wrong"), {}, as_json=False)
