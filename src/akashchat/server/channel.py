"""What a parent and its workers say to each other, over a pair of sockets.

A **tell** wants no answer, an **ask** gets exactly one.  Both have a topic, and a body that the channel does not read.
The parent's end and a worker's are the same.  A frame is its length in four bytes, and a word in MessagePack.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from enum import Enum
from typing import cast

import msgspec
import structlog
from msgspec import Struct

_LENGTH = 4


class ChannelClosed(Exception):
    """Whoever was at the other end is gone."""


class Kind(Enum):
    """What a word is."""

    TELL = "tell"
    ASK = "ask"
    ANSWER = "answer"


class Word(Struct, frozen=True, array_like=True):
    """One thing said; an answer has its question's number."""

    kind: Kind
    topic: str
    number: int = 0
    body: bytes = b""


Told = Callable[[str, bytes], object]
Asked = Callable[[str, bytes], Awaitable[bytes]]

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Word).decode


def framed(word: Word) -> bytes:
    """A word as bytes."""
    body = _encode(word)
    return len(body).to_bytes(_LENGTH, "big") + body


def hear(sock: socket.socket) -> Word:
    """The first word on a socket that blocks, before there is a loop; raises ``ChannelClosed``."""
    return _decode(_exactly(sock, int.from_bytes(_exactly(sock, _LENGTH), "big")))


def _exactly(sock: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        piece = sock.recv(size - len(data))
        if not piece:
            raise ChannelClosed
        data += piece
    return data


class Channel(asyncio.Protocol):
    """One end; ``on_tell`` and ``on_ask`` hear the other, ``on_lost`` is called once when it is gone."""

    def __init__(self, on_tell: Told, on_ask: Asked, on_lost: Callable[[], object]) -> None:
        self._on_tell = on_tell
        self._on_ask = on_ask
        self._on_lost = on_lost
        self._transport: asyncio.Transport | None = None
        self._received = bytearray()
        self._number = 0
        self._questions: dict[int, asyncio.Future[bytes]] = {}
        self._answering: set[asyncio.Task[None]] = set()
        self._log = structlog.get_logger("akashchat")

    async def open(self, sock: socket.socket) -> None:
        """Begin to speak and to hear."""
        sock.setblocking(False)
        await asyncio.get_running_loop().create_unix_connection(lambda: self, sock=sock)

    def close(self) -> None:
        """Speak no more."""
        if self._transport is not None:
            self._transport.close()

    def tell(self, topic: str, body: bytes = b"") -> None:
        """Say something; to nobody where the other is gone."""
        self._send(Word(Kind.TELL, topic, 0, body))

    async def ask(self, topic: str, body: bytes = b"") -> bytes:
        """Ask, and wait for the answer; raises ``ChannelClosed``."""
        if self._transport is None:
            raise ChannelClosed
        self._number += 1
        number = self._number
        question: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._questions[number] = question
        self._send(Word(Kind.ASK, topic, number, body))
        try:
            return await question
        finally:
            del self._questions[number]

    # See asyncio.Protocol.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See ``asyncio.Protocol``."""
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        """See ``asyncio.Protocol``."""
        self._transport = None
        for question in self._questions.values():
            if not question.done():
                question.set_exception(ChannelClosed())
        for task in self._answering:
            task.cancel()
        self._on_lost()

    def data_received(self, data: bytes) -> None:
        """See ``asyncio.Protocol``."""
        received = self._received
        received += data
        while len(received) >= _LENGTH:
            end = _LENGTH + int.from_bytes(received[:_LENGTH], "big")
            if len(received) < end:
                return
            word = _decode(received[_LENGTH:end])
            del received[:end]
            self._heard(word)

    def _heard(self, word: Word) -> None:
        match word.kind:
            case Kind.TELL:
                self._hear(word)
            case Kind.ASK:
                task = asyncio.get_running_loop().create_task(self._answer(word))
                self._answering.add(task)
                task.add_done_callback(self._answering.discard)
            case Kind.ANSWER:
                question = self._questions.get(word.number)
                if question is not None and not question.done():
                    question.set_result(word.body)

    def _hear(self, word: Word) -> None:
        """Whoever hears it may fail; the channel goes on."""
        try:
            self._on_tell(word.topic, word.body)
        except Exception:  # noqa: BLE001  see above
            self._log.exception("what was told was not understood", topic=word.topic)

    async def _answer(self, word: Word) -> None:
        """Exactly one answer to each question: an empty one where there is none, which the log then explains."""
        try:
            body = await self._on_ask(word.topic, word.body)
        except Exception:  # noqa: BLE001  see above
            self._log.exception("a question was not answered", topic=word.topic)
            body = b""
        self._send(Word(Kind.ANSWER, word.topic, word.number, body))

    def _send(self, word: Word) -> None:
        if self._transport is not None:
            self._transport.write(framed(word))
