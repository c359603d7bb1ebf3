"""A server that speaks Chat Completions, or fails to, as it is told: replies by script, requests kept."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

CHAT = "/v1/chat/completions"
MODELS = "/v1/models"


class Told:
    """A reply: status, headers, and pieces of a body; ``None`` among them waits until the test says to go on."""

    def __init__(
        self,
        body: bytes | Sequence[bytes | None] = b"",
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        *,
        media_type: str = "text/event-stream",
        cut: bool = False,
    ) -> None:
        self.pieces = [body] if isinstance(body, bytes) else list(body)
        self.status = status
        self.headers = {"Content-Type": media_type, **(headers or {})}
        self.cut = cut


class Asked:
    """A request that came."""

    def __init__(self, request: web.Request, body: bytes) -> None:
        self.path = request.path
        self.headers = request.headers
        self.body = body

    @property
    def json(self) -> Any:
        """The body, decoded."""
        return json.loads(self.body)


class Stand:
    """Plays one reply a request to a path, in their order, and the last one ever after."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[Asked] = []
        self.left = asyncio.Event()
        """Set once who asked has gone before the reply's end."""
        self.go_on = asyncio.Event()
        self._told: dict[str, list[Told]] = {}
        self.tell(MODELS, models("m"))
        self.tell(CHAT, stream(text("Hello"), finish()))

    def tell(self, path: str, *replies: Told) -> None:
        """Script a path."""
        self._told[path] = list(replies)

    def asked_at(self, path: str) -> list[Asked]:
        """The requests to a path."""
        return [asked for asked in self.asked if asked.path == path]

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Play the next reply."""
        self.asked.append(Asked(request, await request.read()))
        replies = self._told.get(request.path)
        if not replies:
            raise web.HTTPNotFound
        told = replies.pop(0) if len(replies) > 1 else replies[0]
        response = web.StreamResponse(status=told.status, headers=told.headers)
        try:
            await response.prepare(request)
            for piece in told.pieces:
                if piece is None:
                    await self.go_on.wait()
                else:
                    await response.write(piece)
        except (asyncio.CancelledError, ConnectionError):
            self.left.set()
            raise
        if told.cut and request.transport is not None:
            request.transport.abort()
        return response


@asynccontextmanager
async def standing() -> AsyncIterator[Stand]:
    """Run one on a loopback port; its ``url`` is what a setting ``base_url`` takes."""
    stand = Stand()
    app = web.Application(client_max_size=2**26)
    app.router.add_route("*", "/{path:.*}", stand.answer)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    stand.url = f"http://{host}:{port}/v1"
    try:
        yield stand
    finally:
        stand.go_on.set()
        await runner.cleanup()


# -- what is told


def chunk(delta: Any = None, *, finish_reason: str | None = None, **fields: Any) -> dict[str, Any]:
    """One chunk."""
    choice = {"index": 0, "delta": delta or {}, "finish_reason": finish_reason}
    common = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    return {**common, "choices": [choice], **fields}


def text(said: str) -> dict[str, Any]:
    """A piece of text."""
    return chunk({"content": said})


def call(index: Any = 0, **fields: Any) -> dict[str, Any]:
    """A piece of a call; ``name`` and ``arguments`` are its function's."""
    function = {key: fields.pop(key) for key in ("name", "arguments") if key in fields}
    found = {"index": index, **fields, **({"function": function} if function else {})}
    return chunk({"tool_calls": [{key: value for key, value in found.items() if value is not ...}]})


def finish(reason: str = "stop") -> dict[str, Any]:
    """The chunk with the reason."""
    return chunk(finish_reason=reason)


def usage(asked: int = 11, answered: int = 7) -> dict[str, Any]:
    """The chunk with usage."""
    counted = {"prompt_tokens": asked, "completion_tokens": answered, "total_tokens": asked + answered}
    return chunk(choices=[], usage=counted)


def frames(*chunks: Any, done: bool = True) -> bytes:
    """Chunks as a stream."""
    sent = b"".join([b"data: " + json.dumps(one).encode() + b"\n\n" for one in chunks])
    return sent + (b"data: [DONE]\n\n" if done else b"")


def stream(*chunks: Any, done: bool = True) -> Told:
    """The same as a reply."""
    return Told(frames(*chunks, done=done))


def error(status: int, message: str = "no", headers: Mapping[str, str] | None = None, **fields: Any) -> Told:
    """A refusal in OpenAI's form."""
    told = {"message": message, "type": None, "param": None, "code": None, **fields}
    return Told(json.dumps({"error": told}).encode(), status, headers, media_type="application/json")


def models(*names: str, **fields: Any) -> Told:
    """A list of models, all with these fields."""
    rows = [{"id": name, "object": "model", "created": 7, "owned_by": "them", **fields} for name in names]
    return Told(json.dumps({"object": "list", "data": rows}).encode(), media_type="application/json")
