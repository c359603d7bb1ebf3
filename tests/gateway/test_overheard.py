"""Words that are kept of what goes by."""

import pytest

from akashchat.errors import AnswerCut
from akashchat.gateway.overheard import MOST, Overheard, cut
from akashchat.model.events import (
    Choice,
    Event,
    Failure,
    Finish,
    FinishReason,
    ImageReady,
    Progress,
    ReasoningDelta,
    TextDelta,
    ToolCallDelta,
    ToolCallStart,
)
from akashchat.model.request import Message, Request
from akashchat.upstreams.base import Batch
from tests.support.upstream import Scripted

STOP = Finish(FinishReason.STOP)
PICTURE = ImageReady(name="a.webp", media_type="image/webp", job_id="j", prompt="p")


async def heard(*batches: list[Event]) -> tuple[Overheard, list[Batch]]:
    """A stream that was poured, and what came out of it."""
    request = Request(model="m", messages=(Message("user", "hi"),))
    came: list[Batch] = []
    async with Scripted(batches).open(request) as stream:
        overheard = Overheard(stream, b"asked")
        assert await overheard.pour(lambda batch: bool(came.append(batch)))
    return overheard, came


@pytest.mark.parametrize(
    ("events", "answer"),
    [
        ([TextDelta("Hello "), TextDelta("there")], "Hello there"),
        ([ReasoningDelta("hm"), Progress("soon"), TextDelta("Hi")], "Hi"),
        ([TextDelta("So:"), ToolCallStart("c", "look"), ToolCallDelta("c", '{"a":1}')], 'So:\nlook {"a":1}'),
        ([PICTURE], "[a picture]"),
        ([Choice(1, TextDelta("b")), Choice(0, TextDelta("a")), Choice(1, TextDelta("B"))], "a\n\nbB"),
    ],
)
async def test_what_is_said_is_heard(events: list[Event], answer: str) -> None:
    """All that a reader would see; the events themselves pass as they are."""
    overheard, came = await heard(*[[event] for event in events], [STOP])
    assert (overheard.words.request, overheard.words.answer) == (b"asked", answer)
    assert [event for batch in came for event in batch] == [*events, STOP]
    assert overheard.end == STOP


async def test_an_answer_that_is_cut_is_heard_up_to_there() -> None:
    """It still fails."""
    overheard, _ = await heard([TextDelta("Hel")], [Failure(AnswerCut("gone"))])
    assert overheard.words.answer == "Hel"
    assert isinstance(overheard.end, Failure)


async def test_no_more_is_kept_than_fits() -> None:
    """Of a long answer, and of a long request."""
    overheard, _ = await heard([TextDelta("x" * (MOST - 1))], [TextDelta("yy")], [TextDelta("z")], [STOP])
    assert overheard.words.answer == "x" * (MOST - 1) + "y"
    assert len(cut(b"x" * (MOST + 1))) == MOST


def test_files_in_a_request_are_no_words() -> None:
    """Of their bytes nothing is kept, of all around them everything."""
    picture = b'{"url":"data:image/png;base64,' + b"A" * 1_000_000 + b'"}'
    short = b'{"url":"data:image/png;base64,..."}'
    assert cut(b"[" + picture + b"," + picture + b',"end"]') == b"[" + short + b"," + short + b',"end"]'
    assert cut(b'"data:;base64,AAAA') == b'"data:;base64,...'
    assert cut(b"plain") == b"plain"
