"""``n``: several answers to one request."""

import asyncio

import pytest

from akashchat.emulation.choices import Choices
from akashchat.errors import AnswerCut, GatewayError, RateLimited
from akashchat.model.events import Choice, Event, Failure, Finish, FinishReason, TextDelta, Usage
from akashchat.model.request import Message, Request, TextPart
from akashchat.upstreams.base import Honour
from tests.support.upstream import Scripted

FINISH = Finish(FinishReason.STOP, Usage(3, 2))


def asked(n: int) -> Request:
    """A request for so many answers."""
    return Request(model="m", messages=(), n=n)


async def answered(upstream: Choices, n: int) -> list[list[Event]]:
    """The batches of its answer."""
    async with upstream.open(asked(n)) as stream:
        return [list(batch) async for batch in stream]


async def test_one_answer_passes_untouched() -> None:
    """Who asks for one gets the upstream's own events."""
    scripted = Scripted([[TextDelta("a")], [FINISH]])
    assert await answered(Choices(scripted), 1) == [[TextDelta("a")], [FINISH]]
    assert scripted.requests == [asked(1)]


async def test_answers_are_asked_for_one_by_one_and_told_together() -> None:
    """Each request asks for one answer; each event bears its index; the end bears the sum of the usages."""
    scripted = Scripted([[TextDelta("a"), FINISH]], [[TextDelta("b")], [TextDelta("c"), FINISH]])
    events = [event for batch in await answered(Choices(scripted), 2) for event in batch]
    assert scripted.requests == [asked(1), asked(1)]
    for index, texts in enumerate(["a", "bc"]):
        mine = [event.event for event in events if isinstance(event, Choice) and event.index == index]
        assert "".join(event.text for event in mine if isinstance(event, TextDelta)) == texts
        assert mine[-1] == FINISH
    assert events[-1] == Finish(FinishReason.STOP, Usage(6, 4))
    assert scripted.running == 0


async def test_usage_that_is_missing_makes_an_estimate() -> None:
    """A sum with a gap says so."""
    scripted = Scripted([[FINISH]], [[Finish(FinishReason.LENGTH)]])
    (batch,) = await answered(Choices(scripted), 2)
    assert batch[-1] == Finish(FinishReason.STOP, Usage(3, 2, estimated=True))


async def test_the_answer_begins_when_every_answer_has_begun() -> None:
    """Until then the request can still fail with a status of its own."""
    gate = asyncio.Event()
    scripted = Scripted([[TextDelta("a")], [FINISH]], [gate, [TextDelta("b")], [FINISH]])
    opening = asyncio.create_task(answered(Choices(scripted), 2))
    for _ in range(20):
        await asyncio.sleep(0)
    assert len(scripted.requests) == 2
    assert not opening.done()
    gate.set()
    first = (await opening)[0]
    assert {event.index for event in first if isinstance(event, Choice)} == {0, 1}


@pytest.mark.parametrize(
    "script", [RateLimited("busy"), [[Failure(RateLimited("busy"))]]], ids=["raised", "first event"]
)
async def test_none_begins_where_one_cannot(script: object) -> None:
    """The request fails as one, and the answers that had begun are given up."""
    never = asyncio.Event()
    scripted = Scripted([[TextDelta("a")], never], script)
    with pytest.raises(RateLimited, match="busy"):
        await answered(Choices(scripted), 2)
    assert scripted.running == 0


async def test_a_failure_later_ends_all() -> None:
    """Whoever fails in the middle ends the stream for all, once and last."""
    gate, never = asyncio.Event(), asyncio.Event()
    failure = Failure(AnswerCut("cut"))
    scripted = Scripted([[TextDelta("a")], never], [[TextDelta("b")], gate, [TextDelta("c"), failure]])
    batches: list[list[Event]] = []
    async with Choices(scripted).open(asked(2)) as stream:
        async for batch in stream:
            batches.append(list(batch))
            gate.set()
    assert batches[-1] == [failure]
    assert sum(event == failure for batch in batches for event in batch) == 1
    assert scripted.running == 0


async def test_leaving_gives_up_every_answer() -> None:
    """Nothing is asked of the upstream for a caller who has left."""
    never = asyncio.Event()
    scripted = Scripted([[TextDelta("a")], never])
    async with Choices(scripted).open(asked(4)) as stream:
        assert len(await anext(stream)) == 4
        assert scripted.running == 4
    assert scripted.running == 0


async def test_a_slow_reader_holds_the_answers_back() -> None:
    """Events wait in a queue of bounded length, so one slow caller costs bounded memory."""
    scripted = Scripted([*[[TextDelta("a")]] * 1_000, [FINISH]])
    async with Choices(scripted).open(asked(2)) as stream:
        await anext(stream)
        for _ in range(200):
            await asyncio.sleep(0)
        assert scripted.played < 20


def test_n_is_honoured_here() -> None:
    """The upstream's abilities are its own, and ``n`` is the gateway's."""
    choices = Choices(Scripted([[FINISH]]))
    assert choices.name == "scripted"
    assert choices.honours("m") == {"temperature": Honour.UPSTREAM, "n": Honour.GATEWAY}


async def test_the_catalogue_is_the_upstream_s() -> None:
    """Nothing is added to it."""
    assert (await Choices(Scripted([[FINISH]])).catalogue()).models == ()


async def test_errors_are_the_upstream_s_own() -> None:
    """What keeps an answer from beginning reaches the caller as it was raised."""
    error = AnswerCut("empty")
    with pytest.raises(GatewayError) as raised:
        await answered(Choices(Scripted(error)), 3)
    assert raised.value is error


async def test_several_conversations_are_answered_in_their_order() -> None:
    """Conversation by conversation, so many answers to each; each is asked for alone."""
    first, second = (Message("user", (TextPart(text),)) for text in "ab")
    scripted = Scripted([[TextDelta("x"), FINISH]])
    several = Request(model="m", messages=(first,), further=((second,),), n=2)
    async with Choices(scripted).open(several) as stream:
        events = [event async for batch in stream for event in batch]
    assert [(one.messages, one.further, one.n) for one in scripted.requests] == [
        ((first,), (), 1), ((first,), (), 1), ((second,), (), 1), ((second,), (), 1),
    ]  # fmt: skip
    assert sorted(event.index for event in events if isinstance(event, Choice)) == [0, 0, 1, 1, 2, 2, 3, 3]
    assert events[-1] == Finish(FinishReason.STOP, Usage(12, 8))
