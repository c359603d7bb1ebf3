"""Hostile requests: whatever is sent, the answer is JSON, never a fault of ours, and the gateway goes on."""

import asyncio
import copy
import json
import random
from typing import Any
from urllib.parse import urlsplit

from akashchat.simulator import Simulator
from tests.support.clock import HastyClock
from tests.support.gateway import running
from tests.support.http import call

REQUESTS = 800
PATHS = [
    "/v1/chat/completions", "/v1/images/generations", "/v1/completions", "/v1/messages",
    "/v1/messages/count_tokens", "/api/chat", "/api/generate", "/api/show",
    "/tokenize", "/detokenize", "/v1/responses", "/v1/responses/input_tokens",
]  # fmt: skip
VALID: dict[str, Any] = {
    "model": "DeepSeek-V3.2",
    "messages": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "Hello"}], "name": "ada"},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
        },
        {"role": "tool", "tool_call_id": "c1", "content": "42"},
        {"role": "user", "content": "And?"},
    ],
    "input": [
        {"role": "user", "content": [{"type": "input_text", "text": "Hello"}]},
        {"type": "function_call", "call_id": "c1", "name": "f", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "c1", "output": "42"},
        {
            "type": "local_shell_call",
            "id": "l",
            "call_id": "c2",
            "status": "completed",
            "action": {"command": ["ls"]},
        },
    ],
    "text": {"format": {"type": "json_object"}},
    "reasoning": {"effort": "low"},
    "metadata": {"a": "b"},
    "temperature": 0.5,
    "top_p": 0.9,
    "max_tokens": 50,
    "n": 2,
    "stop": ["\n\n"],
    "stream": False,
    "seed": 7,
    "prompt": "a fox",
    "size": "1024x1024",
}
OLLAMA: dict[str, Any] = {
    "model": "DeepSeek-V3.2:latest",
    "messages": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hello", "images": ["iVBORw0KGgo="]},
        {
            "role": "assistant",
            "content": "",
            "tool_calls": [{"function": {"name": "f", "arguments": {"a": 1}}}],
        },
        {"role": "tool", "content": "42", "tool_name": "f"},
    ],
    "prompt": "a fox",
    "system": "Be brief.",
    "images": ["iVBORw0KGgo="],
    "options": {
        "temperature": 0.5,
        "top_p": 0.9,
        "num_predict": 50,
        "stop": ["x"],
        "seed": 1,
        "num_ctx": 4096,
    },
    "think": "low",
    "keep_alive": "5m",
    "stream": False,
    "tokens": [1, 2, 3],
}
ODDITIES: list[Any] = [
    None, True, False, 0, -1, 1e308, -1e308, 2**63, 2**200, 0.1, "", " ", "\x00", "\ud83d", "😀" * 50, "<|endoftext|>",
    "<|im_start|>system", "a" * 5000, [], {}, [[]], [None], {"": {}}, ["x"] * 100, {"type": "text"}, {"role": "user"},
    "data:image/png;base64,", "data:;base64,!!!!", "http://", "file:///etc/passwd", "${jndi:ldap://x}", "' OR 1=1 --",
    "</think>", "<think>", "<image_generation> jobId='x' prompt='y' negative='z'</image_generation>", "../../etc",
    [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}], [{"type": "input_audio"}],
]  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a JSON value."""
    found = [path] if path else []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        found += places(inner, (*path, key))
    return found


def spoiled(dice: random.Random, valid: dict[str, Any]) -> bytes:
    """A body that was valid once."""
    body = json.loads(json.dumps(valid))
    for _ in range(dice.randint(1, 4)):
        *above, last = dice.choice(places(body))
        inner = body
        for key in above:
            inner = inner[key]
        if dice.random() < 0.2:
            del inner[last]
        else:
            inner[last] = copy.deepcopy(dice.choice(ODDITIES))
        if not places(body):
            break
    data = json.dumps(body, ensure_ascii=dice.random() < 0.5).encode("utf-8", "surrogatepass")
    if dice.random() < 0.2:
        place = dice.randrange(len(data) + 1)
        data = data[:place] + dice.randbytes(dice.randint(0, 4)) + data[place + dice.randint(0, 9) :]
    return data


def of(path: str) -> dict[str, Any]:
    """A valid body for a path."""
    return OLLAMA if path.startswith("/api/") or path == "/detokenize" else VALID


def message(error: Any) -> str:
    """What an error says, in either form."""
    return error if isinstance(error, str) else error["message"]


def junk(dice: random.Random) -> bytes:
    """A body that never was."""
    return dice.choice([
        b"", b"\x00" * 50, b"{" * 5000, b'{"a":' * 5000, b"[" * 50_000, b'"' + b"\\u0000" * 500 + b'"', b"\xff" * 99,
        dice.randbytes(200), b"null", b"1e999", b'{"messages":[],"messages":[]}', b'{"model":"\\ud800","messages":[]}',
    ])  # fmt: skip


async def test_hostile_bodies_do_no_harm(akash: Simulator) -> None:
    """Every one is answered or refused in JSON, none is a fault, and the gateway stays healthy."""
    dice = random.Random(20_261_122)
    async with running(akash.url, HastyClock()) as gateway:
        for start in range(0, REQUESTS, 20):
            paths = [dice.choice(PATHS) for _ in range(20)]
            bodies = [spoiled(dice, of(path)) if dice.random() < 0.8 else junk(dice) for path in paths]
            urls = [gateway + path for path in paths]
            replies = await asyncio.gather(
                *[call("POST", url, raw=body) for url, body in zip(urls, bodies, strict=True)]
            )
            for body, reply in zip(bodies, replies, strict=True):
                assert reply.status < 500, (start, body, reply.body)
                if reply.headers["content-type"] == "application/json":
                    assert reply.status == 200 or message(reply.json()["error"]), body
        assert (await call("GET", f"{gateway}/health")).status == 200


async def test_hostile_heads_do_no_harm(akash: Simulator, gateway: str) -> None:
    """Odd methods, paths, hosts and headers: an answer or a closed connection, never a traceback."""
    parts = urlsplit(gateway)
    heads = [
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET /v1/models HTTP/1.1\r\nHost: <script>\r\n\r\n",
        b"BREW /v1/models HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /v1/models/%ff%fe HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /v1/models/../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /v1/models?format=%00 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /v1/models?" + b"a=b&" * 2000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET * HTTP/1.1\r\nHost: x\r\n\r\n",
        b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
        b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n",
        b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET /health HTTP/1.1\r\nHost: x\r\nAuthorization: \xff\xfe\r\n\r\n",
        b"GET /health HTTP/1.1\r\nHost: x\r\nX-Request-Id: " + b"a" * 5000 + b"\r\n\r\n",
        b"GET /v1/responses HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
        b"GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 99\r\n\r\n",
        b"POST / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 2\r\n\r\n{}",
        b"GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 2\r\n\r\n{}",
        b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"nonsense\r\n\r\n",
    ]
    for head in heads:
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        writer.write(head)
        if head.startswith(b"\x16"):
            writer.write_eof()
        line = await reader.readline()
        assert not line or int(line.split()[1]) < 500, (head, line)
        writer.close()
    assert (await call("GET", f"{gateway}/health")).status == 200


async def test_what_can_be_read_but_not_written_is_refused(gateway: str) -> None:
    """Around the deepest nesting that is read at all, every depth has an answer and none is a fault."""
    for depth in range(940, 1000, 3):
        nested = '{"a":' * depth + "1" + "}" * depth
        tool = f'{{"type": "function", "function": {{"name": "f", "parameters": {{"x": {nested}}}}}}}'
        body = (
            '{"model": "DeepSeek-V3.2", "messages": [{"role": "user", "content": "Hi"}], '
            f'"tool_choice": "none", "tools": [{tool}]}}'
        )
        reply = await call("POST", f"{gateway}/v1/chat/completions", raw=body.encode())
        assert reply.status in (200, 400), depth
