"""Several upstreams as one."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence

import pytest
from msgspec.structs import replace

from akashchat.clock import Chance, SystemChance
from akashchat.errors import (
    BadRequest,
    CircuitOpen,
    ContentRefused,
    ContextLengthExceeded,
    GatewayError,
    ModelNotFound,
    RateLimited,
    UnsupportedParameter,
    UpstreamError,
    UpstreamTimeout,
    UpstreamUnavailable,
)
from akashchat.model.catalogue import Catalogue, Model
from akashchat.model.events import Event, Failure, TextDelta
from akashchat.model.journey import Attempt
from akashchat.model.request import Request
from akashchat.policies.failover import Failover
from akashchat.policies.offers import Candidate
from akashchat.policies.rescue import Rescued
from akashchat.upstreams.base import Honour, Opening
from tests.policies.authors import CUT, FINISH, asked, text_of, told
from tests.support.clock import CountingChance, FakeClock
from tests.support.upstream import Script, Scripted

DOWN = UpstreamUnavailable("down")
GONE = ModelNotFound("no such model")


class Listed(Scripted):
    """Answers with its name, or as its scripts say, to who asks for a model it lists."""

    def __init__(
        self, name: str, *scripts: Script, models: str | GatewayError = "m", follows: str = ""
    ) -> None:
        super().__init__(*(scripts or ([[TextDelta(name)], [FINISH]],)))
        self.name = name
        self.models = models
        self.follows = follows.split()
        self.listed = 0
        self.gate: asyncio.Event | None = None

    def open(self, request: Request) -> Opening:
        """Begin the next script, for a model it has."""
        opening = super().open(request)
        if isinstance(self.models, str) and request.model not in self.models.split():
            return Scripted(GONE).open(request)
        return opening

    def honours(self, model: str) -> Mapping[str, Honour]:
        """It follows what it was said to."""
        return dict.fromkeys(self.follows, Honour.UPSTREAM)

    async def catalogue(self) -> Catalogue:
        """Its models."""
        self.listed += 1
        if self.gate is not None:
            await self.gate.wait()
        if isinstance(self.models, GatewayError):
            raise self.models
        return Catalogue(tuple(Model(id=name, name=name, upstream=self.name) for name in self.models.split()))


def joined(
    *upstreams: Listed | Candidate,
    strict: bool = False,
    fallbacks: Mapping[str, Sequence[str]] | None = None,
    clock: FakeClock | None = None,
    chance: Chance | None = None,
) -> Failover:
    """These as one, in this order unless they are candidates."""
    candidates = [
        upstream if isinstance(upstream, Candidate) else Candidate(upstream, order)
        for order, upstream in enumerate(upstreams)
    ]
    return Failover(
        candidates,
        strict=strict,
        fallbacks=fallbacks,
        clock=clock or FakeClock(),
        chance=chance or CountingChance(),
    )


async def said(failover: Failover, model: str = "m", **options: object) -> str:
    """What is answered."""
    return text_of(await told(failover, asked(model=model, **options)))  # type: ignore[arg-type]


def untimed(request: Request) -> list[Attempt]:
    """Who was asked and what came of it, whenever that was."""
    return [
        replace(attempt, began=0.0, asked=0.0, heard=0.0, ended=0.0) for attempt in request.journey.attempts
    ]


async def test_the_first_that_answers_answers() -> None:
    """The others are not asked."""
    a, b = Listed("a"), Listed("b")
    assert await said(joined(a, b)) == "a"
    assert (len(a.requests), len(b.requests)) == (1, 0)


@pytest.mark.parametrize("error", [
    DOWN, UpstreamTimeout("silent"), RateLimited("busy"), ContextLengthExceeded("long"), GONE,
])  # fmt: skip
async def test_who_fails_gives_way(error: GatewayError) -> None:
    """Where another upstream may do better it is asked; the journey tells of both."""
    a, b = Listed("a", error), Listed("b")
    request = asked()
    assert text_of(await told(joined(a, b), request)) == "b"  # type: ignore[arg-type]
    assert untimed(request) == [Attempt("a", "m", error=error), Attempt("b", "m")]


async def test_a_failure_in_place_of_the_first_event_gives_way_too() -> None:
    """An upstream that answers 200 and then says that it failed has not begun."""
    assert await said(joined(Listed("a", [[CUT]]), Listed("b"))) == "b"


@pytest.mark.parametrize("error", [BadRequest("odd"), ContentRefused("no")])
async def test_what_the_caller_did_is_told(error: GatewayError) -> None:
    """Nobody else is asked for what was refused: that would be a way around it."""
    b = Listed("b")
    with pytest.raises(type(error)):
        await said(joined(Listed("a", error), b))
    assert b.requests == []


@pytest.mark.parametrize(("errors", "told"), [
    ([DOWN, RateLimited("busy")], DOWN), ([DOWN, BadRequest("no prefill")], DOWN),
    ([CircuitOpen("resting"), DOWN], DOWN), ([GONE, DOWN], DOWN), ([DOWN, GONE], DOWN),
    ([CircuitOpen("a", retry_after_s=9), CircuitOpen("b", retry_after_s=2)], CircuitOpen("b", retry_after_s=2)),
    ([CircuitOpen("resting"), GONE], CircuitOpen("resting")), ([GONE, CircuitOpen("x")], CircuitOpen("x")),
])  # fmt: skip
async def test_the_first_true_failure_is_told(errors: list[GatewayError], told: GatewayError) -> None:
    """What came of asking further, or of not asking at all, says less."""
    with pytest.raises(type(told)) as raised:
        await said(joined(*(Listed(f"u{n}", error, models=DOWN) for n, error in enumerate(errors))))
    assert raised.value == told


async def test_who_has_the_model_is_asked() -> None:
    """An upstream that lists others is passed over, and one that does not tell may have it."""
    a, b, c = Listed("a", models="x"), Listed("b", models=DOWN), Listed("c")
    b.models = DOWN
    assert await said(joined(a, b, c)) == "b"
    assert a.requests == []


async def test_a_model_nobody_lists_is_asked_for_all_the_same() -> None:
    """It may be new; where it is not, the caller is told of all there are."""
    a, b = Listed("a", models="x y"), Listed("b", models="y z")
    with pytest.raises(ModelNotFound, match="no model 'n'; available are x, y, z"):
        await said(joined(a, b), "n")
    assert [len(a.requests), len(b.requests)] == [1, 1]
    with pytest.raises(ModelNotFound, match="no such model"):
        await said(joined(a), "n")
    with pytest.raises(ModelNotFound, match=f"'{'n' * 100}…'"):
        await said(joined(a, b), "n" * 300)
    b = Listed("b", models=" ".join(f"m{number}" for number in range(400)))
    with pytest.raises(ModelNotFound, match=r"and 352 more$"):
        await said(joined(a, b), "n")


async def test_a_name_may_say_which_upstream() -> None:
    """It alone is asked then; unless it is a model's own name."""
    a, b = Listed("a"), Listed("b", DOWN, models="m a/m")
    request = asked(model="b/m")
    failover = joined(a, b)
    with pytest.raises(UpstreamUnavailable):
        await told(failover, request)  # type: ignore[arg-type]
    assert (a.requests, b.requests[0].model) == ([], "m")
    assert [attempt.model for attempt in request.journey.attempts] == ["m"]
    await failover.catalogue()
    with pytest.raises(UpstreamUnavailable):
        await said(failover, "a/m")
    assert b.requests[-1].model == "a/m"
    with pytest.raises(ModelNotFound):
        await said(failover, "nobody/m")
    with pytest.raises(ModelNotFound):
        await said(failover, "a/")


