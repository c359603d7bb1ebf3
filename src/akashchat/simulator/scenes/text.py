"""What the model says and how it ends: thoughts, usage, reasons to stop, answers cut short.

All take the model's place once the app has accepted the request. Line orders are those recorded from the app
itself, but for those marked as not seen there.
"""

from typing import Final

from akashchat.simulator import lines
from akashchat.simulator.scenario import collect, scenario
from akashchat.simulator.stage import Stage

GREETING: Final = ("Hello", "!", " This", " is", " an", " answer")


async def speak(stage: Stage, *deltas: str, reason: str = "stop") -> None:
    """A whole answer in these pieces."""
    await stage.start()
    await stage.say(*deltas)
    await stage.finish(reason, (stage.asked.tokens, len(deltas)))


# -- thoughts


@scenario("chat")
async def plain(stage: Stage) -> None:
    """An ordinary answer; standing, it silences an older standing scenario."""
    await stage.answer()


@scenario("chat")
async def think(stage: Stage) -> None:
    """Thoughts in tags of their own, then the answer."""
    await speak(
        stage,
        "<think>",
        "\nFirst I ",
        'consider "x".',
        "\n",
        "</think>",
        "\n\n",
        "The ",
        "answer ",
        "is ",
        "42.",
    )


@scenario("chat")
async def think_torn(stage: Stage) -> None:
    """The tags around the thoughts come in pieces."""
    await speak(stage, "<th", "ink", ">deep", " thought</", "thi", "nk>", "Final.")


@scenario("chat")
async def think_unclosed(stage: Stage) -> None:
    """The thoughts never end; the answer stops at the length limit."""
    await speak(stage, "<think>", "never ", "ends", reason="length")


@scenario("chat")
async def think_without_open(stage: Stage) -> None:
    """The opening tag is missing, as with some chat templates."""
    await speak(stage, "I ", "ponder", ".", "\n</think>\n\n", "The ", "answer", ".")


@scenario("chat")
async def think_only(stage: Stage) -> None:
    """The model only thought: its thoughts are lost, the answer is empty, tokens are counted all the same."""
    await stage.start()
    await stage.finish("stop", (stage.asked.tokens, 40))


@scenario("chat")
async def reasoning_parts(stage: Stage) -> None:
    """Thoughts as `g:` lines, which the library knows and the app does not send (yet)."""
    await stage.start()
    for delta in ("I ", "consider", "."):
        await stage.send(lines.reasoning(delta))
    await stage.send(lines.write("j", {"signature": "c2ln"}))
    await stage.say("The ", "answer", ".")
    await stage.finish("stop", (stage.asked.tokens, 6))


# -- usage and endings


@scenario("chat")
async def no_usage(stage: Stage) -> None:
    """Both usage numbers are null."""
    await stage.start()
    await stage.say("No", " usage", " is", " reported", " here.")
    await stage.finish("stop")


@scenario("chat")
async def empty(stage: Stage) -> None:
    """An answer without any text."""
    await speak(stage)


@scenario("chat")
async def empty_deltas(stage: Stage) -> None:
    """Some pieces of text are empty strings (not seen at the app, which removes them)."""
    await speak(stage, "", "a", "", "b", "")


@scenario("chat")
async def finish_length(stage: Stage) -> None:
    """The answer stops at the model's length limit."""
    await speak(stage, "This", " answer", " was", " cut", " off", " by", reason="length")


@scenario("chat")
async def finish_filter(stage: Stage) -> None:
    """The answer stops at a content filter."""
    await speak(stage, "I", " started", " but", reason="content-filter")


@scenario("chat")
async def finish_unknown(stage: Stage) -> None:
    """The model gave no reason for ending, or one the library does not know."""
    await speak(stage, "odd", " ending", reason="unknown")


@scenario("chat")
async def finish_other(stage: Stage) -> None:
    """The reason is `other`."""
    await speak(stage, "other", " ending", reason="other")


@scenario("chat")
async def two_steps(stage: Stage) -> None:
    """The first step says it is continued; a second follows before the end."""
    await stage.start()
    await stage.say("Step one.")
    await stage.send(lines.finish_step("stop", 10, 2, is_continued=True))
    await stage.send(lines.start())
    await stage.say(" Step two.")
    await stage.finish("stop", (24, 5))


@scenario("chat")
async def no_last_newline(stage: Stage) -> None:
    """The last line has no newline at its end."""
    await stage.start()
    await stage.say(*GREETING)
    await stage.send(lines.finish_step("stop", 17, 6))
    await stage.send(lines.finish_message("stop", 17, 6).rstrip(b"\n"))


@scenario("chat")
async def cut(stage: Stage) -> None:
    """The model's connection breaks after some text: `3:"terminated"`, no finishing lines."""
    await stage.start()
    await stage.say("This", " answer", " will", " be", " cut")
    await stage.fail("terminated")


@scenario("chat")
async def cut_first(stage: Stage) -> None:
    """The model's connection breaks before its first event: `3:"terminated"` and nothing else."""
    await stage.fail("terminated")


@scenario("chat")
async def cut_silent(stage: Stage) -> None:
    """The answer ends properly for HTTP, but without finishing lines and without an error."""
    await stage.start()
    await stage.say("This", " answer", " just", " stops")


@scenario("chat")
async def cut_in_line(stage: Stage) -> None:
    """The answer ends in the middle of a line."""
    await stage.start()
    await stage.say("This", " answer")
    await stage.send(b'0:" stops in mid')


@scenario("chat")
async def cut_before_d(stage: Stage) -> None:
    """The step is finished, the message is not: `e` without `d`."""
    await stage.start()
    await stage.say(*GREETING)
    await stage.send(lines.finish_step("stop", 17, 6))


SCENES: Final = collect(globals())
