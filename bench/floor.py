"""The floor: the least a relay from Akash's stream to OpenAI's can cost with uvicorn and aiohttp.

It believes everyone: nothing is checked, nothing can fail, there is no key, no session, no time-out, no
usage, no log.  What is left is two HTTP connections and two formats, and the gateway's cost is told as a
multiple of that.
"""

import os
import time

import aiohttp
import msgspec
from msgspec import Struct
from starlette.types import Message, Receive, Scope, Send

_encode = msgspec.json.encode
_decode_text = msgspec.json.Decoder(str).decode


class _Body(Struct):
    messages: list[dict[str, str]]
    model: str
    stream: bool = False


_decode_body = msgspec.json.Decoder(_Body).decode


class Floor:
    """The ASGI application."""

    def __init__(self, akash: str) -> None:
        self._url = f"{akash}/api/chat/"
        self._headers = {"Content-Type": "application/json", "Cookie": "session_token=bench"}
        self._client: aiohttp.ClientSession | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Relay; anything but a POST is greeted."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        if scope["method"] != "POST":
            await _whole(send, b"{}")
            return
        body = b""
        more = True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        asked = _decode_body(body)
        assert self._client is not None  # noqa: S101  for the type checker: the lifespan has begun
        async with self._client.post(self._url, data=_request(asked), headers=self._headers) as reply:
            if asked.stream:
                await _relay(reply.content, asked.model, send)
            else:
                await _whole(send, _completion(await reply.read(), asked.model))

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as client:
            self._client = client
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})


def _request(asked: _Body) -> bytes:
    return _encode(
        {
            "id": os.urandom(8).hex(),
            "messages": asked.messages,
            "model": asked.model,
            "system": " ",
            "temperature": 0.85,
            "topP": 1.0,
            "context": [],
        }
    )


def _completion(reply: bytes, model: str) -> bytes:
    text = "".join([_decode_text(line[2:]) for line in reply.split(b"\n") if line[:2] == b"0:"])
    message = {"role": "assistant", "content": text}
    return _encode(
        {
            "id": f"chatcmpl-{os.urandom(12).hex()}",
            "object": "chat.completion",
            "created": int(time.time()),
            "model": model,
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        }
    )


async def _whole(send: Send, body: bytes) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _relay(content: aiohttp.StreamReader, model: str, send: Send) -> None:
    """One write a read; a token's text is passed on as it came."""
    chunk = {
        "id": f"chatcmpl-{os.urandom(12).hex()}",
        "object": "chat.completion.chunk",
        "created": int(time.time()),
        "model": model,
    }
    head = b"data: " + _encode(chunk)[:-1] + b',"choices":[{"index":0,"delta":{'
    before, after = head + b'"content":', b'},"finish_reason":null}]}\n\n'
    end = head + b'},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'
    await send(
        {
            "type": "http.response.start",
            "status": 200,
            "headers": [(b"content-type", b"text/event-stream")],
        }
    )
    rest = b""
    while data := await content.readany():
        *lines, rest = (rest + data).split(b"\n")
        out = []
        for line in lines:
            if line[:2] == b"0:":
                out += [before, line[2:], after]
            elif line[:2] == b"d:":
                out.append(end)
        if out:
            message: Message = {"type": "http.response.body", "body": b"".join(out), "more_body": True}
            await send(message)
    await send({"type": "http.response.body", "body": b""})


app = Floor(os.environ.get("AKASH_BASE_URL", ""))
