"""Asking: many requests over plain sockets, so many at once, each answer checked to be whole."""

import asyncio
import json
import re
import time
from collections.abc import Iterator
from typing import cast

from msgspec import Struct

_LENGTH = re.compile(rb"\r\ncontent-length:\s*(\d+)", re.IGNORECASE)
_LIMIT_S = 120.0


class Workload(Struct, frozen=True, kw_only=True):
    """``requests`` for answers of ``tokens`` tokens ``pause_ms`` apart, ``at_once`` at a time."""

    name: str
    tokens: int
    pause_ms: int = 0
    stream: bool = True
    requests: int
    at_once: int

    def body(self) -> bytes:
        """What OpenAI's clients send."""
        question = {"role": "user", "content": "word " * 40}
        model = f"bench-{self.tokens}-{self.pause_ms}"
        return json.dumps({"model": model, "stream": self.stream, "messages": [question]}).encode()


class Answered(Struct):
    """What came of a workload; times are seconds, one a request, sorted."""

    errors: list[str]
    tokens: int
    first_s: list[float]
    whole_s: list[float]


def ask(workload: Workload, port: int, path: str = "/v1/chat/completions") -> Answered:
    """Ask the server on this port of the loopback interface."""
    import uvloop  # noqa: PLC0415  not on every system, and here only faster

    return uvloop.run(_ask(workload, port, path))


async def _ask(workload: Workload, port: int, path: str) -> Answered:
    body = workload.body()
    request = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode() + body
    token = b'"content":" token' if path.startswith("/v1/") else b'0:" token'
    answered = Answered([], 0, [], [])
    turns = iter(range(workload.requests))
    async with asyncio.timeout(_LIMIT_S), asyncio.TaskGroup() as group:
        for _ in range(workload.at_once):
            group.create_task(_ask_in_turn(workload, port, request, token, turns, answered))
    answered.first_s.sort()
    answered.whole_s.sort()
    return answered


async def _ask_in_turn(
    workload: Workload, port: int, request: bytes, token: bytes, turns: Iterator[int], answered: Answered
) -> None:
    loop = asyncio.get_running_loop()
    expected = workload.tokens if workload.stream else 1
    connection: _Connection | None = None
    for _ in turns:
        started = time.perf_counter()
        try:
            if connection is None:
                _, connection = await loop.create_connection(lambda: _Connection(token), "127.0.0.1", port)
            reply = await connection.exchange(request)
        except OSError as error:
            answered.errors.append(str(error))
            connection = None
            continue
        found = reply.count(token)
        if not reply.startswith(b"HTTP/1.1 200 ") or found != expected:
            answered.errors.append(f"{found} of {expected} tokens: {reply[:200].decode('latin-1')}")
            continue
        answered.tokens += found
        answered.first_s.append(connection.first_at - started)
        answered.whole_s.append(time.perf_counter() - started)
    if connection is not None:
        connection.close()


class _Connection(asyncio.Protocol):
    """One connection, one exchange at a time."""

    def __init__(self, token: bytes) -> None:
        self.first_at = 0.0
        self._token = token
        self._received = bytearray()
        self._body_at = 0
        self._length: int | None = None
        self._whole: asyncio.Future[bytes] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    async def exchange(self, request: bytes) -> bytes:
        """The whole response, head and all."""
        self.first_at = 0.0
        self._received.clear()
        self._body_at = 0
        self._whole = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._whole

    def close(self) -> None:
        """No more exchanges."""
        self._transport.close()

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not self.first_at and self._token in data:
            self.first_at = time.perf_counter()
        if not self._body_at:
            self._read_head()
        if self._body_at and self._is_whole() and self._whole and not self._whole.done():
            self._whole.set_result(bytes(self._received))

    def connection_lost(self, error: Exception | None) -> None:
        if self._whole and not self._whole.done():
            self._whole.set_exception(error or ConnectionResetError("closed before the answer was whole"))

    def _read_head(self) -> None:
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            return
        self._body_at = end + 4
        length = _LENGTH.search(self._received[:end])
        self._length = int(length[1]) if length else None

    def _is_whole(self) -> bool:
        if self._length is None:
            return self._received.endswith(b"\r\n0\r\n\r\n")
        return len(self._received) - self._body_at >= self._length
