"""What the quirks' tests share: short ways to ask a gateway and to read what it says."""

import json
from typing import Any

from akashchat.simulator import Simulator
from tests.support.http import Reply, call

MODEL = "Qwen/Qwen3-30B-A3B"


def body(text: str = "Hello", **fields: Any) -> dict[str, Any]:
    """A chat request."""
    return {"model": MODEL, "messages": [{"role": "user", "content": text}]} | fields


async def ask(gateway: str, text: str = "Hello", **fields: Any) -> Reply:
    """Ask in a chat."""
    return await call("POST", f"{gateway}/v1/chat/completions", body(text, **fields))


async def draw(gateway: str, prompt: str = "a fox", **fields: Any) -> Reply:
    """Ask for a picture."""
    return await call("POST", f"{gateway}/v1/images/generations", {"prompt": prompt} | fields)


def said(reply: Reply) -> str:
    """The text of an answer, streamed or not."""
    return _field(reply, "content")


def thought(reply: Reply) -> str:
    """The thoughts of an answer, streamed or not."""
    return _field(reply, "reasoning_content")


def finish(reply: Reply) -> str:
    """Why an answer is over, streamed or not."""
    reasons = [choice["finish_reason"] for choice in _choices(reply) if choice["finish_reason"]]
    (reason,) = reasons
    return str(reason)


def error(reply: Reply) -> dict[str, Any]:
    """The error of an answer, streamed or not."""
    whole = (
        reply.events()[-1] if reply.headers["content-type"].startswith("text/event-stream") else reply.json()
    )
    found: dict[str, Any] = whole["error"]
    return found


def code(reply: Reply) -> tuple[int, str]:
    """Status and code of a failure."""
    return reply.status, error(reply)["code"]


def sent(akash: Simulator) -> dict[str, Any]:
    """The last chat request that reached Akash."""
    read: dict[str, Any] = json.loads(akash.chats[-1].raw)
    return read


def asked_for(akash: Simulator, path: str) -> int:
    """How often a path was asked for."""
    return sum(one.path == path for one in akash.requests)


def _choices(reply: Reply) -> list[dict[str, Any]]:
    if not reply.headers["content-type"].startswith("text/event-stream"):
        return list(reply.json()["choices"])
    return [choice for event in reply.events() if event != "[DONE]" for choice in event.get("choices", ())]


def _field(reply: Reply, name: str) -> str:
    pieces = [choice.get("message", choice.get("delta")) for choice in _choices(reply)]
    return "".join(piece.get(name) or "" for piece in pieces)
