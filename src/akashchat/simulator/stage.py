"""One request on its way to an answer, and all that can be done to its line.

Nothing is on the wire before the first byte of a body is written: like the app, the simulator keeps the
status line back until it has something to say. What a scenario does to the line (byte by byte, compressed) is
kept here, so that the endpoints need not know.
"""

import asyncio
import socket
import struct
import zlib
from collections.abc import Mapping, Sequence
from typing import Any, Final

from aiohttp import web

from akashchat.simulator import lines, voice
from akashchat.simulator.arrival import Arrival
from akashchat.simulator.javascript import stringify
from akashchat.simulator.journal import Journal
from akashchat.simulator.obedience import obey
from akashchat.simulator.prompt import Prompt
from akashchat.simulator.refusals import JSON
from akashchat.simulator.world import World

SECURITY_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-XSS-Protection": "1; mode=block",
    "X-Frame-Options": "SAMEORIGIN",
}

READ_TURNS: Final = 3
"""Turns of the event loop that let a reader in the same loop take one piece before the next is written."""


class Stage:
    """A request being answered."""

    def __init__(self, world: World, request: web.BaseRequest, arrival: Arrival, journal: Journal) -> None:
        self.world = world
        self.request = request
        self.arrival = arrival
        self.prompt: Prompt | None = None
        self.bytewise = False
        self.compressed = False
        self.is_dropped = False
        self.response: web.StreamResponse | None = None
        self._journal = journal
        self._packer = zlib.compressobj(wbits=31)

    # -- answering over HTTP

    async def open(
        self, status: int, headers: Mapping[str, str] | Sequence[tuple[str, str]], *, bare: bool = False
    ) -> None:
        """Begin a response; ``bare`` leaves out the app's own security headers."""
        response = web.StreamResponse(status=status)
        if not bare:
            response.headers.update(SECURITY_HEADERS)
        for name, value in headers.items() if isinstance(headers, Mapping) else headers:
            response.headers.add(name, value)
        if self.compressed:
            response.headers["content-encoding"] = "gzip"
        self.arrival.status = status
        self.response = response

    async def send(self, data: bytes) -> None:
        """Write a piece of the body, in as many writes as the line allows."""
        if self.compressed:
            data = self._packer.compress(data) + self._packer.flush(zlib.Z_SYNC_FLUSH)
        if self.bytewise:
            for index in range(len(data)):
                await self._write(data[index : index + 1])
                await self.let_read()
        elif data:
            await self._write(data)

    async def close(self) -> web.StreamResponse:
        """End the response properly."""
        response = self.response
        if response is None:
            raise RuntimeError("the request has not been answered")
        if self.compressed:
            self.compressed = False
            await self.send(self._packer.flush())
        if not response.prepared:
            await response.prepare(self.request)
        await response.write_eof()
        return response

    async def reply(
        self, status: int, body: str = "", content_type: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        """Answer at once; without a content type there is none on the wire either."""
        typed = {"content-type": content_type} if content_type else {}
        await self.open(status, typed | dict(headers or {}))
        await self.send(body.encode("utf-8", "surrogatepass"))

    async def reply_json(
        self, document: Any, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> None:
        """Answer at once, in JSON."""
        await self.reply(status, stringify(document), JSON, headers)

    # -- answering as a model does

    async def start(self) -> None:
        """Begin a data stream with its first line."""
        await self.open(200, lines.HEADERS)
        await self.send(lines.start())

    async def say(self, *deltas: str) -> None:
        """Speak, one line for each piece, at the simulator's pace."""
        for delta in deltas:
            await self.pause()
            await self.send(lines.text(delta))

    async def fail(self, message: str) -> None:
        """Tell an error; a data stream is begun if there is none."""
        if self.response is None:
            await self.open(200, lines.HEADERS)
        await self.send(lines.error(message))

    async def finish(self, reason: str = "stop", usage: tuple[int, int] | None = None) -> None:
        """Write both finishing lines and charge what was used."""
        prompt_tokens, completion_tokens = usage or (None, None)
        await self.send(lines.finish_step(reason, prompt_tokens, completion_tokens))
        await self.send(lines.finish_message(reason, prompt_tokens, completion_tokens))
        self.world.quota.charge(sum(usage or ()))

    async def answer(self) -> None:
        """The whole answer the simulator gives by itself, thoughts first where the model thinks."""
        await self.start()
        words = obey(self.asked) or voice.answer(self.asked)
        deltas = [*self.thoughts(), *voice.split_tokens(words)]
        await self.say(*deltas)
        await self.finish(usage=(self.asked.tokens, len(deltas)))

    def thoughts(self) -> list[str]:
        """The pieces a thinking model's thoughts come in: the new dialect keeps them back and sends one."""
        model = self.asked.model
        thoughts = voice.thoughts(self.asked)
        if model.thinks == "headless":
            return [*voice.split_tokens(thoughts), "\n", "</think>", "\n\n"]
        if model.thinks == "tagged" and self.world.dialect == "new":
            return [f"<think>\n{thoughts}\n</think>\n\n"]
        if model.thinks == "tagged":
            return ["<think>", "\n", *voice.split_tokens(thoughts), "\n", "</think>", "\n\n"]
        return []

    def deliver(self, prompt: Prompt) -> None:
        """Hand a prompt to the model, so to speak, and write down what it got."""
        self.prompt = prompt
        self.arrival.llm_request = prompt.body

    @property
    def asked(self) -> Prompt:
        """What reached the model; only for scenarios that play in its place."""
        if self.prompt is None:
            raise RuntimeError("no prompt has been composed for this request")
        return self.prompt

    # -- trouble on the line

    async def pause(self) -> None:
        """Wait for the time a token takes."""
        await asyncio.sleep(self.world.pace_s)

    @staticmethod
    async def let_read() -> None:
        """Give a reader in the same event loop the time to take what has been written so far."""
        for _ in range(READ_TURNS):
            await asyncio.sleep(0)

    async def stall(self) -> None:
        """Be silent until the client leaves or the simulator is told to resume."""
        self.arrival.is_stalled = True
        self._journal.notify()
        await self.world.resumed.wait()
        self.arrival.is_stalled = False

    async def drop(self) -> None:
        """Reset the connection; never returns, because the request is cancelled with its connection."""
        await self.let_read()
        transport = self._leave()
        if transport is not None:
            line: socket.socket | None = transport.get_extra_info("socket")
            if line is not None:
                line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            transport.abort()
        await asyncio.Event().wait()

    async def hang_up(self, last_words: bytes = b"") -> None:
        """Close the connection without ending the response; never returns either."""
        transport = self._leave()
        if transport is not None:
            transport.write(last_words)
            transport.close()
        await asyncio.Event().wait()

    def _leave(self) -> asyncio.Transport | None:
        self.is_dropped = True
        return self.request.transport

    async def _write(self, data: bytes) -> None:
        if self.response is None:
            raise RuntimeError("a response must be opened before it is written")
        if not self.response.prepared:
            await self.response.prepare(self.request)
        if self.request.method != "HEAD":
            await self.response.write(data)
