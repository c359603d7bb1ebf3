"""Streams that are cut and go on."""

import asyncio
import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from akashchat import tokens
from akashchat.errors import (
    AnswerCut,
    AnswerOverdue,
    BadRequest,
    ContentRefused,
    GatewayError,
    ImageFailed,
    InvalidToolCall,
    ProtocolError,
    RateLimited,
    Stopping,
    UpstreamTimeout,
)
from akashchat.model.events import (
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
    Usage,
)
from akashchat.model.journey import Attempt
from akashchat.model.request import Message, OutputFormat, Picture, TextPart
from akashchat.policies.rescue import Rescued
from akashchat.policies.seam import anchor_of
from tests.policies.authors import (
    CUT,
    FINISH,
    TEXTS,
    Author,
    Turn,
    Way,
    anchored,
    asked,
    more,
    on,
    over,
    refusing,
    repeating,
    spaced,
    text_of,
    told,
)
from tests.support.upstream import Scripted

PROSE = "".join(f"Sentence {number} says that {number * 7} is seven times as much. " for number in range(20))
SHORT = "Once upon a time there was a cat."
SPACES = st.lists(st.sampled_from([" ", "\n", "\t", "  ", "\n\n", " \n", "\u3000"]), min_size=1, max_size=5)
STARTS = st.integers(0, 400)
REPEATING: st.SearchStrategy[Way] = st.one_of(
    st.sampled_from([anchored, over]),
    STARTS.map(more),
    st.builds(spaced, st.sampled_from([anchored, over]) | STARTS.map(more), SPACES),
)
WAYS = REPEATING | st.sampled_from([on, refusing, repeating])
SIZES = st.integers(1, 60)
CUTS = st.integers(1, 400)


def says_it_again(said: str, rest: str) -> bool:
    """Whether a text goes on with its own last words, for the first time: nobody could tell that from a repetition."""
    said, rest, anchor = ("".join(text.split()) for text in (said, rest, anchor_of(said)))
    ends = [said[place:] for place in range(len(said) - len(anchor) + 1)] if anchor else []
    return any(rest.startswith(end) and not goes_round(end) for end in ends)


