"""What a parent and its workers say to each other."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest

from akashchat.server.channel import Channel, ChannelClosed, Kind, Word, framed, hear


class End:
    """One end, and what it has heard."""

    def __init__(self) -> None:
        self.told: asyncio.Queue[tuple[str, bytes]] = asyncio.Queue()
        self.lost = asyncio.Event()
        self.channel = Channel(self._told, self._asked, self.lost.set)

    def _told(self, topic: str, body: bytes) -> None:
        if topic == "riddle":
            raise ValueError(topic)
        self.told.put_nowait((topic, body))

    async def _asked(self, topic: str, body: bytes) -> bytes:
        if topic == "riddle":
            raise ValueError(topic)
        if topic == "never":
            await asyncio.Future()
        return body[::-1]


@pytest.fixture
async def ends() -> AsyncIterator[tuple[End, End]]:
    """Both ends of a channel."""
    one, other = End(), End()
    for end, sock in zip((one, other), socket.socketpair(), strict=True):
        await end.channel.open(sock)
    yield one, other
    for end in (one, other):
        end.channel.close()
        await end.lost.wait()


async def test_each_question_has_its_own_answer(ends: tuple[End, End]) -> None:
    """Both may ask at once; what is told comes in its order."""
    one, other = ends
    big = bytes(range(256)) * 4096
    asked = [one.channel.ask("a", b"abc"), other.channel.ask("b", b"xyz"), one.channel.ask("c", big)]
    assert await asyncio.gather(*asked) == [b"cba", b"zyx", big[::-1]]
    other.channel.tell("first", b"1")
    other.channel.tell("second")
    assert [await one.told.get() for _ in range(2)] == [("first", b"1"), ("second", b"")]


async def test_what_fails_at_one_end_ends_nothing(ends: tuple[End, End]) -> None:
    """The answer is an empty one, and the channel goes on."""
    one, other = ends
    assert await one.channel.ask("riddle", b"?") == b""
    one.channel.tell("riddle")
    one.channel.tell("well")
    assert await other.told.get() == ("well", b"")


async def test_who_is_gone_answers_nobody(ends: tuple[End, End]) -> None:
    """Neither what was asked before nor what is asked then; telling is in vain, and no fault."""
    one, other = ends
    waiting = asyncio.create_task(one.channel.ask("never"))
    one.channel.tell("asked")
    await other.told.get()
    other.channel.close()
    with pytest.raises(ChannelClosed):
        await waiting
    with pytest.raises(ChannelClosed):
        await one.channel.ask("a")
    one.channel.tell("a")


async def test_words_are_heard_however_their_bytes_come() -> None:
    """Byte by byte, or several at once."""
    end = End()
    data = framed(Word(Kind.TELL, "a", 0, b"1")) + framed(Word(Kind.TELL, "b"))
    for byte in data:
        end.channel.data_received(bytes([byte]))
    end.channel.data_received(data)
    assert [end.told.get_nowait() for _ in range(4)] == [("a", b"1"), ("b", b"")] * 2


def test_the_first_word_is_heard_before_there_is_a_loop() -> None:
    """Or that there is nobody who says it."""
    one, other = socket.socketpair()
    with other:
        with one:
            one.sendall(framed(Word(Kind.TELL, "settle", 0, b"x" * 5000)))
            assert hear(other).body == b"x" * 5000
        with pytest.raises(ChannelClosed):
            hear(other)
