"""The faults of a web session: Akash Chat's own, and those of what stands before it."""

from collections.abc import Callable
from typing import Final

from akashchat.simulator import lines
from akashchat.simulator.keyed import ANSWER
from akashchat.simulator.keyed.voice import tokens
from akashchat.simulator.places import Place
from akashchat.simulator.refusals import HTML
from akashchat.simulator.scenario import Scenario, scenario
from akashchat.simulator.scenes.line import CHALLENGE
from akashchat.simulator.stage import Stage
from faults.dialects import WEATHER
from faults.fault import Fault
from faults.rig import DRAWS, Rig

_CUT_AFTER: Final = 40
_HUGE: Final = "x" * 2**20
_LONG: Final = "word " * 40_000
"""More than fits the model."""


@scenario("chat")
async def expires(stage: Stage) -> None:
    """Every session ends in the middle of an answer, and the answer with it."""
    await stage.start()
    await stage.say(*tokens(ANSWER)[:_CUT_AFTER])
    stage.world.sessions.forget()
    await stage.fail("terminated")


@scenario("chat")
async def breaks_off(stage: Stage) -> None:
    """An error line after two thirds of the answer."""
    await stage.start()
    await stage.say(*tokens(ANSWER)[:_CUT_AFTER])
    await stage.fail("[object Object]")
    await stage.finish("error")


@scenario("chat")
async def challenged(stage: Stage) -> None:
    """The page of a bot check, with status 200."""
    await stage.reply(200, CHALLENGE, HTML)


@scenario("chat")
async def odd_lines(stage: Stage) -> None:
    """Lines with codes that nobody knows, in the middle of the answer."""
    pieces = tokens(ANSWER)
    await stage.start()
    await stage.say(*pieces[:_CUT_AFTER])
    await stage.send(lines.write("z", {"what": "is this?"}) + b"x:\n")
    await stage.say(*pieces[_CUT_AFTER:])
    await stage.finish("stop", (17, 60))


@scenario("chat")
async def one_line(stage: Stage) -> None:
    """A line of a megabyte."""
    await stage.start()
    await stage.say(_HUGE)
    await stage.finish("stop", (17, 60))


@scenario("chat")
async def cut_in_call(stage: Stage) -> None:
    """The model's connection breaks within a call."""
    await stage.start()
    await stage.say("<tool_call>\n", '{"name": "get_weather", "argu')
    await stage.fail("terminated")


def _then_plain(which: Scenario[Stage]) -> Callable[[Rig], None]:
    """Once, and then a model that does what it is asked."""

    def both(rig: Rig) -> None:
        rig.akash.play("plain", None)
        rig.akash.play(which)

    return both


def _plays(
    which: str | Scenario[Stage], times: int | None = None, at: Place | None = None
) -> Callable[[Rig], None]:
    return lambda rig: rig.akash.play(which, times, at=at)


def _spends(rig: Rig) -> None:
    rig.akash.say(*tokens(ANSWER), usage=(200, 60), times=None)


SESSION: Final = (
    Fault(name="session expired", play=lambda rig: rig.akash.forget_sessions(), alone="whole"),
    Fault(name="session expired in mid-stream", play=_plays(expires, 1), alone="whole"),
    Fault(
        name="bot page with 200", play=_plays(challenged), alone="upstream_bot_check upstream_protocol_error"
    ),
    Fault(name="bot page with 403", play=_plays("bot_check"), alone="upstream_bot_check"),
    Fault(name="error line after text", play=_plays(breaks_off, 1), alone="whole"),
    Fault(
        name="cut within a call at Akash",
        play=_then_plain(cut_in_call),
        tools=True,
        question=WEATHER,
        alone="called upstream_answer_cut",
        backed="called",
    ),
    Fault(name="empty answer", play=_plays("empty"), alone="empty", backed="empty"),
    Fault(name="reasoning only", play=_plays("think_only"), alone="empty", backed="empty"),
    Fault(name="bytes torn anywhere", play=_plays("trickle"), alone="whole"),
    Fault(name="a line of 1 MB", play=_plays(one_line), text=_HUGE, alone="whole"),
    Fault(name="unknown line code", play=_plays(odd_lines), alone="whole"),
    Fault(
        name="picture never done",
        play=_plays("image_never", at="image"),
        model=DRAWS,
        question="Draw a picture of a fox.",
        options={"akash": {"image_timeout_s": 5}},
        alone="image_generation_timeout",
        backed="image_generation_timeout",
    ),
    Fault(name="model outside the tier", play=_plays("model_unavailable"), alone="model_not_found"),
    Fault(
        name="history that would be cut",
        play=lambda _: None,
        question=_LONG,
        alone="context_length_exceeded",
        most=0,
    ),
    Fault(
        name="quota spent under 50 callers",
        play=_spends,
        quota_tokens=2_000,
        callers=50,
        alone="whole insufficient_quota",
    ),
    Fault(
        name="two gateways, one quota",
        play=_spends,
        quota_tokens=2_000,
        callers=20,
        workers=2,
        alone="whole insufficient_quota",
    ),
)