async def test_chance_has_its_say_among_equals() -> None:
    """In an order the first is drawn by weight; a later order is for when all of it fail."""
    a, b, c = Listed("a"), Listed("b"), Listed("c")
    failover = joined(
        Candidate(a, 1, 3.0), Candidate(b, 1, 1.0), Candidate(c, 0, 0.001), chance=SystemChance()
    )
    c.models = "other"
    firsts = Counter([await said(failover) for _ in range(400)])
    assert firsts.keys() == {"a", "b"}
    assert 40 < firsts["b"] < 180
    assert await said(failover, "other") == "c"


async def test_other_models_stand_in() -> None:
    """By the whole name, the longest pattern, or for all; the caller hears of it."""
    fallbacks = {"m": ["n", "b/o"], "m*": ["x"], "*": ["y"]}
    a = Listed("a", DOWN, models="m n mm q")
    b = Listed("b", models="o x y")
    words: list[str] = []
    request = asked()
    request.journey.hear = words.append
    failover = joined(a, b, fallbacks=fallbacks)
    assert text_of(await told(failover, request)) == "b"  # type: ignore[arg-type]
    tried = [(attempt.upstream, attempt.model, attempt.instead) for attempt in request.journey.attempts]
    assert tried == [("a", "m", False), ("a", "n", True), ("b", "o", True)]
    assert words == ["o answers in place of m"]
    assert b.requests[-1].model == "o"
    assert await said(failover, "mm") == "b"
    assert b.requests[-1].model == "x"
    assert await said(failover, "q") == "b"
    assert b.requests[-1].model == "y"
    assert await said(failover, "y") == "b"


