"""Gateways that die while they answer: who follows them elsewhere is told the truth."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from akashchat.server.following import Torn
from akashchat.server.recording import Recording
from akashchat.server.records import Records
from akashchat.storage.shelf import MemoryShelf
from tests.support.clock import CountingChance, FakeClock

NAME = ("anyone", "/v1/chat/completions", "order-66")
START = {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]}
END = {"type": "http.response.body", "body": b"bye", "more_body": False}


def piece(text: bytes) -> dict[str, object]:
    """Some of a body."""
    return {"type": "http.response.body", "body": text, "more_body": True}


class Gateway:
    """One gateway's answer to one request."""

    def __init__(self, shelf: MemoryShelf, clock: FakeClock, chance: CountingChance) -> None:
        self.records = Records(shelf, clock, chance, keep_s=600)
        self.recording = Recording(b"{}")
        self.asked = 0
        self.goes_on = asyncio.Event()
        self.answer: asyncio.Task[bool] | None = None

    def begin(self, *messages: dict[str, object]) -> asyncio.Task[bool]:
        """Answer with these, and then, when it may go on, with an end."""

        async def answering() -> bool:
            self.asked += 1
            for message in messages:
                await self.recording.send(message)
            await self.goes_on.wait()
            await self.recording.send(END)
            return True

        self.answer = asyncio.create_task(self.records.answer(NAME, self.recording, answering))
        return self.answer

    async def die(self) -> None:
        """As ``kill -9`` has it: what was to be done is not done any more."""
        for copying in list(self.records._copying):
            copying.cancel()
        assert self.answer is not None
        await asyncio.sleep(0)

    @property
    def body(self) -> bytes:
        """What it has of the answer."""
        return b"".join(message.get("body", b"") for message in self.recording.messages)


@pytest.fixture
async def gateway(clock: FakeClock) -> Callable[[], Gateway]:
    """Makes gateways with one shelf."""
    shelf, chance = MemoryShelf(clock), CountingChance()
    return lambda: Gateway(shelf, clock, chance)


async def over(*answers: Awaitable[bool] | None) -> None:
    """Let go of what still waits."""
    for answer in answers:
        assert isinstance(answer, asyncio.Task)
        answer.cancel()
    await asyncio.gather(*[one for one in answers if one is not None], return_exceptions=True)


async def test_what_is_told_here_is_told_there(clock: FakeClock, gateway: Callable[[], Gateway]) -> None:
    """A moment later, and up to the end."""
    one, other = gateway(), gateway()
    answer = one.begin(START, piece(b"hello "))
    await clock.advance(0.3)
    followed = other.begin()
    await clock.advance(0.3)
    assert other.body == b"hello "
    one.goes_on.set()
    await clock.advance(0.3)
    assert await answer
    assert await followed
    assert (other.asked, other.body, other.recording.replayed) == (0, b"hello bye", True)


async def test_of_a_gateway_that_died_before_it_said_anything_nobody_hears(
    clock: FakeClock, gateway: Callable[[], Gateway]
) -> None:
    """Whoever follows answers anew, once its claim is over."""
    one, other = gateway(), gateway()
    one.begin()
    await clock.advance(0.3)
    followed = other.begin(START, piece(b"hello "))
    await clock.advance(0.3)
    assert other.asked == 0
    await one.die()
    await clock.advance(6)
    other.goes_on.set()
    await clock.advance(0.3)
    assert await followed
    assert (other.asked, other.body, other.recording.replayed) == (1, b"hello bye", False)
    await over(one.answer)


async def test_an_answer_whose_gateway_died_has_no_end(
    clock: FakeClock, gateway: Callable[[], Gateway]
) -> None:
    """Part of it is told, so it cannot begin anew; the next who asks gets a new one."""
    one, other, third = gateway(), gateway(), gateway()
    one.begin(START, piece(b"hello "))
    await clock.advance(0.3)
    followed = other.begin()
    await clock.advance(0.3)
    await one.die()
    await clock.advance(6)
    with pytest.raises(Torn):
        await followed
    third.goes_on.set()
    answer = third.begin(START)
    await clock.advance(0.3)
    assert await answer
    assert third.asked == 1
    await over(one.answer)


async def test_what_was_given_up_has_no_end_either(clock: FakeClock, gateway: Callable[[], Gateway]) -> None:
    """Half an answer is never taken for a whole one."""
    one, other = gateway(), gateway()
    answer = one.begin(START, piece(b"hello "))
    await clock.advance(0.3)
    followed = other.begin()
    await clock.advance(0.3)
    answer.cancel()
    await clock.advance(0.3)
    with pytest.raises(Torn):
        await followed
