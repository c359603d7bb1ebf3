"""The contract of upstreams: entering commits, pouring loses nothing, every answer has its end."""

import itertools
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akashchat.errors import AnswerCut, GatewayError, UpstreamError
from akashchat.model.events import Event, Failure, Finish, FinishReason, Single, TextDelta
from akashchat.upstreams.base import ANY, Honour, Opening, Parts, Written, honour_of, unhonoured
from tests.support.answers import FINISHES, answers

END = Finish(FinishReason.STOP)


async def written(*parts: Sequence[Event] | GatewayError, left: list[str] | None = None) -> Parts:
    """An answer of these batches; an error is raised in its place."""
    try:
        for part in parts:
            if isinstance(part, GatewayError):
                raise part
            yield part
    finally:
        if left is not None:
            left.append("left")


def opened(*parts: Sequence[Event] | GatewayError, left: list[str] | None = None) -> Opening:
    """The same, behind the referee."""
    return Opening(Written(written(*parts, left=left)))


async def within(outer: Opening) -> Parts:
    """An answer that is a part of another one."""
    async with outer as stream:
        yield stream


@given(answers(ends=FINISHES), st.lists(st.booleans(), min_size=1), st.integers(0, 2))
async def test_pouring_equals_iterating(answer: list[Single], stops: list[bool], depth: int) -> None:
    """Wherever the sink has enough for now, and however deep an answer lies in others."""
    batches = [answer[i : i + 2] for i in range(0, len(answer), 2)]
    opening, twin = opened(*batches), opened(*batches)
    for _ in range(depth):
        opening = Opening(Written(within(opening)))
    poured: list[Sequence[Event]] = []
    enough = itertools.cycle([*stops, False])

    def sink(batch: Sequence[Event]) -> bool:
        poured.append(batch)
        return next(enough)

    async with opening as stream, twin as slow:
        while not await stream.pour(sink):
            assert stream.end is None
        assert [*poured] == [batch async for batch in slow]
        assert (stream.end, slow.end) == (answer[-1], answer[-1])
        assert await stream.pour(sink)
        assert len(poured) == len(batches)


@pytest.mark.parametrize(
    ("parts", "error"),
    [
        ([], AnswerCut),
        ([UpstreamError("no")], UpstreamError),
        ([[Failure(UpstreamError("no"))]], UpstreamError),
    ],
)
async def test_what_keeps_an_answer_from_beginning_is_raised(
    parts: list[Sequence[Event] | GatewayError], error: type[GatewayError]
) -> None:
    """Also a failure that comes as the first event; and what was opened is closed."""
    left: list[str] = []
    with pytest.raises(error):
        async with opened(*parts, left=left):
            raise AssertionError("it must not begin")
    assert left == ["left"]


@pytest.mark.parametrize(("parts", "error"), [([], AnswerCut), ([UpstreamError("no")], UpstreamError)])
async def test_what_ends_an_answer_later_is_an_event(
    parts: list[Sequence[Event] | GatewayError], error: type[GatewayError]
) -> None:
    """Whatever is raised, and an end without a terminal event."""
    poured: list[Event] = []
    async with opened([TextDelta("a")], *parts) as stream:
        assert await stream.pour(lambda batch: bool(poured.extend(batch)))
    assert poured[0] == TextDelta("a")
    failure = stream.end
    assert isinstance(failure, Failure)
    assert isinstance(failure.error, error)
    assert poured[1:] == [failure]


@given(
    st.lists(st.booleans(), min_size=1, max_size=6),
    st.sampled_from([None, UpstreamError("no")]),
    st.integers(1, 4),
)
async def test_a_sink_that_has_enough_is_left_alone(
    stops: list[bool], error: GatewayError | None, size: int
) -> None:
    """Until it pours again, also when the answer fails right there."""
    enough = itertools.chain(stops, itertools.repeat(False))
    rests = False
    got: list[Event] = []

    def sink(batch: Sequence[Event]) -> bool:
        nonlocal rests
        assert not rests
        got.extend(batch)
        rests = next(enough)
        return rests

    parts: list[Sequence[Event] | GatewayError] = [[TextDelta(str(i))] for i in range(size)]
    async with opened(*parts, *([error] if error else [])) as stream:
        while not await stream.pour(sink):
            rests = False
    assert got[:-1] == [TextDelta(str(i)) for i in range(size)]
    assert isinstance(got[-1], Failure)


async def test_nothing_follows_a_terminal_event() -> None:
    """Whatever an upstream still has to say."""
    async with opened([TextDelta("a")], [END], [TextDelta("b")]) as stream:
        assert [batch async for batch in stream] == [[TextDelta("a")], [END]]


async def test_leaving_early_closes_what_was_opened() -> None:
    """At every depth."""
    left: list[str] = []
    async with Opening(Written(within(opened([TextDelta("a")], [END], left=left)))):
        assert left == []
    assert left == ["left"]


def test_who_does_what_a_parameter_asks() -> None:
    """What is named, by whom it says; all else by whoever takes any, but for what is no parameter of its own."""
    named = {"stop": Honour.GATEWAY, "audio": Honour.NOBODY}
    asked = ["stop", "audio", "seed", "tools[web_search]", "thinking.budget_tokens"]
    assert unhonoured(asked, named) == tuple(sorted(asked[1:]))
    assert unhonoured(asked, {**named, ANY: Honour.UPSTREAM}) == (
        "audio",
        "thinking.budget_tokens",
        "tools[web_search]",
    )
    assert honour_of("seed", {ANY: Honour.UPSTREAM}) is Honour.UPSTREAM