async def test_strictness_passes_over_who_does_not_follow() -> None:
    """What is asked for is done by whoever is asked; where nobody does it the caller is told."""
    a, b = Listed("a"), Listed("b", follows="stop")
    assert await said(joined(a, b, strict=True), stop=("x",)) == "b"
    request = asked(stop=("x",))
    await told(joined(a, b), request)  # type: ignore[arg-type]
    assert untimed(request) == [Attempt("a", "m", ignored=("stop",))]
    with pytest.raises(UnsupportedParameter, match="not supported with the model 'm': 'stop'"):
        await said(joined(a, Listed("c"), strict=True), stop=("x",))
    with pytest.raises(UpstreamUnavailable):
        await said(joined(a, Listed("c", DOWN, follows="stop"), strict=True), stop=("x",))


async def test_who_failed_is_asked_last() -> None:
    """On the same journey: what cut an answer once may cut it again, and another model may do."""
    a, b = Listed("a", models="m n"), Listed("b")
    request = asked()
    request.journey.attempts += [Attempt("a", "m", error=DOWN), Attempt("b", "m", error=DOWN)]
    failover = joined(a, b, fallbacks={"m": ["n"]})
    await told(failover, request)  # type: ignore[arg-type]
    assert untimed(request)[-1] == Attempt("a", "n", instead=True)
    request = asked()
    request.journey.attempts.append(Attempt("a", "m", error=DOWN))
    assert text_of(await told(failover, request)) == "b"  # type: ignore[arg-type]


async def test_a_cut_answer_goes_on_elsewhere() -> None:
    """Where another upstream has the model, and else where it was cut; the journey tells what cut it."""
    text = "The quick brown fox jumps over the lazy dog, and then it runs away to the woods, where it sleeps."
    cut: list[list[Event]] = [[TextDelta(text[:80])], [CUT]]
    a, b = Listed("a", cut, [[TextDelta(text)], [FINISH]]), Listed("b", [[TextDelta(text[20:])], [FINISH]])
    request = asked()
    assert text_of(await told(Rescued(joined(a, b)), request)) == text
    assert untimed(request) == [Attempt("a", "m", error=CUT.error), Attempt("b", "m")]
    a = Listed("a", cut, [[TextDelta(text)], [FINISH]])
    assert text_of(await told(Rescued(joined(a)), asked())) == text


