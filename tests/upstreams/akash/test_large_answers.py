"""An answer that does not end: it is cut, as a failure, and exactly once."""

from collections.abc import Callable, Sequence

import pytest

from akashchat.errors import ProtocolError
from akashchat.model.events import Event, Failure, TextDelta
from akashchat.upstreams.akash.stream import DataStream
from akashchat.upstreams.base import Opening, Parts, Written
from akashchat.upstreams.decoded import Decoded


class Endless:
    """Stands for a reply: pours the same line over and over."""

    received = 0

    async def pour(self, take: Callable[[bytes], bool]) -> bool:
        """See ``HttpReply``."""
        for _ in range(100):
            self.received += 10
            if take(b'0:"word "\n'):
                return False
        return True


async def answer() -> Parts:
    """The endless answer."""
    yield Decoded(Endless(), DataStream(), "Akash", 100)  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [1, 2, 3])
async def test_it_is_cut(size: int) -> None:
    """Whether it is poured, or taken batch by batch, also where the sink rests on the very piece."""
    got: list[Event] = []

    def sink(batch: Sequence[Event]) -> bool:
        got.extend(batch)
        return len(got) % size == 0

    async with Opening(Written(answer())) as poured, Opening(Written(answer())) as taken:
        while not await poured.pour(sink):
            pass
        assert got == [event async for batch in taken for event in batch]
    *texts, failure = got
    assert {*texts} == {TextDelta("word ")}
    assert len(texts) <= 12
    assert isinstance(failure, Failure)
    assert isinstance(failure.error, ProtocolError)
