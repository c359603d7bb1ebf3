"""Akash at a pace: ``bench-200-20`` answers with 200 tokens, 20 ms apart.

Only what a gateway needs for an answer, and cheap, so that the processors are left to what is measured:
``python -m bench.upstream PORT``.
"""

import asyncio
import itertools
import json
import re
import sys
from typing import cast

import uvloop

_LENGTH = re.compile(rb"\r\ncontent-length:\s*(\d+)", re.IGNORECASE)
_MODEL = re.compile(rb'"model"\s*:\s*"bench-(\d+)-(\d+)"')
_AT_ONCE = 8
"""A burst comes in pieces of so many tokens, as the network delivers a fast model's answer."""

MODELS = [f"bench-{tokens}-{pause}" for tokens, pause in itertools.product((1, 100, 200), (0, 20))]


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


_TOKENS = [_chunk(b'0:" token%d"\n' % i) for i in range(1000)]
_STREAM = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nX-Vercel-AI-Data-Stream: v1\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n" + _chunk(b'f:{"messageId":"msg-0123456789abcdefghijklmn"}\n')
)
_END = (
    b'e:{"finishReason":"stop","usage":{"promptTokens":12,"completionTokens":%d},"isContinued":false}\n'
    b'd:{"finishReason":"stop","usage":{"promptTokens":12,"completionTokens":%d}}\n'
)


def _json(value: object, header: bytes = b"") -> bytes:
    body = json.dumps(value).encode()
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n" % len(body)
    return head + header + b"\r\n" + body


_SESSION = _json({"success": True}, b"Set-Cookie: session_token=bench; Path=/; Max-Age=3600; HttpOnly\r\n")
_LIST = _json([{"id": name, "name": name, "tokenLimit": 128_000, "available": True} for name in MODELS])


class _Akash(asyncio.Protocol):
    """One connection, one request at a time."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, rest = self._received.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if not end or len(rest) < (int(length[1]) if length else 0):
            return
        self._received = b""
        path = head.split(b" ", 2)[1]
        if path.startswith(b"/api/chat"):
            self._begin(rest)
        else:
            self._transport.write(_LIST if path.startswith(b"/api/models") else _SESSION)

    def _begin(self, body: bytes) -> None:
        asked = _MODEL.search(body)
        tokens, pause_ms = (int(asked[1]), int(asked[2])) if asked else (1, 0)
        self._transport.write(_STREAM)
        self._loop.call_later(pause_ms / 1000, self._say, 0, tokens, pause_ms / 1000)

    def _say(self, said: int, tokens: int, pause_s: float) -> None:
        if self._transport.is_closing():
            return
        upto = min(tokens, said + (1 if pause_s else _AT_ONCE))
        self._transport.writelines(_TOKENS[said:upto])
        if upto < tokens:
            self._loop.call_later(pause_s, self._say, upto, tokens, pause_s)
        else:
            self._transport.write(_chunk(_END % (tokens, tokens)) + b"0\r\n\r\n")


async def _serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(_Akash, "127.0.0.1", port, backlog=2048)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(_serve(int(sys.argv[1])))