def goes_round(text: str) -> bool:
    """Whether a text is the same piece over and over."""
    return any(text[period:] == text[:-period] for period in range(1, len(text) // 2 + 1))


@given(whole=TEXTS, cut=CUTS, size=SIZES, way=WAYS, step=SIZES)
def test_what_is_joined_is_right_or_the_stream_fails(
    whole: str, cut: int, size: int, way: Way, step: int
) -> None:
    """Whatever the text, wherever the cut, however somebody goes on: all of the text, or the failure that cut it."""
    said = whole[:cut]
    assume(said and (way is not on or not says_it_again(said, whole[cut:])))
    author = Author(whole, Turn(way, size, cut), Turn(way, step), Turn(way, step))
    events = asyncio.run(told(Rescued(author)))
    assert author.running == 0
    if isinstance(events[-1], Failure):
        assert events[-1] == CUT
        assert text_of(events) == said
    else:
        assert text_of(events) == whole
    if way in (on, refusing, repeating) and anchor_of(said):
        assert events[-1] == CUT


@given(whole=TEXTS, first=CUTS, second=CUTS, ways=st.lists(REPEATING, min_size=3, max_size=3), size=SIZES)
def test_it_may_be_cut_twice(whole: str, first: int, second: int, ways: list[Way], size: int) -> None:
    """The second seam is as good as the first; what came is never taken back, and never wrong."""
    assume(whole[:first])
    turns = [Turn(way, size, cut) for way, cut in zip(ways, (first, second, None), strict=True)]
    events = asyncio.run(told(Rescued(Author(whole, *turns))))
    if isinstance(events[-1], Failure):
        assert events[-1] == CUT
        assert whole.startswith(text_of(events))
    else:
        assert text_of(events) == whole


@pytest.mark.parametrize("way", [anchored, over, more(100), spaced(anchored, ["\n"]), spaced(over, ["  "])])
@pytest.mark.parametrize("cut", [60, 61, 200, 333, len(PROSE) - 5])
async def test_prose_goes_on_wherever_it_is_cut(way: Way, cut: int) -> None:
    """Of a text as models write it nothing is lost, within a word and behind one."""
    cut += PROSE[cut - 1] == " "  # right behind a blank white space would have to be guessed, see below
    author = Author(PROSE, Turn(anchored, cut=cut), Turn(way))
    request = asked()
    events = await told(Rescued(author), request)
    assert text_of(events) == PROSE
    assert request.journey.rescues == 1
    assert all(event.text for event in events if isinstance(event, TextDelta))


async def test_it_is_asked_to_repeat_the_last_words() -> None:
    """With the answer so far, and the words in which there is no doubt."""
    author = Author(PROSE, Turn(anchored, cut=300), Turn(anchored))
    await told(Rescued(author))
    first, second = author.requests
    assert second.messages[:-2] == first.messages
    assert second.messages[-2] == Message("assistant", (TextPart(PROSE[:300]),))
    (anchor,) = re.findall("«(.*)»", second.messages[-1].text)
    assert PROSE[:300].endswith(anchor)
    assert 40 <= len(anchor) < 70


async def test_white_space_at_the_seam_is_not_guessed() -> None:
    """Who repeats with other white space cannot say how much of it stands where the text was cut."""
    cut = PROSE.index("Sentence 5")
    sloppy = spaced(anchored, ["\n"])
    assert text_of(await told(Rescued(Author(PROSE, Turn(anchored, cut=cut), Turn(anchored))))) == PROSE
    events = await told(Rescued(Author(PROSE, Turn(anchored, cut=cut), Turn(sloppy), Turn(sloppy))))
    assert events[-1] == CUT


async def test_of_few_words_the_answer_starts_over() -> None:
    """It is asked for as if nothing had come, and goes on where it says the same; else it fails."""
    author = Author(SHORT, Turn(over, cut=10), Turn(over))
    assert text_of(await told(Rescued(author))) == SHORT
    assert author.requests[0] is author.requests[1]
    author = Author(SHORT, Turn(over, cut=10), Turn(refusing), Turn(refusing), anew=over)
    scripted = Scripted(
        [[TextDelta(SHORT[:10])], [CUT]], [[TextDelta("Long ago")], [FINISH]], [[TextDelta(SHORT)], [FINISH]]
    )
    assert text_of(await told(Rescued(scripted))) == SHORT
    assert len(scripted.requests) == 3


async def test_thoughts_alone_are_no_answer_yet() -> None:
    """The answer starts over, and later thoughts are dropped: two trains of thought are none."""
    scripted = Scripted(
        [[ReasoningDelta("Hm, well")], [CUT]],
        [[ReasoningDelta("Let me see.")], [TextDelta("Yes.")], [FINISH]],
    )
    events = await told(Rescued(scripted))
    assert events[:-1] == [ReasoningDelta("Hm, well"), TextDelta("Yes.")]
    assert isinstance(events[-1], Finish)


async def test_thoughts_about_going_on_are_dropped() -> None:
    """They are none of the answer's."""
    rest = PROSE[220:]
    scripted = Scripted(
        [[TextDelta(PROSE[:300])], [CUT]],
        [[ReasoningDelta("I am to go on.")], [TextDelta(rest), ReasoningDelta("Done.")], [FINISH]],
    )
    events = await told(Rescued(scripted))
    assert text_of(events) == PROSE
    assert not any(isinstance(event, ReasoningDelta) for event in events)


async def test_a_word_to_whoever_waits_is_no_hindrance() -> None:
    """Progress is no part of the answer, before the cut and behind it."""
    scripted = Scripted(
        [[Progress("drawing")], [TextDelta(PROSE[:300]), CUT]],
        [[Progress("more")], [TextDelta(PROSE), FINISH]],
    )
    events = await told(Rescued(scripted))
    assert text_of(events) == PROSE
    assert [event.message for event in events if isinstance(event, Progress)] == ["drawing", "more"]


@pytest.mark.parametrize(
    "event", [ToolCallStart("1", "look"), ImageReady("a.webp", "image/webp", "1", "a fox")]
)
async def test_calls_and_pictures_are_never_joined(event: Event) -> None:
    """Where one had begun the stream ends with the failure that cut it."""
    scripted = Scripted([[TextDelta(PROSE), event], [CUT]])
    assert await told(Rescued(scripted)) == [TextDelta(PROSE), event, CUT]
    assert len(scripted.requests) == 1


async def test_a_call_may_follow_the_seam() -> None:
    """It is one answer's own, whole; before the seam it would belong to nothing."""
    call = [ToolCallStart("1", "look"), ToolCallDelta("1", "{}"), Finish(FinishReason.TOOL_CALLS)]
    scripted = Scripted([[TextDelta(PROSE[:300])], [CUT]], [[TextDelta(PROSE)], call])
    events = await told(Rescued(scripted))
    assert events[-3:-1] == call[:-1]
    scripted = Scripted([[TextDelta(PROSE[:300])], [CUT]], [call])
    assert (await told(Rescued(scripted)))[-1] == CUT
    assert len(scripted.requests) == 3


@pytest.mark.parametrize("error", [
    AnswerOverdue("no"), BadRequest("no"), ContentRefused("no"), InvalidToolCall("no"), ImageFailed("no"),
    Stopping("bye"),
])  # fmt: skip
async def test_what_is_no_cut_is_told(error: GatewayError) -> None:
    """What the caller asked for, the model did, or the operator wants is not tried elsewhere."""
    scripted = Scripted([[TextDelta(PROSE)], [Failure(error)]])
    assert (await told(Rescued(scripted)))[-1] == Failure(error)
    assert len(scripted.requests) == 1


@pytest.mark.parametrize("error", [UpstreamTimeout("silent"), ProtocolError("odd"), RateLimited("enough")])
async def test_whatever_cuts_it_it_goes_on(error: GatewayError) -> None:
    """Silence, a broken frame, a limit in the middle of an answer."""
    scripted = Scripted([[TextDelta(PROSE[:300])], [Failure(error)]], [[TextDelta(PROSE)], [FINISH]])
    assert text_of(await told(Rescued(scripted))) == PROSE


@pytest.mark.parametrize("options", [{"output": OutputFormat()}, {"picture": Picture()}])
async def test_json_and_pictures_are_passed_untouched(options: dict[str, object]) -> None:
    """Nothing is spliced whose parts do not fit together."""
    scripted = Scripted([[TextDelta(PROSE)], [CUT]])
    assert (await told(Rescued(scripted), asked(**options)))[-1] == CUT
    assert len(scripted.requests) == 1


async def test_two_rescues_and_no_more() -> None:
    """An upstream that always cuts is not asked for ever; the failure is the last one's that cut the stream."""
    cuts = [Failure(AnswerCut(f"cut {number}")) for number in range(3)]
    parts = (PROSE[:300], PROSE[:500], PROSE[:700])
    scripted = Scripted(*([[TextDelta(part)], [cut]] for part, cut in zip(parts, cuts, strict=True)))
    request = asked()
    events = await told(Rescued(scripted), request)
    assert (text_of(events), events[-1]) == (PROSE[:700], cuts[2])
    assert request.journey.rescues == 2
    assert len(scripted.requests) == 3


async def test_the_failure_is_the_one_that_cut_it() -> None:
    """What went wrong in looking for somebody to go on is not what the caller must know."""
    scripted = Scripted([[TextDelta(PROSE)], [CUT]], RateLimited("not now"))
    assert (await told(Rescued(scripted)))[-1] == CUT
    scripted = Scripted([[TextDelta(PROSE)], [CUT]], [[TextDelta("Sen")], [Failure(ProtocolError("odd"))]])
    assert (await told(Rescued(scripted)))[-1] == CUT


async def test_the_length_limit_holds_for_both_parts() -> None:
    """Room is left for the words that are repeated, and for what is still to come."""
    author = Author(PROSE, Turn(anchored, cut=300), Turn(anchored))
    await told(Rescued(author), asked(max_tokens=200))
    limit = author.requests[1].max_tokens
    assert limit is not None
    (anchor,) = re.findall("«(.*)»", author.requests[1].messages[-1].text)
    assert limit == 200 - tokens.count(PROSE[:300]) + tokens.count(anchor)


async def test_a_limit_that_repetition_has_used_up_is_no_end() -> None:
    """Who starts over meets our own limit too early, and that must not look like the caller's."""
    long = [[TextDelta(PROSE[:400])], [Finish(FinishReason.LENGTH)]]
    scripted = Scripted([[TextDelta(PROSE[:300])], [CUT]], long)
    events = await told(Rescued(scripted), asked(max_tokens=100))
    assert (text_of(events), events[-1]) == (PROSE[:400], CUT)
    events = await told(Rescued(Scripted([[TextDelta(PROSE[:300])], [CUT]], long)), asked())
    assert isinstance(events[-1], Finish)


async def test_usage_is_what_all_answers_cost() -> None:
    """And an estimate, as who was cut did not tell."""
    author = Author(PROSE, Turn(anchored, cut=300), Turn(anchored))
    request = asked()
    end = (await told(Rescued(author), request))[-1]
    first = Usage(tokens.count_request(request), tokens.count(PROSE[:300]), estimated=True)
    assert end == Finish(FinishReason.STOP, first + Usage(5, 7))


async def test_whoever_waits_is_told() -> None:
    """A comment says that the answer was cut, and who goes on with it."""
    words: list[str] = []
    request = asked()
    request.journey.hear = words.append
    request.journey.attempts.append(Attempt("akashml", "m"))
    await told(Rescued(Author(PROSE, Turn(anchored, cut=300), Turn(anchored))), request)
    assert words == ["the answer was cut; akashml goes on with it"]


async def test_an_answer_that_does_not_fit_is_an_attempt_that_failed() -> None:
    """So somebody else is asked next, and the log tells."""
    request = asked()
    request.journey.attempts.append(Attempt("akashml", "m"))
    await told(Rescued(Author(PROSE, Turn(on, cut=300), Turn(on), Turn(on))), request)
    assert isinstance(request.journey.attempts[0].error, AnswerCut)


@pytest.mark.parametrize("size", [1, 40, 300])
async def test_a_slow_caller_stops_the_stream_everywhere(size: int) -> None:
    """Whoever wants no more for now gets no more before the next pour, before the cut, at it and behind it."""
    author = Author(PROSE, Turn(anchored, size, 300), Turn(over, size))
    events: list[Event] = []
    async with Rescued(author).open(asked()) as stream:
        pours = 0
        over_ = False
        while not over_:
            before = len(events)
            over_ = await stream.pour(lambda batch: events.extend(batch) or True)
            pours += 1
            assert len(events) - before <= 2
    assert text_of(events) == PROSE
    assert pours >= len(events) / 2


@pytest.mark.parametrize("turns", [1, 2])
async def test_whoever_leaves_leaves_every_answer(turns: int) -> None:
    """Nothing is read for nobody, also while somebody is asked to go on."""
    never = asyncio.Event()
    begun = [[TextDelta(PROSE[:50])]] if turns == 2 else []
    scripted = Scripted([[TextDelta(PROSE[:300])], [CUT]], [*begun, never])
    task = asyncio.create_task(told(Rescued(scripted)))
    for _ in range(20):
        await asyncio.sleep(0)
    assert (len(scripted.requests), scripted.running) == (2, 1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert scripted.running == 0


async def test_a_stream_that_fails_at_once_is_not_begun() -> None:
    """Nothing has come of it: its failure is raised, and has a status of its own."""
    with pytest.raises(AnswerCut):
        await told(Rescued(Scripted([[CUT]])))