async def test_a_failure_in_mid_stream_is_on_the_journey() -> None:
    """Whoever reads it later knows why not all came of the attempt."""
    request = asked()
    events = await told(joined(Listed("a", [[TextDelta("x")], [CUT]])), request)  # type: ignore[arg-type]
    assert isinstance(events[-1], Failure)
    assert untimed(request) == [Attempt("a", "m", error=CUT.error)]


async def test_the_list_is_that_of_all() -> None:
    """Each model once, as the first that has it describes it, with the names of all that do."""
    failover = joined(Listed("a", models="x y"), Listed("b", models="y z"))
    models = (await failover.catalogue()).models
    assert [(m.id, m.upstream, m.upstreams) for m in models] == [
        ("x", "a", ("a",)), ("y", "a", ("a", "b")), ("z", "b", ("b",)),
    ]  # fmt: skip


async def test_who_is_away_hides_nobody() -> None:
    """The rest is listed, as stale; when nobody tells, the first one's failure is told."""
    clock = FakeClock()
    a, b = Listed("a", models=DOWN), Listed("b")
    failover = joined(a, b, clock=clock)
    catalogue = await failover.catalogue()
    assert ([model.id for model in catalogue.models], catalogue.stale) == (["m"], True)
    a.models, b.models = "m x", UpstreamError("broken")
    catalogue = await failover.catalogue()
    assert ([model.upstreams for model in catalogue.models], catalogue.stale) == ([("a", "b"), ("a",)], True)
    with pytest.raises(UpstreamUnavailable):
        await joined(Listed("a", models=DOWN), Listed("b", models=UpstreamError("broken"))).catalogue()


async def test_nobody_waits_long_for_a_list() -> None:
    """A list that does not come is unknown; while one asks for it anew others go by the last one."""
    clock = FakeClock()
    a, b = Listed("a"), Listed("b")
    a.gate = asyncio.Event()
    failover = joined(a, b, clock=clock)
    first = asyncio.create_task(said(failover))
    await clock.advance(0)
    await clock.advance(9)
    assert not first.done()
    await clock.advance(2)
    assert await first == "a"
    a.gate.set()
    await clock.advance(60)
    assert await said(failover) == "a"
    a.gate.clear()
    await clock.advance(60)
    waiting = asyncio.create_task(said(failover))
    await clock.advance(0)
    assert await said(failover) == "a"
    assert not waiting.done()
    await clock.advance(10)
    assert await waiting == "a"
    never = Listed("c")
    never.gate = asyncio.Event()
    listing = asyncio.create_task(joined(never, clock=clock).catalogue())
    await clock.advance(0)
    await clock.advance(11)
    with pytest.raises(UpstreamTimeout):
        await listing


async def test_a_list_is_not_looked_at_for_every_request() -> None:
    """What is known is known for a moment."""
    clock = FakeClock()
    a, b = Listed("a"), Listed("b")
    failover = joined(a, b, clock=clock)
    for _ in range(10):
        await said(failover)
    assert (a.listed, b.listed) == (1, 0)
    await clock.advance(6)
    await said(failover)
    assert a.listed == 2


async def test_what_is_followed_is_what_the_first_follows() -> None:
    """Of those that have the model; its upstream may be named."""
    a, b = Listed("a", models="x", follows="seed"), Listed("b", follows="stop")
    failover = joined(a, b)
    assert failover.honours("m") == {"seed": Honour.UPSTREAM}  # as far as is known
    await failover.catalogue()
    assert failover.honours("m") == {"stop": Honour.UPSTREAM}
    assert failover.honours("a/m") == {"seed": Honour.UPSTREAM}
    assert failover.honours("nobody's") == {"seed": Honour.UPSTREAM}


async def test_without_upstreams_there_is_no_model() -> None:
    """An operator who has switched all off is told so."""
    with pytest.raises(ModelNotFound):
        await said(joined())
