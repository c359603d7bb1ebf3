"""Whole answers that are told in unusual ways."""

from typing import Final

from akashchat.simulator.keyed import chunks
from akashchat.simulator.keyed.stage import KeyedStage
from akashchat.simulator.keyed.voice import ANSWER, THOUGHTS, Words, tokens
from akashchat.simulator.scenario import collect, scenario


@scenario("chat")
async def plain(stage: KeyedStage) -> None:
    """An ordinary answer; standing, it silences an older standing fault."""
    await stage.answer()


@scenario("chat")
async def no_done(stage: KeyedStage) -> None:
    """A complete stream without `[DONE]`."""
    await stage.start()
    await stage.say(tokens(ANSWER))
    await stage.write({}, "stop")
    await stage.tell_usage()


@scenario("chat")
async def no_usage(stage: KeyedStage) -> None:
    """No usage, although it was asked for."""
    stage.gives_usage = False
    await stage.answer()


@scenario("chat")
async def usage_in_last_chunk(stage: KeyedStage) -> None:
    """The usage comes with the reason for the end, and nothing follows."""
    pieces = tokens(ANSWER)
    await stage.start()
    await stage.say(pieces)
    usage = chunks.usage_of(stage.asked.tokens, pieces)
    await stage.send(chunks.frame(stage.head.chunk({}, "stop", usage)) + chunks.DONE)


@scenario("chat")
async def usage_in_every_chunk(stage: KeyedStage) -> None:
    """The usage so far comes with every chunk, as `continuous_usage_stats` has it."""
    pieces = tokens(ANSWER)
    await stage.start()
    for place, piece in enumerate(pieces):
        usage = chunks.usage_of(stage.asked.tokens, pieces[: place + 1])
        await stage.send(chunks.frame(stage.head.chunk({"content": piece}, usage=usage)))
    await stage.finish()


@scenario("chat")
async def nulls(stage: KeyedStage) -> None:
    """Every field that may be null is there and null."""
    await stage.start()
    for piece in tokens(ANSWER):
        await stage.write(
            {"role": None, "content": piece, "tool_calls": None, "function_call": None, "refusal": None}
        )
    await stage.finish()


@scenario("chat")
async def finish_length(stage: KeyedStage) -> None:
    """The answer stops at the length limit, and says so."""
    await stage.start()
    await stage.say(tokens(ANSWER)[:40])
    await stage.finish("length")


@scenario("chat")
async def finish_filter(stage: KeyedStage) -> None:
    """The answer stops at a content filter, and says so."""
    await stage.start()
    await stage.say(tokens(ANSWER)[:40])
    await stage.finish("content_filter")


@scenario("chat")
async def finish_odd(stage: KeyedStage) -> None:
    """The reason is one that nobody knows."""
    await stage.start()
    await stage.say(tokens(ANSWER))
    await stage.finish("end_of_turn")


@scenario("chat")
async def empty(stage: KeyedStage) -> None:
    """An answer without any text."""
    await stage.start()
    await stage.finish()


@scenario("chat")
async def thoughts_only(stage: KeyedStage) -> None:
    """Thoughts, and an answer without any text."""
    await stage.start()
    await stage.say(tokens(THOUGHTS), "reasoning_content")
    await stage.finish()


@scenario("chat")
async def thoughts_in_tags(stage: KeyedStage) -> None:
    """Thoughts in the text, between tags, as a vLLM without a reasoning parser sends them."""
    await stage.start()
    await stage.say(["<thi", "nk>", *tokens(THOUGHTS), "</think>", "\n\n", *tokens(ANSWER)])
    await stage.finish()


@scenario("chat")
async def whole_reply(stage: KeyedStage) -> None:
    """One JSON object, although a stream was asked for."""
    await stage.answer_whole()


@scenario("chat")
async def interleaved_calls(stage: KeyedStage) -> None:
    """Two calls whose arguments come in turns."""
    name = stage.asked.tools[0]["name"]
    await stage.start()
    for place in range(2):
        await stage.call(place, name, [])
    for part in ('{"city":', ' "Par', 'is"}'):
        for place in range(2):
            await stage.write(chunks.call_part(place, part))
    await stage.finish("tool_calls")


@scenario("chat")
async def calls_at_once(stage: KeyedStage) -> None:
    """Calls whole in one chunk, and `stop` for a reason."""
    function = {"name": stage.asked.tools[0]["name"], "arguments": '{"city": "Paris"}'}
    await stage.start()
    await stage.write(
        {"tool_calls": [{"index": 0, "id": "call_0", "type": "function", "function": function}]}
    )
    await stage.finish("stop")


@scenario("chat")
async def calls_without_ids(stage: KeyedStage) -> None:
    """Calls that have neither id nor index."""
    name = stage.asked.tools[0]["name"]
    await stage.start()
    await stage.write({"tool_calls": [{"type": "function", "function": {"name": name, "arguments": "{}"}}]})
    await stage.finish("tool_calls")


@scenario("chat")
async def end_with_text(stage: KeyedStage) -> None:
    """The last text comes with the reason for the end."""
    await stage.start()
    await stage.say(tokens(ANSWER)[:-1])
    last = tokens(ANSWER)[-1]
    await stage.write({"content": last}, "stop")
    await stage.send(chunks.DONE)


@scenario("chat")
async def after_the_end(stage: KeyedStage) -> None:
    """More text behind the reason for the end."""
    await stage.answer(Words(text=ANSWER))
    await stage.send(chunks.frame(stage.head.chunk({"content": " And more."})))


FAULTS: Final = collect(globals())
