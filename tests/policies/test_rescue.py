"""Replies that nobody has seen yet are asked for anew."""

import pytest

from akashchat import tokens
from akashchat.errors import (
    AnswerCut,
    AnswerOverdue,
    GatewayError,
    InvalidOutput,
    RateLimited,
    UpstreamTimeout,
)
from akashchat.model.events import (
    Event,
    Failure,
    Finish,
    FinishReason,
    ImageReady,
    TextDelta,
    ToolCallDelta,
    ToolCallStart,
    Usage,
)
from akashchat.model.request import OutputFormat, Picture
from akashchat.policies.rescue import Rescued
from akashchat.upstreams.base import Honour
from tests.policies.authors import CUT, FINISH, asked, text_of, told
from tests.support.upstream import Scripted

CALL: list[Event] = [ToolCallStart("1", "look"), ToolCallDelta("1", '{"at":')]


@pytest.mark.parametrize("options", [{}, {"output": OutputFormat()}])
@pytest.mark.parametrize("part", [[TextDelta("Half an ")], CALL])
async def test_it_is_asked_for_anew(options: dict[str, object], part: list[Event]) -> None:
    """Whatever it was; of the answer that was cut nothing is left but what it cost."""
    request = asked(stream=False, **options)
    scripted = Scripted([part, [CUT]], [[TextDelta("A whole ")], [TextDelta("answer"), FINISH]])
    *said, end = await told(Rescued(scripted), request)
    assert text_of(said) == "A whole answer"
    assert len(said) == 2
    spent = Usage(tokens.count_request(request), tokens.count("Half an " if part is not CALL else '{"at":'))
    assert end == Finish(FinishReason.STOP, spent + Usage(5, 7, estimated=True))
    assert request.journey.rescues == 1
    assert scripted.requests == [request, request]
    assert scripted.running == 0


async def test_three_answers_and_no_more() -> None:
    """Then it fails as the last one did."""
    scripted = Scripted([[TextDelta("Half")], [CUT]])
    assert (await told(Rescued(scripted), asked(stream=False)))[-1] == CUT
    assert len(scripted.requests) == 3
    scripted = Scripted([[TextDelta("Half")], [CUT]], RateLimited("not now"))
    assert (await told(Rescued(scripted), asked(stream=False)))[-1] == CUT
    assert len(scripted.requests) == 2


@pytest.mark.parametrize("error", [InvalidOutput("no"), AnswerOverdue("no"), GatewayError("no")])
async def test_what_is_no_cut_is_told(error: GatewayError) -> None:
    """A model that was asked twice for a form is not asked six times."""
    scripted = Scripted([[TextDelta("{")], [Failure(error)]])
    assert (await told(Rescued(scripted), asked(stream=False)))[-1] == Failure(error)
    assert len(scripted.requests) == 1


async def test_a_picture_is_not_drawn_twice() -> None:
    """It costs more than an answer; what was drawn is not thrown away for what was to follow."""
    picture = ImageReady("a.webp", "image/webp", "1", "a fox")
    scripted = Scripted([[picture], [CUT]])
    assert (await told(Rescued(scripted), asked(stream=False)))[-1] == CUT
    scripted = Scripted([[TextDelta("drawing")], [CUT]])
    assert (await told(Rescued(scripted), asked(stream=False, picture=Picture())))[-1] == CUT
    assert len(scripted.requests) == 1


async def test_a_reply_that_goes_well_is_handed_on_whole() -> None:
    """With its own usage, and no rescue to tell."""
    request = asked(stream=False)
    scripted = Scripted([[TextDelta("a")], [TextDelta("b"), FINISH]])
    assert await told(Rescued(scripted), request) == [TextDelta("a"), TextDelta("b"), FINISH]
    assert request.journey.rescues == 0


async def test_a_reply_that_does_not_begin_is_not_rescued() -> None:
    """Until then failing over has done all there is to do."""
    scripted = Scripted(UpstreamTimeout("silent"))
    with pytest.raises(UpstreamTimeout):
        await told(Rescued(scripted), asked(stream=False))
    assert len(scripted.requests) == 1


async def test_it_offers_what_the_upstream_offers() -> None:
    """Nothing is added to what a model follows, or to the models."""
    rescued = Rescued(Scripted())
    assert rescued.honours("m") == {"temperature": Honour.UPSTREAM}
    assert (await rescued.catalogue()).models == ()
    assert isinstance(CUT.error, AnswerCut)
