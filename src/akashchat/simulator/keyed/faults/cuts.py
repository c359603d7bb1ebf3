"""Answers that do not come to their end, or not in time."""

from typing import Final

from akashchat.simulator.keyed import chunks
from akashchat.simulator.keyed.stage import KeyedStage
from akashchat.simulator.keyed.voice import ANSWER, tokens, words
from akashchat.simulator.scenario import collect, scenario

CUT_AFTER: Final = 40
STALLED_AFTER: Final = 20
MALFORMED_AT: Final = 10
"""Tokens, of the sixty there are."""

FAILED: Final = {
    "error": {
        "message": "The server had an error while processing your request.",
        "type": "server_error",
        "param": None,
        "code": None,
    }
}


async def _begin(stage: KeyedStage, count: int) -> list[str]:
    """Say so many tokens; give the others."""
    pieces = tokens(ANSWER)
    await stage.start()
    await stage.say(pieces[:count])
    return pieces[count:]


# -- cut


@scenario("chat")
async def cut(stage: KeyedStage) -> None:
    """Forty tokens, then the connection is closed without HTTP's last chunk."""
    await _begin(stage, CUT_AFTER)
    await stage.hang_up()


@scenario("chat")
async def cut_first(stage: KeyedStage) -> None:
    """The role, then the connection is closed without HTTP's last chunk."""
    await stage.start()
    await stage.hang_up()


@scenario("chat")
async def reset(stage: KeyedStage) -> None:
    """Forty tokens, then the connection is reset."""
    await _begin(stage, CUT_AFTER)
    await stage.drop()


@scenario("chat")
async def cut_politely(stage: KeyedStage) -> None:
    """Forty tokens, then HTTP ends as it should: no reason for the end, no `[DONE]`."""
    await _begin(stage, CUT_AFTER)


@scenario("chat")
async def cut_done(stage: KeyedStage) -> None:
    """Forty tokens and `[DONE]`, without a reason for the end."""
    await _begin(stage, CUT_AFTER)
    await stage.send(chunks.DONE)


@scenario("chat")
async def cut_in_frame(stage: KeyedStage) -> None:
    """Forty tokens, and HTTP ends within a frame."""
    rest = await _begin(stage, CUT_AFTER)
    await stage.send(chunks.frame(stage.head.chunk({"content": rest[0]}))[:-9])


@scenario("chat")
async def cut_in_thoughts(stage: KeyedStage) -> None:
    """Thoughts, and the connection is closed before the answer."""
    await stage.start()
    await stage.say(tokens("Someone asks, and I"), "reasoning_content")
    await stage.hang_up()


@scenario("chat")
async def cut_in_call(stage: KeyedStage) -> None:
    """The connection is closed within the arguments of a call."""
    said = words(stage.asked)
    await stage.start()
    for one in said.calls:
        await stage.call(0, one.name, [one.arguments[: len(one.arguments) // 2]])
    await stage.hang_up()


# -- failed


@scenario("chat")
async def error_in_stream(stage: KeyedStage) -> None:
    """Forty tokens, then a frame with an error."""
    await _begin(stage, CUT_AFTER)
    await stage.send(chunks.frame(FAILED))
    await stage.send(chunks.DONE)


@scenario("chat")
async def error_first(stage: KeyedStage) -> None:
    """Status 200, and the first frame is an error."""
    await stage.open(200, chunks.STREAM)
    await stage.send(chunks.frame(FAILED))
    await stage.send(chunks.DONE)


@scenario("chat")
async def malformed(stage: KeyedStage) -> None:
    """The tenth frame is no JSON; the stream goes on as if nothing had happened."""
    rest = await _begin(stage, MALFORMED_AT)
    await stage.send(b'data: {"object": "chat.completion.chunk", "choices": [{"delta": {"content": \n\n')
    await stage.say(rest)
    await stage.finish()


# -- silent


@scenario("chat")
async def slow_first_token(stage: KeyedStage) -> None:
    """The headers at once, then silence, until the client leaves or the stand-in is told to resume."""
    await stage.open(200, chunks.STREAM)
    await stage.send(b": waiting\n\n")
    await stage.stall()
    await stage.say(tokens(ANSWER))
    await stage.finish()


@scenario("chat")
async def stall(stage: KeyedStage) -> None:
    """Twenty tokens, then silence, until the client leaves or the stand-in is told to resume."""
    rest = await _begin(stage, STALLED_AFTER)
    await stage.stall()
    await stage.say(rest)
    await stage.finish()


# -- what goes on from a cut


@scenario("chat")
async def starts_over(stage: KeyedStage) -> None:
    """Asked to go on, it says everything from the beginning."""
    await _begin(stage, CUT_AFTER * 2)
    await stage.finish()


@scenario("chat")
async def strays(stage: KeyedStage) -> None:
    """Asked to go on, it says something else; whoever just asks gets an answer."""
    if not any(message["role"] == "assistant" for message in stage.asked.messages):
        await stage.answer()
        return
    await stage.start()
    await stage.say(tokens("Sorry, what were we talking about? I know nothing of any words."))
    await stage.finish()


FAULTS: Final = collect(globals())
